"""Files in the browser: a picture of goods, a supplier's paper and a signature, with a mouse, a finger, a keyboard and in both languages."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Desk
from tests.e2e.hands import Says, choose, line, sign

RECORD = re.compile(r"/a/general/item/\w+$")


def picture(folder: Path, name: str = "front.png", *, side: int = 240) -> Path:
    """A picture file: a square that is blue above and green below."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(
        b"\x00" + (b"\x2a\x56\xc6" if y < side / 2 else b"\x1a\x90\x59") * side for y in range(side)
    )
    header = part(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    made = folder / name
    made.write_bytes(b"\x89PNG\r\n\x1a\n" + header + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b""))
    return made


def at(desk: Desk, path: str, **how: Any) -> Page:
    """The owner at a page."""
    page = desk.sign_in("owner", **how)
    page.set_default_timeout(8000)
    page.goto(desk.address + path)
    return page


def add(page: Page, label: str, *paths: Path) -> None:
    page.get_by_label(label, exact=True).set_input_files(list(paths))


def an_item(page: Page) -> None:
    """The first item of the list, opened for editing."""
    page.locator("tbody tr td a").first.click()
    page.get_by_role("link", name=Says(page_locale(page))("编辑", "Edit")).click()


def page_locale(page: Page) -> str:
    found: str = page.locator("html").get_attribute("lang") or "zh-CN"
    return found


@pytest.mark.parametrize(("locale", "width"), [("zh-CN", 1440), ("en", 375)])
def test_a_picture_is_added_seen_large_and_taken_away(
    desk: Desk, tmp_path: Path, locale: str, width: int
) -> None:
    say = Says(locale)
    page = at(desk, "/a/general/item", locale=locale, width=width)
    an_item(page)
    label = say("选择图片 图片", "Choose pictures Picture")
    wrong = tmp_path / "page.png"
    wrong.write_bytes(b"<script>alert(1)</script>")
    add(page, label, wrong)
    expect(page.get_by_role("alert").filter(has_text="page.png")).to_be_visible()
    add(page, label, picture(tmp_path))
    expect(page.get_by_role("link", name=say("查看 front.png", "Look at front.png"))).to_be_visible()
    page.get_by_role("button", name=say("保存", "Save"), exact=True).click()
    page.wait_for_url(RECORD)
    shown = page.get_by_role("img", name="front.png")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.naturalWidth") == 240
    shown.click()
    expect(page.get_by_role("dialog", name="front.png")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("link", name=say("编辑", "Edit")).click()
    page.get_by_role("button", name=say("移除 front.png", "Remove front.png")).click()
    page.get_by_role("button", name=say("保存", "Save"), exact=True).click()
    page.wait_for_url(RECORD)
    expect(page.get_by_role("img", name="front.png")).to_have_count(0)


def test_the_receiver_signs_with_a_finger_and_the_signature_stays(desk: Desk) -> None:
    page = at(desk, "/a/general/delivery/new", width=375)
    sign(page)
    choose(page, "客户", "C001")
    choose(page, "仓库", "ZC")
    line(page, Says("zh-CN"), "DM001", "1")
    page.get_by_role("button", name="保存", exact=True).click()
    shown = page.get_by_role("img", name="签名.png")
    expect(shown).to_be_visible()
    page.reload()
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.naturalWidth") == 720


def test_who_cannot_draw_signs_with_the_keyboard(desk: Desk) -> None:
    page = at(desk, "/a/general/delivery/new")
    write = page.get_by_role("button", name=re.compile("^写上"))
    write.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="已签名")).to_be_visible()
    page.get_by_role("button", name=re.compile("^重签")).press("Enter")
    expect(write).to_be_visible()


def test_a_paper_hangs_on_a_record_and_comes_off(desk: Desk, tmp_path: Path) -> None:
    page = at(desk, "/a/general/item")
    page.locator("tbody tr td a").first.click()
    page.get_by_role("tab", name="附件").click()
    paper = tmp_path / "说明书.pdf"
    paper.write_bytes(b"%PDF-1.4\n%%EOF\n")
    add(page, "选择文件 附件", paper)
    expect(page.get_by_role("link", name="说明书.pdf")).to_be_visible()
    page.reload()
    page.get_by_role("tab", name="附件").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="说明书.pdf").click()
    assert download.value.suggested_filename == "说明书.pdf"
    page.get_by_role("button", name="移除 说明书.pdf").click()
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    expect(page.get_by_role("link", name="说明书.pdf")).to_have_count(0)
