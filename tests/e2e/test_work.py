"""Tickets, the process mirror and the board in a browser: they fit, are accessible, and do what their buttons say."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Desk, axe
from tests.e2e.test_pages import LOOKS, RAW, order  # noqa: F401 - a fixture
from tests.quiet import quiet

pytestmark = pytest.mark.e2e
APP = "/a/general"
PATHS = (
    "/tickets?list=all",
    "/tickets?state=closed&q=nothing",
    f"{APP}/mirror",
    f"{APP}/mirror/drawn",
    f"{APP}/board",
)


def opened(desk: Desk, order: str, title: str) -> None:  # noqa: F811
    """The owner opens a ticket on the order."""
    page = desk.sign_in("owner", locale="en")
    page.goto(f"{desk.address}{APP}/sales_order/{order}")
    page.get_by_role("button", name="Open a ticket").click()
    page.locator("#need-title").fill(title)
    page.locator("#need-kind").select_option("exception")
    page.locator("#need-due_days").fill("2")
    page.locator("[data-close='yes']").click()
    page.get_by_role("link", name=title).wait_for()


@pytest.mark.parametrize(("width", "theme", "locale"), LOOKS[:2])
def test_the_pages_fit_and_are_accessible(
    desk: Desk,
    order: str,  # noqa: F811
    width: int,
    theme: str,
    locale: str,
) -> None:
    opened(desk, order, f"Call about {width}")
    page = desk.sign_in("owner", locale=locale, width=width, theme=theme)
    wrong: list[str] = []
    for path in PATHS:
        answer = page.goto(desk.address + path)
        quiet(page)
        assert answer is not None
        if answer.status != 200:
            wrong.append(f"{path}: {answer.status}")
            continue
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append(f"{path}: wider than {width}")
        wrong += [f"{path}: raw {found.group()}" for found in RAW.finditer(page.inner_text("body"))]
        wrong += [f"{path}: {one}" for one in axe(page)]
    assert wrong == [], "\n".join(wrong)


def test_a_ticket_is_closed_with_a_reason(desk: Desk, order: str) -> None:  # noqa: F811
    opened(desk, order, "Ask for the address")
    page = desk.sign_in("owner", locale="en")
    page.goto(f"{desk.address}/tickets")
    page.get_by_role("link", name="Ask for the address").click()
    page.get_by_role("button", name="Close", exact=True).first.click()
    dialog = page.locator("dialog[open]")
    dialog.locator("textarea, input").first.fill("They sent it")
    dialog.locator("[data-close='yes'], button.primary, button.danger").last.click()
    page.get_by_text("They sent it").first.wait_for()
    page.get_by_role("button", name="Reopen").wait_for()


@pytest.mark.requirement("R090")
def test_a_drawn_map_is_compared(desk: Desk) -> None:
    page = desk.sign_in("owner", locale="en")
    page.goto(f"{desk.address}{APP}/mirror/drawn?family=sales_order")
    page.locator("#l-1").fill("Write it on paper")
    page.locator("#m-1").select_option("paper")
    page.locator("#n-1").fill("12")
    page.locator("#b-1").select_option("sales_order.submit")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Write it on paper").wait_for()
    page.get_by_text("12 / 12").wait_for()
