"""The form in a browser: lookups, lines, formulas, problems, drafts, conflicts."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.web.conftest import Visit, axe

pytestmark = pytest.mark.e2e


def cell(page: Page, label: str, row: int) -> Any:
    """The input of a cell; an open list of choices has the same name and is none."""
    return page.locator("zg-lines input").and_(page.get_by_label(f"{label}，第 {row} 行"))


def paste(page: Page, text: str) -> None:
    """Puts text on the clipboard and presses Ctrl+V, as a person coming from a spreadsheet does."""
    page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+v")


def test_totals_follow_every_key(visit: Visit) -> None:
    page = visit("/form")
    expect(page.locator("[data-total=amount]")).to_have_text("10,697.45")
    cell(page, "数量", 1).fill("1000")
    expect(page.locator("[data-total=amount]")).to_have_text("11,546.60")
    expect(page.locator("[data-total=qty]")).to_have_text("1,020.00")
    page.keyboard.press("Enter")
    expect(cell(page, "数量", 2)).to_be_focused()
    expect(cell(page, "数量", 1)).to_have_value("1,000.00")


def test_arrows_enter_and_tab_move_like_a_spreadsheet(visit: Visit) -> None:
    page = visit("/form")
    cell(page, "数量", 1).focus()
    page.keyboard.press("ArrowDown")
    expect(cell(page, "数量", 2)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(cell(page, "单价", 2)).to_be_focused()
    cell(page, "备注", 6).fill("x")
    page.keyboard.press("Tab")
    expect(cell(page, "物料", 7)).to_be_focused()
    cell(page, "数量", 7).focus()
    page.keyboard.press("Enter")
    expect(cell(page, "物料", 8)).to_be_focused()


def test_lookup_by_pinyin_fills_the_line_and_moves_on(visit: Visit) -> None:
    page = visit("/form")
    page.get_by_role("button", name="添加行").click()
    page.keyboard.type("txdl")
    page.get_by_role("option", name=re.compile("铜芯电缆")).wait_for()
    page.keyboard.press("Enter")
    expect(cell(page, "物料", 7)).to_have_value("铜芯电缆 3×2.5mm²")
    expect(cell(page, "单价", 7)).to_have_value("9.60")
    expect(cell(page, "数量", 7)).to_be_focused()


def test_enter_before_the_answer_takes_the_exact_code(visit: Visit) -> None:
    page = visit("/form")
    page.get_by_role("button", name="添加行").click()
    page.keyboard.type("D-005")
    page.keyboard.press("Enter")
    expect(cell(page, "物料", 7)).to_have_value("PLC 控制器 S7-1200")


def test_text_that_was_not_chosen_is_put_back(visit: Visit) -> None:
    page = visit("/form")
    supplier = page.get_by_label("供应商").first
    supplier.fill("nothing like this")
    page.get_by_text("没有找到").wait_for()
    page.keyboard.press("Tab")
    expect(supplier).to_have_value("苏州精密五金有限公司")


def test_a_composing_enter_moves_nothing(visit: Visit) -> None:
    page = visit("/form")
    cell(page, "备注", 1).focus()
    page.evaluate(
        "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"
    )
    expect(cell(page, "备注", 1)).to_be_focused()


def test_scanning_adds_a_line_and_then_one(visit: Visit) -> None:
    page = visit("/form")
    scan = page.get_by_label("扫码或输入编码")
    for _ in range(2):
        scan.fill("D-007")
        scan.press("Enter")
    expect(cell(page, "物料", 7)).to_have_value("工业机油 46# 18L")
    expect(cell(page, "数量", 7)).to_have_value("2.00")
    scan.fill("no such code")
    scan.press("Enter")
    expect(page.get_by_text("没有找到 no such code")).to_be_visible()


def test_a_block_from_excel(visit: Visit) -> None:
    page = visit("/form")
    page.get_by_role("button", name="添加行").click()
    paste(page, "D-001\t5\t\t1,200.5\r\nD-002\t6\t\t2\r\nnope\t7\t\t3")
    expect(cell(page, "单价", 7)).to_have_value("1,200.50")
    expect(cell(page, "物料", 8)).to_have_value("深沟球轴承 6204")
    expect(cell(page, "物料", 9)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("1 个内容没有找到")).to_be_visible()


def test_removing_a_line_can_be_undone(visit: Visit) -> None:
    page = visit("/form")
    page.get_by_label("删除第 2 行").click()
    expect(page.get_by_text("5 行", exact=True)).to_be_visible()
    page.get_by_role("button", name="撤销").click()
    expect(page.get_by_text("6 行", exact=True)).to_be_visible()


def test_two_thousand_lines(visit: Visit) -> None:
    page = visit("/form?lines=2000")
    assert page.locator("zg-lines tbody tr").count() < 120
    page.evaluate("document.querySelector('.lines-scroll').scrollTop = 40000")
    expect(cell(page, "数量", 1255)).to_be_visible()
    cell(page, "数量", 1255).fill("9")
    expect(page.locator("[data-total=qty]")).not_to_have_text("")
    page.evaluate("document.querySelector('zg-lines').go(1999, 'qty')")
    expect(cell(page, "数量", 2000)).to_be_focused()
    page.keyboard.press("Enter")
    expect(cell(page, "物料", 2001)).to_be_focused()


def test_everything_wrong_is_said_at_once_at_its_place(visit: Visit) -> None:
    page = visit("/form")
    page.get_by_label("备注").first.fill("refuse")
    cell(page, "数量", 3).fill("0")
    page.get_by_role("button", name="保存").click()
    banner = page.get_by_role("alert").filter(has_text="有 3 处需要更正")
    expect(banner).to_contain_text("超过信用额度")
    expect(page.locator("[data-field=day] .error")).to_have_text("交货日期不能早于今天")
    expect(cell(page, "数量", 3)).to_have_attribute("aria-invalid", "true")
    assert axe(page) == []
    cell(page, "数量", 3).fill("4")
    expect(cell(page, "数量", 3)).not_to_have_attribute("aria-invalid", "true")


def test_saving_sends_version_key_and_token(visit: Visit, demo: tuple[Flask, str]) -> None:
    page = visit("/form")
    page.get_by_label("运费").fill("99.5")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已保存")).to_be_visible()
    sent = demo[0].extensions["saved"][-1]
    assert sent["headers"]["If-Match"] == '"3"'
    assert sent["headers"]["X-Csrf-Token"] == "csrf-of-the-demo"
    assert len(sent["headers"]["Idempotency-Key"]) == 36
    assert sent["body"]["freight"] == "99.5"
    assert "buyer" not in sent["body"]
    assert sent["body"]["lines"][0] == {"id": 1, "item": 101, "qty": "1", "price": "0.85", "note": None}


def test_a_draft_survives_leaving(visit: Visit) -> None:
    page = visit("/form")
    page.get_by_label("备注").first.fill("还没写完")
    page.evaluate("document.querySelector('zg-form').draft.flush()")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.get_by_role("button", name="继续编辑草稿").click()
    expect(page.get_by_label("备注").first).to_have_value("还没写完")


def test_a_conflict_shows_mine_and_theirs(visit: Visit, demo: tuple[Flask, str]) -> None:
    page = visit("/form")
    page.get_by_label("采购员").fill("conflict")
    page.get_by_role("button", name="保存").click()
    dialog = page.get_by_role("dialog", name="这条记录已被别人修改")
    expect(dialog).to_contain_text("李建国")
    assert axe(page) == []
    dialog.get_by_label("李建国").check()
    dialog.get_by_role("button", name="按选择保存").click()
    expect(page.get_by_text("已保存")).to_be_visible()
    sent = demo[0].extensions["saved"][-1]
    assert sent["headers"]["If-Match"] == '"4"'
    assert sent["body"].keys() == {"lines"}


def test_dates_understand_shorthand_and_have_a_calendar(visit: Visit) -> None:
    page = visit("/form")
    day = page.get_by_label("交货日期")
    day.fill("1201")
    day.press("Tab")
    expect(day).to_have_value("2026-12-01")
    page.get_by_role("button", name="打开日历").click()
    page.get_by_role("button", name="2026-12-24").click()
    expect(day).to_have_value("2026-12-24")
