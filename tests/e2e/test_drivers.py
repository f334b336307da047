"""Drivers on a phone: a trip with its stops, signed and photographed at the door; one person who keeps the warehouse and drives."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from builder.app import create_app
from builder.runtime.auth import sign_in
from builder.runtime.engine import Engine
from tests.api.caller import Caller, good
from tests.e2e.conftest import PASSWORD, Desk
from tests.e2e.hands import choose, press, sign
from tests.e2e.test_files import picture

pytestmark = pytest.mark.e2e
APP = "/apps/general"
RICE = "6901234500011"


@pytest.fixture
def owner(engine: Engine) -> Caller:
    return Caller(create_app(engine), sign_in(engine, 1, "owner", PASSWORD).token)


def find(owner: Caller, entity: str, **values: str) -> Any:
    """The record with those values."""
    rows = owner.read(f"{APP}/{entity}", {"limit": 500})["items"]
    return next(row for row in rows if all(row.get(k) == v for k, v in values.items()))


def delivered(owner: Caller, quantity: str) -> Any:
    """An approved delivery of rice, with a receipt before it."""
    places = {"warehouse": find(owner, "warehouse", code="ZC")["id"]}
    line = {"item": find(owner, "item", code="DM001")["id"], "quantity": quantity, "price": "60.00"}
    came = {**places, "supplier": find(owner, "partner", code="S001")["id"], "lines": [line]}
    goes = {**places, "customer": find(owner, "partner", code="C001")["id"], "lines": [line]}
    for entity, body in (("receipt", came), ("delivery", goes)):
        made = owner.make(f"{APP}/{entity}", body)
        good(owner.post(f"{APP}/{entity}/{made['id']}/transitions/approve", {}))
    return owner.read(f"{APP}/delivery/{made['id']}")


@pytest.mark.requirement("R158")
def test_a_driver_has_each_stop_signed_and_photographed(
    desk: Desk, owner: Caller, engine: Engine, tmp_path: Path
) -> None:
    goods = delivered(owner, "2")
    driver = find_user(owner, "driver")
    plate = owner.make(f"{APP}/vehicle", {"plate": "沪A·E2E01", "type": "厢车", "driver": driver})["id"]
    stop = {"sequence": 1, "delivery": goods["id"]}
    trip = owner.make(f"{APP}/delivery_trip", {"vehicle": plate, "driver": driver, "lines": [stop]})
    page = desk.sign_in("driver", width=375)
    page.goto(f"{desk.address}/a/general/delivery_trip/{trip['id']}")
    press(page, "发车", sure=False)
    expect(page.locator(".page-head .badge", has_text="配送中")).to_be_visible()
    page.goto(f"{desk.address}/a/general/delivery/{goods['id']}")
    page.get_by_role("button", name="签收", exact=True).first.click()
    page.get_by_label("签收人").fill("王店长")
    sign(page)
    page.get_by_label("选择图片 签收照片").set_input_files([picture(tmp_path, "door.png")])
    expect(page.get_by_text("door.png")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="签收", exact=True).click()
    expect(page.locator(".page-head .badge", has_text="已签收")).to_be_visible()
    expect(page.get_by_role("img", name="签名.png")).to_be_visible()
    expect(page.get_by_role("img", name="door.png")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    wheel = Caller(owner.app, sign_in(engine, 1, "driver", PASSWORD).token)
    outcome = {"id": trip["lines"][0]["id"], "outcome": "signed", "signed_by": "王店长", "collected": "120"}
    good(wheel.patch(f"{APP}/delivery_trip/{trip['id']}", {"lines": [outcome]}))
    good(wheel.post(f"{APP}/delivery_trip/{trip['id']}/transitions/finish", {}))
    told = owner.read(f"{APP}/delivery_trip/{trip['id']}")
    assert (told["state"], told["signed"], told["stops"], told["collected"]) == ("done", "1", "1", "120.00")
    assert told["driver"] == driver
    signed = owner.read(f"{APP}/delivery/{goods['id']}")
    assert (signed["state"], signed["signed_by"], len(signed["sign_photo"])) == ("done", "王店长", 1)


@pytest.mark.requirement("R165")
def test_one_person_receives_by_scan_ships_by_scan_and_drives(
    desk: Desk, owner: Caller, engine: Engine
) -> None:
    """The person is keeper and driver: the menu has both, stock rises by 12 and falls by 2, and the own trip is there."""
    stock = partial(on_hand, owner, find(owner, "item", code="DM001")["id"])
    before = stock()
    page = desk.sign_in("keeper2", width=375)
    page.goto(f"{desk.address}/a/general/receipt/new")
    choose(page, "供应商", "S001")
    choose(page, "入库仓库", "ZC")
    scan(page, RICE)
    page.get_by_label("实收数量，第 1 行").fill("12")
    _saved_and_approved(page)
    page.goto(f"{desk.address}/a/general/delivery/new")
    choose(page, "客户", "C001")
    choose(page, "出库仓库", "ZC")
    scan(page, RICE)
    scan(page, RICE)
    expect(page.get_by_label("出库数量，第 1 行")).to_have_value("2")
    _saved_and_approved(page)
    assert stock() - before == 10
    me = Caller(owner.app, sign_in(engine, 1, "keeper2", PASSWORD).token)
    (goods,) = [d for d in owner.read(f"{APP}/delivery")["items"] if d["owner"] == me.read("/me")["id"]]
    plate = find(owner, "vehicle", plate="沪B·K7719")["id"]
    stop = {"sequence": 1, "delivery": goods["id"]}
    trip = me.make(f"{APP}/delivery_trip", {"vehicle": plate, "lines": [stop]})
    page.goto(f"{desk.address}/a/general/delivery_trip/{trip['id']}")
    press(page, "发车", sure=False)
    expect(page.locator(".page-head .badge", has_text="配送中")).to_be_visible()
    page.goto(f"{desk.address}/a/general/delivery/{goods['id']}")
    page.get_by_role("button", name="签收", exact=True).first.click()
    page.get_by_label("签收人").fill("李阿姨")
    page.get_by_role("dialog").get_by_role("button", name="签收", exact=True).click()
    expect(page.locator(".page-head .badge", has_text="已签收")).to_be_visible()


def test_what_one_trip_takes_is_offered_to_no_other(desk: Desk, owner: Caller) -> None:
    """A click into the empty stop shows the newest deliveries, with their customers. The trip that has it offers its own again."""
    taken, free = delivered(owner, "1"), delivered(owner, "1")
    vehicle, driver = find(owner, "vehicle", plate="沪B·K7719")["id"], find_user(owner, "driver")
    trip = {"vehicle": vehicle, "driver": driver, "lines": [{"delivery": taken["id"]}]}
    first = owner.make(f"{APP}/delivery_trip", trip)
    page = desk.sign_in("keeper")
    for address, offered in (
        ("new", [free["number"]]),
        (f"{first['id']}/edit", [free["number"], taken["number"]]),
    ):
        page.goto(f"{desk.address}/a/general/delivery_trip/{address}")
        page.get_by_role("button", name="添加行").click()
        page.get_by_role("combobox", name="销售出库单，第").last.click()
        hits = page.locator("[role=option]:visible")
        expect(hits.first).to_contain_text("好邻居")
        found = [text.split("\n")[0] for text in hits.all_inner_texts()]
        assert [number for number in found if number in (free["number"], taken["number"])] == offered


def test_a_drivers_phone_has_the_trips_at_its_foot(desk: Desk) -> None:
    page = desk.sign_in("driver", width=375)
    expect(page.locator(".bottombar").get_by_role("link", name="配送看板")).to_be_visible()
    page.locator(".bottombar").get_by_role("link", name="配送看板").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("配送看板")


def scan(page: Page, code: str) -> None:
    """A wedge scanner types the code and Enter."""
    box = page.get_by_label("扫码或输入编码，回车添加")
    box.fill(code)
    box.press("Enter")
    expect(box).to_have_value("")


def _saved_and_approved(page: Page) -> None:
    page.get_by_role("button", name="保存", exact=True).click()
    page.wait_for_url(re.compile(r"/\w{8,}$"))
    press(page, "审核")
    expect(page.locator(".page-head .badge", has_text="已审核")).to_be_visible()


def on_hand(owner: Caller, item: str) -> Decimal:
    rows = owner.read(f"{APP}/ledgers/stock/balances", {"group": "item"})["items"]
    return sum(
        (Decimal(r["measures"]["on_hand"]) for r in rows if r["dimensions"]["item"]["id"] == item), Decimal(0)
    )


def find_user(owner: Caller, login: str) -> str:
    users = owner.read("/users")["items"]
    return str(next(user["id"] for user in users if user["login"] == login))
