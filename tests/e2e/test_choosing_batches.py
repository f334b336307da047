"""Choosing a batch: the keeper of dairy goods is shown what lies in the warehouse, with how much and until when; the rest is said in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from builder.app import create_app, open_engine
from builder.config import Settings
from builder.runtime.auth import sign_in
from builder.runtime.engine import Engine
from builder.runtime.installing import Installer, template
from builder.runtime.playing import system
from tests.answering import answering
from tests.api.caller import Caller, good
from tests.e2e.conftest import PASSWORD, Desk
from tests.e2e.hands import Says, choose

pytestmark = pytest.mark.e2e
APP = "/apps/food"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Yoghurt in the cold store: two batches that are good, one that has expired, one that is not there any more."""
    folder = tmp_path_factory.mktemp("dairy")
    engine = open_engine(Settings(database=f"sqlite:///{folder}/zhanggui.db", var=str(folder)))
    engine.database.migrate()
    package = template("food").package
    people = {user["login"]: PASSWORD for data in package.data for user in data.users}
    Installer(engine, system(1)).install(package, "food", template_key="food", passwords=people)
    _stock(Caller(create_app(engine), sign_in(engine, 1, "owner", PASSWORD).token))
    yield engine
    engine.database.close()


def _stock(owner: Caller) -> None:
    item, place = _id(owner, "item", "RP002"), _id(owner, "warehouse", "LC")
    days = {"LATER": "2031-05-02", "SOONER": "2031-05-01", "OLD": "2020-05-01", "GONE": "2031-04-01"}
    batches = {
        number: owner.make(f"{APP}/batch", {"item": item, "number": number, "expires_on": day})["id"]
        for number, day in days.items()
    }
    amounts = {"LATER": "30", "SOONER": "12.5", "OLD": "4"}
    lines = [
        {"item": item, "batch": batches[number], "quantity": quantity, "unit_cost": "4"}
        for number, quantity in amounts.items()
    ]
    made = owner.make(f"{APP}/opening_stock?submit=1", {"warehouse": place, "lines": lines})
    good(owner.post(f"{APP}/opening_stock/{made['id']}/transitions/approve", {}))


def _id(owner: Caller, entity: str, code: str) -> Any:
    rows = owner.read(f"{APP}/{entity}", {"limit": 200})["items"]
    return next(row["id"] for row in rows if row["code"] == code)


@pytest.fixture(scope="module")
def address(engine: Engine) -> Iterator[str]:
    with answering(create_app(engine)) as address:
        yield address


def _line(page: Page, say: Says, address: str, entity: str, warehouse: str) -> Any:
    """A new document with yoghurt in its first line, where its batch is chosen."""
    page.goto(f"{address}/a/food/{entity}/new")
    choose(page, say("仓库", "arehouse"), warehouse)
    page.get_by_role("button", name=say("添加行", "Add line")).click()
    choose(page, say.cell("商品", "Item", 1), "RP002")
    batch = page.get_by_role("combobox", name=say.cell("批次", "Batch", 1))
    batch.click()
    return batch


@pytest.mark.parametrize(("locale", "width"), [("zh-CN", 375), ("en", 1440)])
def test_the_keeper_takes_what_expires_first(browser: Browser, address: str, locale: str, width: int) -> None:
    say, desk = Says(locale), Desk(browser, address)
    page = desk.sign_in("keeper", locale=locale, width=width)
    batch = _line(page, say, address, "delivery", "LC")
    options = page.get_by_role("option")
    expect(options).to_have_count(2)
    expect(options.nth(0)).to_contain_text("SOONER")
    expect(options.nth(0)).to_contain_text(say("可用 12.5", "12.5"))
    expect(options.nth(0)).to_contain_text(say("到期日 2031-05-01", "Expires on 2031-05-01"))
    expect(options.nth(1)).to_contain_text("LATER")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    options.nth(0).click()
    expect(batch).to_have_value("SOONER")
    batch.fill("GONE")
    expect(page.get_by_role("option", name="GONE")).to_contain_text(
        say("此处没有可用的", "none available here")
    )
    desk.check()


def test_a_write_off_says_what_has_expired(browser: Browser, address: str) -> None:
    say, desk = Says("zh-CN"), Desk(browser, address)
    page = desk.sign_in("keeper")
    _line(page, say, address, "write_off", "LC")
    options = page.get_by_role("option")
    expect(options).to_have_count(3)
    expect(options.nth(2)).to_contain_text("已过期")
    expect(options.nth(2)).to_contain_text("OLD")
    desk.check()


def test_an_empty_warehouse_is_said_in_words(browser: Browser, address: str) -> None:
    say, desk = Says("zh-CN"), Desk(browser, address)
    page = desk.sign_in("keeper")
    _line(page, say, address, "delivery", "CW")
    expect(page.get_by_role("option")).to_have_text(
        "商品“原味酸奶”、仓库“常温仓”没有可用的批次。要选别的，请输入完整编号。"
    )
    desk.check()


def test_before_an_item_is_chosen_it_is_asked_for(desk: Desk, address: str) -> None:
    page = desk.sign_in("keeper", locale="en")
    page.goto(f"{address}/a/food/delivery/new")
    page.get_by_role("button", name="Add line").click()
    page.get_by_role("combobox", name="Batch, line 1").click()
    expect(page.get_by_role("option")).to_have_text("Choose the item first.")
