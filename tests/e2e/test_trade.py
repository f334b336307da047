"""What people meet while they trade: what is wrong, what is counted, what somebody else did; the whole story is in ``test_story``."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Desk
from tests.e2e.hands import Says, choose, line, state
from tests.e2e.test_pages import Api

pytestmark = pytest.mark.e2e


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


def test_what_is_bought_in_cases_is_ordered_in_cases_and_in_bottles_when_somebody_says_so(desk: Desk) -> None:
    page = desk.sign_in("buyer")
    page.goto(desk.address + "/a/general/purchase_order/new")
    line(page, Says("zh-CN"), "SY004", "5")
    unit = page.get_by_role("combobox", name="单位，第 1 行")
    total = page.locator(".lines-foot").get_by_text("价税合计").locator("..")
    expect(unit).to_have_value("箱")
    expect(page.get_by_label("单价，第 1 行")).to_have_value("392.40")
    expect(total).to_contain_text("1,962.00")
    unit.fill("")
    unit.press("Tab")
    expect(page.get_by_label("单价，第 1 行")).to_have_value("32.70")
    expect(total).to_contain_text("163.50")
    scan = page.get_by_label("扫码或输入编码，回车添加")
    scan.fill("6901234500158")
    scan.press("Enter")
    expect(page.get_by_role("combobox", name="商品，第 2 行")).to_have_value("进口特级初榨橄榄油")
    expect(page.get_by_role("combobox", name="单位，第 2 行")).to_have_value("")
    expect(page.get_by_label("单价，第 2 行")).to_have_value("92.65")
    for code in ("6901234505153", "6901234500158", "6901234505153"):
        scan.fill(code)
        scan.press("Enter")
        expect(scan).to_have_value("")
    expect(page.get_by_role("combobox", name="单位，第 3 行")).to_have_value("箱")
    expect(page.get_by_label("单价，第 3 行")).to_have_value("555.90")
    expect(page.get_by_label("数量，第 3 行")).to_have_value("2")
    expect(page.get_by_label("数量，第 2 行")).to_have_value("2")


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


def test_a_price_that_follows_the_quantity_shows_in_the_cell_that_was_entered(desk: Desk) -> None:
    """The level's price depends on the quantity and comes from the server, when Tab has gone on to the price already."""
    api = Api(desk.address, "owner")
    lines = [{"item": api.id("item", "DM001"), "price": "59.50"}]
    prices = api.send("/apps/general/price_list", {"scope": "level", "level": "a", "lines": lines})
    api.send(f"/apps/general/price_list/{prices['id']}/transitions/approve", {})
    page = desk.sign_in("sales")
    page.goto(desk.address + "/a/general/sales_order/new")
    choose(page, "客户", "C001")
    choose(page, "发货仓库", "ZC")
    page.get_by_role("button", name="添加行").click()
    choose(page, "商品，第 1 行", "DM001")
    page.get_by_label("数量，第 1 行").fill("5")
    page.get_by_label("数量，第 1 行").press("Tab")
    expect(page.locator("[data-total=total]")).to_have_text("297.50")
    expect(page.get_by_label("单价，第 1 行")).to_have_value("59.50")


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


def test_a_draft_is_changed_and_submitted_in_one_go(desk: Desk) -> None:
    page = desk.sign_in("buyer")
    page.goto(desk.address + "/a/general/purchase_order/new")
    choose(page, "供应商", "S002")
    choose(page, "到货仓库", "ZC")
    line(page, Says("zh-CN"), "DM001", "3", "40")
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_role("link", name="编辑").click()
    page.get_by_label("数量，第 1 行").fill("4")
    page.get_by_role("button", name="保存并提交").click()
    expect(state(page, "待审核")).to_be_visible()
    expect(page.get_by_role("cell", name=re.compile(r"^4\b")).first).to_be_visible()


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
