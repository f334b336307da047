"""A ledger in the browser: from a balance to its entries and documents, why it is what it is, and closing a period."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Desk, axe
from tests.e2e.hands import Says
from tests.e2e.test_pages import Api

pytestmark = pytest.mark.e2e
STOCK = "/a/general/ledgers/stock"


@pytest.fixture(scope="session")
def flour(address: str) -> str:
    """An item of which 500 came in at 9.50 and 20 went out, while a delivery of 400 still waits for approval."""
    api = Api(address, "owner")
    item = {"code": "WHY-1", "name": "测试面粉", "category": api.id("item_category", "LY-MF")}
    item |= {"base_unit": api.id("unit", "DAI"), "sale_price": "12", "tax_rate": "9"}
    id = str(api.send("/apps/general/item", item)["id"])
    place = api.id("warehouse", "ZC")
    lines = [{"item": id, "quantity": "500", "unit_cost": "9.5"}]
    opening = api.send("/apps/general/opening_stock", {"warehouse": place, "lines": lines})
    api.send(f"/apps/general/opening_stock/{opening['id']}/transitions/approve", {})
    for quantity, is_approved in (("20", True), ("400", False)):
        head = {"customer": api.id("partner", "C002"), "warehouse": place}
        lines = [{"item": id, "quantity": quantity, "price": "12"}]
        delivery = api.send("/apps/general/delivery", head | {"lines": lines})
        if is_approved:
            api.send(f"/apps/general/delivery/{delivery['id']}/transitions/approve", {})
    return id


def test_a_balance_opens_its_entries_and_they_their_documents(desk: Desk, flour: str) -> None:
    page = desk.sign_in("owner")
    page.goto(f"{desk.address}{STOCK}?by=item&by=warehouse&d.item={flour}")
    row = page.get_by_role("row").filter(has_text="测试面粉")
    expect(row).to_contain_text("480")
    expect(row).to_contain_text("4,560.00")
    expect(row.get_by_role("link", name="9.50")).to_be_visible()
    row.get_by_role("link", name="测试面粉").first.click()
    moved = page.get_by_role("row").filter(has_text="销售出库单")
    expect(moved).to_contain_text("20")
    moved.get_by_role("link", name="销售出库单").first.click()
    expect(page.get_by_role("heading", name="记账")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link", name="库存账")).to_be_visible()


def test_why_says_what_is_not_in_the_number_yet(desk: Desk, flour: str) -> None:
    page = desk.sign_in("owner", locale="en")
    page.goto(f"{desk.address}{STOCK}/why?d.item={flour}")
    waiting = page.get_by_role("region", name="Not in it yet").get_by_role("row").filter(has_text="Delivery")
    expect(waiting).to_contain_text("-400")
    expect(waiting).to_contain_text("80")
    expect(page.get_by_role("region", name="What it is made of")).to_contain_text("Opening stock")


def test_a_unit_cost_says_of_which_receipts_it_is_made(desk: Desk, flour: str) -> None:
    page = desk.sign_in("owner", locale="en")
    page.goto(f"{desk.address}{STOCK}/cost?d.item={flour}")
    expect(page.get_by_role("heading", name="4,560.00 ÷ 480 = 9.50")).to_be_visible()
    page.get_by_role("row").filter(has_text="Opening stock").get_by_role("link", name="Sources").click()
    expect(page.get_by_text("9.50").first).to_be_visible()


def test_a_trace_shows_where_goods_went(desk: Desk, flour: str) -> None:
    page = desk.sign_in("owner", locale="en")
    page.goto(f"{desk.address}{STOCK}/trace?d.item={flour}")
    picture = page.get_by_role("region", name="From source to destination")
    expect(picture.get_by_role("link", name="Opening stock")).to_be_visible()
    expect(picture.get_by_role("link", name="Delivery")).to_be_visible()
    expect(page.get_by_role("region", name="Where it is now")).to_contain_text("Here")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Export the recall list").click()
    assert saved.value.suggested_filename.endswith(".csv")


def test_who_sees_no_value_sees_no_cost(desk: Desk, flour: str) -> None:
    keeper = desk.sign_in("keeper", locale="en")
    answer = keeper.goto(f"{desk.address}{STOCK}/cost?d.item={flour}")
    assert answer is not None
    assert answer.status == 404
    keeper.goto(f"{desk.address}{STOCK}/entries?d.item={flour}")
    expect(keeper.get_by_role("main")).not_to_contain_text("Unit cost")
    expect(keeper.get_by_role("main")).not_to_contain_text("4,560")


def test_finance_closes_a_period_and_opens_it_again(desk: Desk) -> None:
    page = desk.sign_in("finance")
    page.goto(f"{desk.address}/a/general/ledgers/payables/close?through=2020-01-31")
    expect(page.get_by_role("heading", name="还没有关过账")).to_be_visible()
    page.get_by_role("button", name="关账到 2020-01-31").click()
    expect(page.get_by_role("heading", name="已关账到 2020-01-31")).to_be_visible()
    page.get_by_label("理由").fill("补录一张单")
    page.get_by_role("button", name="反关账").click()
    expect(page.get_by_role("heading", name="还没有关过账")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("补录一张单")


def test_who_may_not_close_is_told_what_is_in_the_way_all_the_same(desk: Desk) -> None:
    keeper = desk.sign_in("keeper")
    keeper.goto(f"{desk.address}{STOCK}/close")
    expect(keeper.get_by_text("您没有关账的权限")).to_be_visible()
    expect(keeper.get_by_role("button", name="关账到")).to_have_count(0)


def test_closing_is_offered_to_whom_it_is_up_to(desk: Desk) -> None:
    """A keeper looks at stock every day and closes nothing: no tab leads them to where they can do nothing."""
    for login, many in (("finance", 1), ("keeper", 0)):
        page = desk.sign_in(login)
        page.goto(f"{desk.address}{STOCK}")
        expect(page.get_by_role("link", name="明细账")).not_to_have_count(0)
        expect(page.get_by_role("main").get_by_role("link", name="关账")).to_have_count(many)


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_a_phone_folds_what_is_asked_and_says_what_is_chosen(desk: Desk, flour: str, locale: str) -> None:
    say = Says(locale)
    page = desk.sign_in("owner", locale=locale, width=375)
    page.goto(f"{desk.address}{STOCK}/entries?d.item={flour}")
    button = page.get_by_role("button", name="测试面粉")
    by = page.get_by_label(say("仓库", "Warehouse"))
    expect(by).to_be_hidden()
    button.click()
    expect(by).to_be_visible()
    assert axe(page) == []
    button.click()
    expect(by).to_be_hidden()


@pytest.mark.parametrize("page_key", ["trace", "cost"])
def test_a_page_that_needs_a_choice_says_so_and_is_not_folded(desk: Desk, page_key: str) -> None:
    page = desk.sign_in("owner", locale="en", width=375)
    page.goto(f"{desk.address}{STOCK}/{page_key}")
    expect(page.get_by_label("Item", exact=True)).to_be_visible()
    expect(page.get_by_text("Choose")).to_be_visible()
    way = "Balances" if page_key == "cost" else "Entries"
    expect(page.get_by_role("main").get_by_role("link", name=way).last).to_be_visible()
