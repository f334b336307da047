"""Scanning on a phone: the camera and a scanner fill a line with what a label says."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Desk
from tests.e2e.film import FNC1, ean13, gs1_label, seeing

pytestmark = pytest.mark.e2e
OIL, RICE = "6901234500158", "6901234500011"
LABEL = (("01", f"0{OIL}"), ("17", "270630"), ("10", f"OL2026A{FNC1}"), ("37", "12"))


@pytest.fixture(scope="module")
def phone(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser whose camera sees a label of oil and then a bag of rice."""
    codes = [gs1_label(*LABEL), ean13(RICE)]
    with seeing(browser, tmp_path_factory.mktemp("film"), codes) as found:
        yield found


@pytest.fixture
def keeper(phone: Browser, address: str) -> Iterator[Page]:
    desk = Desk(phone, address)
    page = desk.sign_in("keeper", width=375)
    page.goto(f"{address}/a/general/receipt/new")
    yield page
    desk.check()


def test_the_camera_fills_item_batch_day_and_count(keeper: Page) -> None:
    keeper.get_by_role("button", name="拍照扫码").click()
    said = keeper.locator(".scan-view .said")
    expect(said).to_have_text(re.compile("已识别 2 个"), timeout=30_000)
    keeper.keyboard.press("Escape")
    expect(keeper.get_by_role("combobox", name="商品，第 1 行")).to_have_value("进口特级初榨橄榄油")
    expect(keeper.get_by_label("实收数量，第 1 行")).to_have_value("12")
    expect(keeper.get_by_role("combobox", name="商品，第 2 行")).to_have_value("东北大米")
    keeper.get_by_role("button", name="登记").click()
    expect(keeper.get_by_role("combobox", name="批次，第 1 行")).to_have_value("OL2026A")


def test_a_scanner_that_types_fills_the_same_and_a_known_batch_is_taken(keeper: Page) -> None:
    box = keeper.get_by_label("扫码或输入编码，回车添加")
    for _ in range(2):
        box.fill(f"]C1010{OIL}1727063010OL2026B")
        box.press("Enter")
    expect(keeper.get_by_role("button", name="登记")).to_have_count(1)
    keeper.get_by_role("button", name="登记").click()
    expect(keeper.get_by_role("combobox", name="批次，第 1 行")).to_have_value("OL2026B")
    box.fill(f"(01)0{OIL}(17)270630(10)OL2026B(37)5")
    box.press("Enter")
    expect(keeper.get_by_label("实收数量，第 1 行")).to_have_value("7")
    expect(keeper.get_by_role("combobox", name="商品，第 2 行")).to_have_count(0)


def test_a_code_that_means_nothing_is_told(keeper: Page) -> None:
    box = keeper.get_by_label("扫码或输入编码，回车添加")
    box.fill("6900000000001")
    box.press("Enter")
    expect(keeper.get_by_text("没有找到 6900000000001")).to_be_visible()


def test_the_camera_is_closed_to_pages_that_do_not_scan(keeper: Page, address: str) -> None:
    answer = keeper.goto(f"{address}/a/general/item")
    assert answer is not None
    assert "camera=()" in answer.headers["permissions-policy"]
