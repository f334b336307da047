"""Money that comes in is set off against the oldest bills by itself; what is made of a bill opens to be completed; a phone shows whole numbers."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Desk
from tests.e2e.hands import choose
from tests.e2e.test_pages import Api

pytestmark = pytest.mark.e2e
APP = "/apps/general"


@pytest.fixture(scope="module")
def bills(address: str) -> list[str]:
    """Two bills of one customer, 100.10 and 50.20; the numbers of their deliveries."""
    api = Api(address, "owner")
    warehouse, item = api.id("warehouse", "ZC"), api.id("item", "DM001")
    stock = {"warehouse": warehouse, "lines": [{"item": item, "quantity": "100", "unit_cost": "1"}]}
    made = api.send(f"{APP}/opening_stock", stock)
    api.send(f"{APP}/opening_stock/{made['id']}/transitions/approve", {})
    numbers = []
    for price in ("100.10", "50.20"):
        body: dict[str, Any] = {"customer": api.id("partner", "C003"), "warehouse": warehouse}
        body |= {"lines": [{"item": item, "quantity": "1", "price": price}]}
        made = api.send(f"{APP}/delivery", body)
        api.send(f"{APP}/delivery/{made['id']}/transitions/approve", {})
        numbers.append(made["number"])
    return numbers


def test_money_is_set_off_against_the_oldest_bills_by_itself(
    desk: Desk, address: str, bills: list[str]
) -> None:
    page = desk.sign_in("finance")
    page.goto(f"{address}/a/general/money_receipt/new")
    choose(page, "客户", "C003")
    expect(page.get_by_role("combobox", name="销售出库单，第 2 行")).to_have_value(bills[1])
    expect(page.locator("[data-total=amount]")).to_have_text("150.30")
    page.get_by_label("收款金额").fill("120.05")
    expect(page.get_by_label("本次核销，第 2 行")).to_have_value("19.95")
    expect(page.locator("[data-total=amount]")).to_have_text("120.05")
    # Who changes a line goes on alone, until the button is pressed.
    page.get_by_label("本次核销，第 2 行").fill("10")
    page.get_by_label("收款金额").fill("110.11")
    page.get_by_role("button", name="按到期先后核销").click()
    expect(page.get_by_label("本次核销，第 2 行")).to_have_value("10.01")
    choose(page, "结算账户", "XJ")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.locator(".page-head .badge", has_text="草稿")).to_be_visible()


def test_a_phone_shows_the_number_of_a_bill_in_full(desk: Desk, address: str, bills: list[str]) -> None:
    page = desk.sign_in("finance", width=375)
    page.goto(f"{address}/a/general/reports/overdue_bills?day=2099-01-01")
    expect(page.get_by_role("link", name=bills[0])).to_be_visible()
    cut = "cells => cells.filter(c => c.scrollWidth > c.clientWidth + 1).map(c => c.innerText)"
    assert page.locator("table.report td:first-child").evaluate_all(cut) == []


def test_a_long_name_of_an_amount_leaves_a_card_its_title(desk: Desk, address: str, bills: list[str]) -> None:
    page = desk.sign_in("finance", width=375)
    page.goto(f"{address}/a/general/delivery")
    card = page.locator("tr", has=page.get_by_role("link", name=bills[0]))
    name = "cell => { cell.dataset.label = 'Saved against the price that was agreed'; }"
    card.locator("[data-part=amount]").evaluate(name)
    title = card.locator("[data-part=title]").bounding_box()
    assert title is not None
    assert title["width"] > 100
    assert card.locator("[data-part=amount]").evaluate("cell => cell.scrollWidth <= cell.clientWidth")
