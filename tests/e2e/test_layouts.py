"""Layouts of a list in a browser: switched, moved and filtered by hand, on a desk and on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Desk, axe

pytestmark = pytest.mark.e2e


def test_what_was_typed_and_the_days_stay_with_one_another(desk: Desk) -> None:
    page = desk.sign_in("owner")
    page.goto(f"{desk.address}/a/general/sales_order?view=sales_orders")
    page.get_by_role("link", name="交期日历").click()
    shown = page.locator("#rows").get_by_role("heading", level=2)
    today = shown.inner_text()
    page.get_by_role("link", name="往前").click()
    expect(shown).not_to_have_text(today)
    before = shown.inner_text()
    search = page.get_by_role("searchbox", name="搜索", exact=True)
    search.fill("XSDD")
    page.wait_for_url(re.compile("q=XSDD"))
    expect(shown).to_have_text(before)
    # Leaving the field asks nothing again that would come after what was pressed.
    page.get_by_role("link", name="今天").click()
    expect(shown).to_have_text(today)
    expect(search).to_have_value("XSDD")
    to_list = page.get_by_role("navigation", name="展示方式").get_by_role("link", name="列表")
    to_list.click()
    expect(to_list).to_have_attribute("aria-current", "page")
    expect(search).to_have_value("XSDD")


def test_a_list_is_read_again_after_a_move_of_many(desk: Desk) -> None:
    page = desk.sign_in("owner")
    page.goto(f"{desk.address}/a/general/sales_order?view=sales_orders")
    with page.expect_response(re.compile(r"/a/general/sales_order\?.*q=")):
        page.evaluate("document.dispatchEvent(new CustomEvent('zg-done', { detail: [] }))")


@pytest.mark.parametrize("width", [1440, 375])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_layout_fits_and_can_be_read(desk: Desk, width: int, theme: str) -> None:
    page = desk.sign_in("owner", width=width, theme=theme)
    for layout in ("calendar", "board"):
        page.goto(f"{desk.address}/a/general/sales_order?view=sales_orders&layout={layout}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert axe(page) == []
