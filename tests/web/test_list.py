"""The list in a browser: selection, bulk actions, columns, filter."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.web.conftest import Visit, axe

pytestmark = pytest.mark.e2e


def test_selection_by_click_range_and_all(visit: Visit) -> None:
    page = visit("/list")
    page.get_by_label("选择 PO-2026-00002").click()
    page.get_by_label("选择 PO-2026-00005").click(modifiers=["Shift"])
    expect(page.get_by_text("已选 4 条")).to_be_visible()
    page.get_by_label("全选本页").click()
    expect(page.get_by_text("已选 50 条")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("button", name="取消选择").click()
    expect(page.get_by_text("已选")).to_be_hidden()


def test_a_selection_survives_another_page_of_rows(visit: Visit) -> None:
    page = visit("/list")
    page.get_by_label("选择 PO-2026-00002").click()
    page.evaluate("document.querySelector('zg-list tbody').replaceChildren()")
    expect(page.get_by_text("已选 1 条")).to_be_visible()


def test_bulk_action_says_what_failed_for_which_record(visit: Visit) -> None:
    page = visit("/list")
    for number in ("00001", "00002", "00003"):
        page.get_by_label(f"选择 PO-2026-{number}").click()
    page.get_by_role("button", name="同意").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("PO-2026-00003")
    expect(dialog).to_contain_text("金额超过权限")
    expect(page.get_by_text("2 条成功，1 条未成功")).to_be_visible()


def test_dangerous_bulk_actions_ask_first(visit: Visit) -> None:
    page = visit("/list")
    page.get_by_label("选择 PO-2026-00001").click()
    page.get_by_role("button", name="作废").click()
    page.get_by_role("dialog", name="作废选中的 1 张？").get_by_role("button", name="取消").click()
    expect(page.get_by_text("已选 1 条")).to_be_visible()


def test_columns_can_be_hidden_and_stay_hidden(visit: Visit) -> None:
    page = visit("/list")
    page.get_by_label("列", exact=True).click()
    page.get_by_label("采购员", exact=True).uncheck()
    expect(page.get_by_role("columnheader", name="采购员")).to_be_hidden()
    page.reload()
    expect(page.get_by_role("columnheader", name="采购员")).to_be_hidden()


def test_filter_builder_makes_the_filter_language(visit: Visit) -> None:
    page = visit("/list")
    page.get_by_role("button", name="筛选 1").click()
    page.get_by_role("button", name="添加条件").click()
    page.get_by_label("字段").nth(1).select_option("day")
    page.get_by_label("日期 值").select_option("last_7_days")
    assert axe(page) == []
    with page.expect_request(lambda request: "filter=" in request.url) as sent:
        page.get_by_role("button", name="应用").click()
    filter_sent = json.loads(parse_qs(urlsplit(sent.value.url).query)["filter"][0])
    assert filter_sent == {
        "and": [
            {"field": "amount", "op": ">=", "value": "5000.00"},
            {"field": "day", "op": "within", "value": "last_7_days"},
        ]
    }


def test_arrows_walk_the_rows(visit: Visit) -> None:
    page = visit("/list")
    page.get_by_label("选择 PO-2026-00001").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.get_by_label("选择 PO-2026-00002")).to_be_checked()
