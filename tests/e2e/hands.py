"""Hands: what people do at a page, in the words of either language."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect


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


def line(page: Page, say: Says, item: str, quantity: str, price: str = "", *, of: str = "") -> None:
    """A line of a document; ``of`` is what its quantity is called, where not simply so."""
    page.get_by_role("button", name=say("添加行", "Add line")).click()
    choose(page, say.cell("商品", "Item", 1), item)
    page.get_by_label(of or say.cell("数量", "Quantity", 1)).fill(quantity)
    if price:
        page.get_by_label(say.cell("单价", "Price", 1)).fill(price)


def state(page: Page, text: str) -> Locator:
    return page.locator(".page-head .badge", has_text=text)


def press(page: Page, name: str, *, sure: bool = True) -> None:
    """Press a button of the record; ``sure``: it asks, and means the same word again."""
    page.get_by_role("button", name=name, exact=True).first.click()
    if sure:
        page.get_by_role("dialog").get_by_role("button", name=name, exact=True).click()


def submit(page: Page, say: Says) -> None:
    """Save and submit; where somebody will be asked that is shown first."""
    name = say("保存并提交", "Save and submit")
    page.get_by_role("button", name=name).click()
    sure = page.get_by_role("dialog").get_by_role("button", name=name)
    expect(state(page, say("待审核", "To approve")).or_(sure)).to_be_visible()
    if sure.is_visible():
        sure.click()
    expect(state(page, say("待审核", "To approve"))).to_be_visible()


def approve(page: Page, say: Says, becomes: tuple[str, str] = ("已审核", "Approved")) -> None:
    press(page, say("审核", "Approve"))
    expect(state(page, say(*becomes))).to_be_visible()


def number_of(page: Page) -> str:
    found = re.search(r"[A-Z]+\d{8}-\d{4}", page.get_by_role("heading", level=1).inner_text())
    assert found is not None
    return found.group()


def find(page: Page, address: str, text: str, *, titled: bool = True) -> None:
    """Open a record by its number or code, as the search of everything finds it: what one record alone is called opens at once;
    ``titled``: its heading says so."""
    page.goto(f"{address}/search?q={text}")
    if "/search?" in page.url:
        hits = page.locator("main ul.rows").get_by_role("link")
        (hits.filter(has_text=text) if titled else hits).first.click()
    expect(page.locator("dl.facts").first).to_be_visible()
    if titled:
        expect(page.get_by_role("heading", level=1)).to_contain_text(text)


def sign(page: Page) -> None:
    """Draw a name with a finger into the first sheet for signatures."""
    sheet = page.get_by_role("img", name="签名").first
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 60)
    page.mouse.down()
    for step in range(12):
        page.mouse.move(box["x"] + 40 + step * 15, box["y"] + 40 + (step % 3) * 20)
    page.mouse.up()
