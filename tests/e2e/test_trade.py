"""One trade from order to money, by different people, through the pages alone, in both languages."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Desk

pytestmark = pytest.mark.e2e


class Says:
    """Words of the pages in one language."""

    def __init__(self, locale: str) -> None:
        self.locale = locale

    def __call__(self, chinese: str, english: str) -> str:
        return english if self.locale == "en" else chinese

    def cell(self, chinese: str, english: str, line: int) -> str:
        return self(f"{chinese}，第 {line} 行", f"{english}, line {line}")


def choose(page: Page, label: str, text: str) -> None:
    """Type into a lookup and take the hit, as a scanner does: text and Enter."""
    box = page.get_by_role("combobox", name=label).first
    box.fill(text)
    expect(page.locator("[role=option]:visible").first).to_be_visible()
    box.press("Enter")
    expect(box).not_to_have_value(text)


def line(page: Page, say: Says, item: str, quantity: str, price: str) -> None:
    page.get_by_role("button", name=say("添加行", "Add line")).click()
    choose(page, say.cell("商品", "Item", 1), item)
    page.get_by_label(say.cell("数量", "Quantity", 1)).fill(quantity)
    page.get_by_label(say.cell("含税单价", "Price incl. tax", 1)).fill(price)


def state(page: Page, text: str) -> Locator:
    return page.locator(".page-head .badge", has_text=text)


def press(page: Page, name: str, *, sure: bool = True) -> None:
    """Press a button of the record; ``sure``: it asks, and means the same word again."""
    page.get_by_role("button", name=name, exact=True).first.click()
    if sure:
        page.get_by_role("dialog").get_by_role("button", name=name, exact=True).click()


def number_of(page: Page) -> str:
    found = re.search(r"[A-Z]+\d{8}-\d{4}", page.get_by_role("heading", level=1).inner_text())
    assert found is not None
    return found.group()


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_a_trade_from_order_to_money(desk: Desk, locale: str) -> None:
    say = Says(locale)

    buyer = desk.sign_in("buyer", locale=locale)
    buyer.goto(desk.address + "/a/general/purchase_order/new")
    choose(buyer, say("供应商", "Supplier"), "S002")
    expect(buyer.get_by_label(say("预计到货日", "Expected on"))).not_to_have_value("")
    choose(buyer, say("到货仓库", "To warehouse"), "ZC")
    line(buyer, say, "DM001", "200", "40")
    expect(buyer.locator("[data-total=total]")).to_have_text("8,000.00")
    expect(buyer.locator("[data-field=total] output")).to_have_text("8,000.00")
    buyer.get_by_role("button", name=say("保存并提交", "Save and submit")).click()
    expect(state(buyer, say("待审核", "To approve"))).to_be_visible()
    order = number_of(buyer)
    press(buyer, say("审核", "Approve"))
    expect(state(buyer, say("已审核", "Approved"))).to_be_visible()

    keeper = desk.sign_in("keeper", locale=locale)
    keeper.goto(desk.address + f"/a/general/purchase_order?view=purchase_orders&q={order}")
    keeper.get_by_role("link", name=order).click()
    press(keeper, say("生成采购入库单", "Make a receipt"), sure=False)
    expect(keeper.get_by_role("heading", level=1)).to_contain_text(say("采购入库单", "Receipt"))
    press(keeper, say("审核", "Approve"))
    expect(state(keeper, say("已审核", "Approved"))).to_be_visible()

    sales = desk.sign_in("sales", locale=locale)
    sales.goto(desk.address + "/a/general/sales_order/new")
    choose(sales, say("客户", "Customer"), "C001")
    choose(sales, say("发货仓库", "From warehouse"), "ZC")
    line(sales, say, "DM001", "100", "600")
    sales.get_by_role("button", name=say("保存并提交", "Save and submit")).click()
    expect(state(sales, say("待审核", "To approve"))).to_be_visible()
    sold = number_of(sales)

    owner = desk.sign_in("owner", locale=locale)
    owner.get_by_role("link", name=re.compile(say("待我审批", "Waiting for me"))).first.click()
    task = owner.get_by_role("region", name=re.compile(sold))
    task.get_by_label(say("审批意见", "Opinion")).fill(say("可以", "Go ahead"))
    task.get_by_role("button", name=say("同意", "Approve")).click()
    expect(task).to_have_count(0)

    sales.reload()
    expect(state(sales, say("已审核", "Approved"))).to_be_visible()
    expect(sales.get_by_text(say("可以", "Go ahead"))).to_be_visible()

    keeper.goto(desk.address + f"/a/general/sales_order?q={sold}&view=sales_orders")
    keeper.get_by_role("link", name=sold).click()
    keeper.get_by_role("link", name=re.compile("XSCK")).click()
    press(keeper, say("审核", "Approve"))
    expect(state(keeper, say("已审核", "Approved"))).to_be_visible()
    delivery = number_of(keeper)

    finance = desk.sign_in("finance", locale=locale)
    finance.goto(desk.address + f"/a/general/delivery?q={delivery}&view=deliveries")
    finance.get_by_role("link", name=delivery).click()
    press(finance, say("收款", "Receive money"), sure=False)
    dialog = finance.get_by_role("dialog")
    dialog.get_by_role("combobox").fill("YH")
    dialog.get_by_role("option").first.click()
    dialog.get_by_role("button", name=say("收款", "Receive money")).click()
    expect(finance.get_by_role("heading", level=1)).to_contain_text(say("收款单", "Receipt of money"))
    press(finance, say("审核", "Approve"))
    expect(state(finance, say("已审核", "Approved"))).to_be_visible()


def test_what_is_wrong_is_said_at_its_field(desk: Desk) -> None:
    page = desk.sign_in("buyer")
    page.goto(desk.address + "/a/general/purchase_order/new")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="处需要更正")).to_be_visible()
    expect(page.locator("[data-field=supplier] .error")).to_have_text("请填写供应商")


def test_a_number_on_a_dashboard_opens_what_it_counts(desk: Desk) -> None:
    page = desk.sign_in("owner")
    page.goto(desk.address + "/a/general/dashboards/boss")
    card = page.get_by_role("link", name=re.compile("待审核订单")).last
    counted = int(card.locator("b").inner_text())
    card.click()
    expect(page.locator("tbody tr")).to_have_count(counted)


def test_strangers_sign_in_in_their_language_and_come_back(desk: Desk) -> None:
    page = desk.open("/a/general/item", locale="en-GB")
    expect(page.get_by_role("heading", name="Zhanggui")).to_be_visible()
    page.get_by_label("Account", exact=True).fill("owner")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Password").fill("Right-Horse-7-Battery")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile("/a/general/item$"))
    page.get_by_label(re.compile("^Account of")).click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile("/sign-in"))


def test_a_block_from_a_sheet_becomes_lines(desk: Desk) -> None:
    page = desk.sign_in("buyer")
    page.goto(desk.address + "/a/general/purchase_order/new")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="添加行").click()
    block = "DM001\t\t\t5\t40\n大豆油5L\t\t\t7\t45.5\nsy002\t\t\t1\t2"
    page.evaluate("(text) => navigator.clipboard.writeText(text)", block)
    page.get_by_role("combobox", name="商品，第 1 行").focus()
    page.keyboard.press("Control+V")
    expect(page.get_by_text("1 个内容没有找到，已标红")).to_be_visible()
    expect(page.get_by_role("combobox", name="商品，第 1 行")).to_have_value("东北大米")
    expect(page.get_by_role("combobox", name="商品，第 3 行")).to_have_value("菜籽油")
    expect(page.locator("[data-total=total]")).to_have_text("520.50")


def test_what_the_server_refuses_stands_in_its_cell(desk: Desk) -> None:
    page = desk.sign_in("buyer")
    page.goto(desk.address + "/a/general/purchase_order/new")
    choose(page, "供应商", "S002")
    choose(page, "到货仓库", "ZC")
    line(page, Says("zh-CN"), "DM001", "0", "40")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="数量，第 1 行")).to_be_visible()
    expect(page.get_by_label("数量，第 1 行")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("数量，第 1 行").fill("1")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(state(page, "草稿")).to_be_visible()


def test_somebody_who_was_faster_is_shown_field_by_field(desk: Desk) -> None:
    first = desk.sign_in("buyer")
    first.goto(desk.address + "/a/general/partner/new")
    first.get_by_label("编码", exact=True).fill("S900")
    first.get_by_label("名称", exact=True).fill("新供应商")
    first.get_by_label("供应商", exact=True).check()
    first.get_by_role("button", name="保存", exact=True).click()
    first.get_by_role("link", name="编辑").click()
    other = desk.sign_in("owner")
    other.goto(first.url)
    other.get_by_label("联系人").fill("王五")
    other.get_by_role("button", name="保存", exact=True).click()
    other.get_by_role("link", name="编辑").wait_for()
    first.get_by_label("联系人").fill("李四")
    first.get_by_role("button", name="保存", exact=True).click()
    dialog = first.get_by_role("dialog", name="这条记录已被别人修改")
    dialog.get_by_label("王五").check()
    dialog.get_by_role("button", name="按选择保存").click()
    first.get_by_role("link", name="编辑").wait_for()
    expect(first.get_by_role("definition").filter(has_text="王五")).to_be_visible()
