"""Rows of the checklist that are about hands and screens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import PASSWORD, Desk
from tests.e2e.hands import state
from tests.e2e.test_pages import Api

pytestmark = pytest.mark.e2e
CODE = "6901234567892"


@pytest.mark.requirement("R021")
def test_a_scanned_code_adds_a_line_again_raises_it_and_an_unknown_one_is_told(desk: Desk) -> None:
    api = Api(desk.address, "owner")
    known = api.send(f"/apps/general/item/{api.id('item', 'DM001')}")
    body = {"code": "SCAN1", "name": "扫码大米", "barcode": CODE, "tax_rate": "9"}
    api.send("/apps/general/item", {**body, "category": known["category"], "base_unit": known["base_unit"]})
    page = desk.sign_in("keeper", width=375)
    page.goto(f"{desk.address}/a/general/receipt/new")
    box = page.get_by_label("扫码或输入编码，回车添加")
    for quantity in ("1", "2"):
        box.fill(CODE)
        box.press("Enter")
        expect(page.get_by_label("实收数量，第 1 行")).to_have_value(quantity)
    expect(page.get_by_role("combobox", name="商品，第 1 行")).to_have_value("扫码大米")
    box.fill("6900000000018")
    box.press("Enter")
    expect(page.get_by_text("没有找到 6900000000018")).to_be_visible()
    expect(page.get_by_role("combobox", name="商品，第 2 行")).to_have_count(0)


@pytest.mark.requirement("R152")
def test_an_order_is_approved_on_a_phone(desk: Desk) -> None:
    api = Api(desk.address, "owner")
    lines = [{"item": api.id("item", "DM001"), "quantity": "1000", "price": "66.5"}]
    body: dict[str, Any] = {"customer": api.id("partner", "C002"), "warehouse": api.id("warehouse", "ZC")}
    made = api.send("/apps/general/sales_order?submit=1", {**body, "lines": lines})
    page = desk.sign_in("owner", width=375)
    page.goto(f"{desk.address}/tasks")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    task = page.get_by_role("region", name=re.compile(made["number"]))
    task.get_by_role("button", name="驳回").first.wait_for()
    task.get_by_label("审批意见").fill("太便宜")
    task.get_by_role("button", name="驳回").click()
    page.get_by_role("dialog").get_by_role("button", name="驳回").click()
    expect(task).to_have_count(0)
    assert api.send(f"/apps/general/sales_order/{made['id']}")["state"] == "draft"


def test_bags_and_barrels_have_no_sum_on_a_form_or_a_page(desk: Desk) -> None:
    api = Api(desk.address, "owner")
    body: dict[str, Any] = {"customer": api.id("partner", "C002"), "warehouse": api.id("warehouse", "ZC")}
    bags = [{"item": api.id("item", code), "quantity": "2", "price": "66.5"} for code in ("DM001", "DM002")]
    barrels = {"item": api.id("item", "SY001"), "quantity": "3", "price": "60"}
    page = desk.sign_in("owner")
    for lines, total in ((bags, "4"), ([*bags, barrels], None)):
        made = api.send("/apps/general/sales_order", {**body, "lines": lines})
        for path in ("", "/edit"):
            page.goto(f"{desk.address}/a/general/sales_order/{made['id']}{path}")
            sums = page.locator("dl.totals div, .line-totals div, .totals div")
            expect(sums.filter(has_text="价税合计").first).to_be_visible()
            quantity = sums.filter(has_text=re.compile("^数量"))
            expect(quantity).to_have_count(0 if total is None else 1)
            if total is not None:
                expect(quantity).to_contain_text(total)


@dataclass
class Counted:
    """Hands that count what they do."""

    page: Page
    done: int = 0

    def press(self, what: Locator) -> None:
        self.done += 1
        what.click()

    def type(self, what: Locator, text: str) -> None:
        self.done += 1
        what.fill(text)

    def choose(self, label: str, text: str) -> None:
        """Typed, and taken with Enter: two actions."""
        box = self.page.get_by_role("combobox", name=label).first
        self.type(box, text)
        expect(self.page.locator("[role=option]:visible").first).to_be_visible()
        self.done += 1
        box.press("Enter")
        expect(box).not_to_have_value(text)


@pytest.mark.requirement("R187")
def test_from_sign_in_to_the_first_approved_receipt_in_25_actions(desk: Desk) -> None:
    """None of them in the settings."""
    page = desk.open("/sign-in")
    hands = Counted(page)
    hands.type(page.get_by_label("账号", exact=True), "keeper")
    hands.type(page.get_by_label("密码"), PASSWORD)
    hands.press(page.get_by_role("button", name="登录"))
    page.wait_for_url(lambda url: "/sign-in" not in url)
    menu = page.get_by_role("navigation", name="主菜单")
    link = menu.get_by_role("link", name="采购入库", exact=False).first
    hands.press(link)
    hands.press(page.locator("main").get_by_role("link", name="新建").first)
    hands.choose("供应商", "S002")
    hands.choose("入库仓库", "ZC")
    hands.press(page.get_by_role("button", name="添加行"))
    hands.choose("商品，第 1 行", "DM001")
    hands.type(page.get_by_label("实收数量，第 1 行"), "20")
    hands.press(page.get_by_role("button", name="保存并提交"))
    expect(state(page, "待审核")).to_be_visible()
    hands.press(page.get_by_role("button", name="审核", exact=True).first)
    hands.press(page.get_by_role("dialog").get_by_role("button", name="审核", exact=True))
    expect(state(page, "已审核")).to_be_visible()
    assert hands.done <= 25
    assert "settings" not in page.url


def test_a_supplier_s_invoice_asks_for_purchase_orders_and_an_unknown_one_saves_nothing(desk: Desk) -> None:
    """The lines of an invoice name orders of the kind that is chosen above them."""
    page = desk.sign_in("finance")
    page.goto(f"{desk.address}/a/general/invoice/new")
    page.get_by_role("button", name="添加行").click()
    expect(page.get_by_role("combobox", name="销售订单，第 1 行")).to_be_visible()
    page.get_by_label("进/销项").select_option(label="进项")
    expect(page.get_by_role("combobox", name="销售订单，第 1 行")).to_have_count(0)
    page.get_by_label("发票号码").fill("26312000000000000001")
    partner = page.get_by_role("combobox", name="往来单位")
    partner.fill("五常")
    page.get_by_role("option", name=re.compile("五常")).first.click()
    order = page.get_by_role("combobox", name="采购订单，第 1 行")
    order.fill("没有这张单")
    expect(page.get_by_text("没有找到“没有这张单”")).to_be_visible()
    order.press("Enter")
    page.wait_for_timeout(500)
    assert page.url.endswith("/invoice/new"), "Enter in a cell sends no form"
