"""Every example page, looked at by a browser: no violation, nothing sticks out, axe finds nothing."""

from __future__ import annotations

import pytest

from tests.web.conftest import Visit, axe

pytestmark = pytest.mark.e2e
PAGES = ("/design-system", "/home", "/list", "/form")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 375])
@pytest.mark.parametrize("path", PAGES)
def test_page_is_accessible_and_fits(visit: Visit, path: str, width: int, theme: str) -> None:
    locale = "en" if theme == "dark" else "zh-CN"
    page = visit(path, width=width, theme=theme, locale=locale)
    # A phone widens its viewport rather than scroll, so the width is compared with what was asked for.
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe(page) == []


def test_texts_of_elements_are_all_worded(visit: Visit) -> None:
    page = visit("/design-system")
    assert "el." not in page.inner_text("main")
    assert "ui." not in page.inner_text("body")


def test_theme_and_density_change_at_once_and_are_remembered(visit: Visit) -> None:
    page = visit("/home")
    page.get_by_label("语言和外观").first.click()
    page.get_by_role("button", name="深色").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_drawer_opens_on_phones_and_escape_closes_it(visit: Visit) -> None:
    page = visit("/home", width=375)
    page.get_by_role("button", name="菜单").click()
    page.get_by_role("link", name="物料 3214").wait_for(state="visible")
    assert axe(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("link", name="物料 3214").wait_for(state="hidden")


def test_slash_goes_to_the_search(visit: Visit) -> None:
    page = visit("/home")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
