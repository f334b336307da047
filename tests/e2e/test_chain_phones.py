"""The chain on phones: the warehouse picks with the camera, the driver has the store sign, the store takes the goods in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from builder.app import create_app, open_engine
from builder.config import Settings
from builder.runtime.auth import sign_in
from builder.runtime.engine import Engine
from builder.runtime.installing import Installer, template
from builder.runtime.playing import system
from builder.runtime.relay import Relay
from tests.answering import answering
from tests.api.caller import Caller, good
from tests.e2e.conftest import PASSWORD, Desk
from tests.e2e.film import ean13, seeing
from tests.e2e.hands import press, sign
from tests.e2e.test_drivers import find_user
from tests.e2e.test_files import picture

pytestmark = pytest.mark.e2e
APP = "/apps/standard"
WINGS, TOMATOES, OTHERS = "6901234500066", "6901234500073", "6901234500080"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("chain")
    engine = open_engine(Settings(database=f"sqlite:///{folder}/zhanggui.db", var=str(folder)))
    engine.database.migrate()
    package = template("standard").package
    people = {user["login"]: PASSWORD for data in package.data for user in data.users}
    Installer(engine, system(1)).install(package, "standard", template_key="standard", passwords=people)
    yield engine
    engine.database.close()


@pytest.fixture(scope="module")
def address(engine: Engine) -> Iterator[str]:
    with answering(create_app(engine)) as address:
        yield address


def caller(engine: Engine, login: str) -> Caller:
    return Caller(create_app(engine), sign_in(engine, 1, login, PASSWORD).token)


@pytest.fixture
def owner(engine: Engine) -> Caller:
    return caller(engine, "owner")


def find(owner: Caller, entity: str, code: str) -> Any:
    rows = owner.read(f"{APP}/{entity}", {"limit": 500})["items"]
    return next(row for row in rows if row["code"] == code)["id"]


@pytest.fixture(scope="module")
def phone(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser whose camera sees chicken wings, tomatoes, and a box that is on no list."""
    codes = [ean13(WINGS), ean13(TOMATOES), ean13(OTHERS)]
    with seeing(browser, tmp_path_factory.mktemp("film"), codes) as found:
        yield found


def picking(engine: Engine, owner: Caller) -> Any:
    """A store ordered one of each, which are there; after the cut-off there is a list to pick."""
    lines = []
    for code, barcode in (("RQ02", WINGS), ("SC01", TOMATOES), ("SC06", OTHERS)):
        item = find(owner, "item", code)
        good(owner.patch(f"{APP}/item/{item}", {"barcode": barcode}))
        lines.append({"item": item, "quantity": "1", "price": "10.00"})
    place = find(owner, "warehouse", "ZC")
    came = {"supplier": find(owner, "partner", "S001"), "warehouse": place, "lines": lines}
    receipt = owner.make(f"{APP}/receipt", came)
    good(owner.post(f"{APP}/receipt/{receipt['id']}/transitions/approve", {}))
    store = find(owner, "warehouse", "MD01")
    asked = [{"item": line["item"], "quantity": "1"} for line in lines[:2]]
    order = owner.make(f"{APP}/store_order", {"store": store, "urgency": "urgent", "lines": asked})
    good(owner.post(f"{APP}/store_order/{order['id']}/transitions/submit", {}))
    for login in ("mgr1", "region", "buyer", "owner"):
        mine = caller(engine, login)
        for task in mine.read("/tasks")["items"]:
            mine.post(f"/tasks/{task['id']}/approve", {"opinion": "同意"})
    good(owner.post(f"{APP}/computations/consolidate", {}))
    return next(row for row in owner.read(f"{APP}/pick_list")["items"] if row["state"] == "draft")


def test_goods_go_from_the_shelf_to_the_store_on_phones(
    phone: Browser, address: str, engine: Engine, owner: Caller, tmp_path: Path
) -> None:
    listed = picking(engine, owner)
    desk = Desk(phone, address)
    _pick(desk.sign_in("keeper", width=375), address, listed["id"])
    Relay(engine, 1).drain()
    (shipment,) = owner.read(f"{APP}/shipment")["items"]
    good(owner.patch(f"{APP}/shipment/{shipment['id']}", {"driver": find_user(owner, "driver")}))
    at = f"{address}/a/standard/shipment/{shipment['id']}"
    keeper = desk.sign_in("keeper", width=375)
    keeper.goto(at)
    press(keeper, "发货", sure=False)
    expect(keeper.locator(".page-head .badge", has_text="在途")).to_be_visible()
    _deliver(desk.sign_in("driver", width=375), at, picture(tmp_path, "door.png"))
    _receive(desk.sign_in("mgr1", width=375), at)
    told = owner.read(f"{APP}/shipment/{shipment['id']}")
    assert (told["state"], told["signed_by"], len(told["sign_photo"])) == ("received", "宋雨", 1)
    assert told["signature"]
    held = caller(engine, "mgr1").read(f"{APP}/ledgers/stock/balances", {"group": "warehouse,item"})["items"]
    assert {(row["dimensions"]["warehouse"]["title"], row["measures"]["on_hand"]) for row in held} == {
        ("徐汇店", "1.0000")
    }
    assert len(held) == 2
    desk.check()


def _pick(page: Page, address: str, id: str) -> None:
    """The camera ticks off what is listed and refuses what is not."""
    page.goto(f"{address}/a/standard/pick_list/{id}/edit")
    page.get_by_role("button", name="拍照扫码").click()
    said = page.locator(".scan-view .said")
    expect(said).to_contain_text("已识别", timeout=30_000)
    for line in (1, 2):
        expect(page.get_by_label(f"已拣，第 {line} 行")).to_have_value("1", timeout=30_000)
    page.keyboard.press("Escape")
    expect(page.get_by_role("combobox", name="商品，第 3 行")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.get_by_role("button", name="保存", exact=True).click()
    page.wait_for_url(lambda url: not url.endswith("/edit"))
    press(page, "拣完")
    expect(page.locator(".page-head .badge", has_text="已审核")).to_be_visible()


def _deliver(page: Page, at: str, photo: Path) -> None:
    page.goto(at)
    page.get_by_role("button", name="送达签字", exact=True).first.click()
    page.get_by_label("门店签收人").fill("宋雨")
    sign(page)
    page.get_by_label("选择图片 送达照片").set_input_files([photo])
    expect(page.get_by_text("door.png")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="送达签字", exact=True).click()
    expect(page.get_by_role("img", name="签名.png")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def _receive(page: Page, at: str) -> None:
    page.goto(at)
    press(page, "收货", sure=False)
    page.wait_for_url(lambda url: "/store_receipt/" in url)
    press(page, "确认收货", sure=False)
    expect(page.locator(".page-head .badge", has_text="已审核")).to_be_visible()
