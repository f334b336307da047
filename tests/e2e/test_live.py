"""Live: what somebody else does shows at once on a page that is only open: the bell, the menu and a quiet word."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from builder.changes import Message
from builder.runtime.engine import Engine
from builder.runtime.relay import Relay
from builder.storage import accounts, outbox
from tests.e2e.conftest import Desk
from tests.e2e.hands import Says

pytestmark = pytest.mark.e2e


def tell(engine: Engine, login: str, title: str) -> None:
    """Tell somebody something as a rule does."""
    with engine.database.write() as conn:
        user = accounts.user_by_login(conn, 1, login)
        assert user is not None
        body = {"user_id": user.user_id, "title": title, "body": "", "app": "general"}
        new_id = engine.database.new_id
        outbox.append(conn, 1, [Message("notification", body)], cmd=1, now=engine.clock.now(), new_id=new_id)
    Relay(engine).drain()


def unread(page: Page) -> int:
    bubble = page.locator(".bell .bubble")
    return int(bubble.inner_text()) if bubble.is_visible() else 0


def streaming(page: Page) -> None:
    """Wait until the page has opened its stream."""
    page.wait_for_event("request", lambda request: "/api/v1/events" in request.url)


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_the_badge_grows_without_reloading(desk: Desk, engine: Engine, locale: str) -> None:
    say = Says(locale)
    page = desk.sign_in("finance", locale=locale)
    streaming(page)
    before = unread(page)
    page.evaluate("window.__same = true")
    tell(engine, "finance", "米 ❤")
    expect(page.locator(".bell .bubble")).to_have_text(str(before + 1))
    word = page.locator(".toast", has_text="米 ❤")
    expect(word).to_be_visible()
    expect(page.locator(".bell")).to_have_attribute("aria-label", re.compile(str(before + 1)))
    assert page.evaluate("window.__same") is True
    word.get_by_role("link", name=say("查看", "Open")).click()
    expect(page).to_have_url(re.compile("/inbox$"))
    page.get_by_role("button", name=say("全部标为已读", "Mark all as read")).click()
    expect(page.locator(".bell .bubble")).to_be_hidden()


def test_a_page_nobody_looks_at_asks_nothing_and_catches_up(desk: Desk, engine: Engine) -> None:
    page = desk.sign_in("keeper2")
    streaming(page)
    before = unread(page)
    page.evaluate(HIDDEN, True)
    tell(engine, "keeper2", "missed")
    expect(page.locator(".bell .bubble")).not_to_have_text(str(before + 1), timeout=1)
    page.evaluate(HIDDEN, False)
    expect(page.locator(".bell .bubble")).to_have_text(str(before + 1))


HIDDEN = """(hidden) => {
  Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def test_where_no_stream_comes_through_the_page_asks_now_and_then(desk: Desk, engine: Engine) -> None:
    page = desk.sign_in("keeper")
    tried: list[str] = []

    def block(route: Route) -> None:
        if "event-stream" in route.request.headers["accept"]:
            tried.append(route.request.url)
            route.fulfill(status=502)
        else:
            route.continue_()

    page.route("**/api/v1/events*", block)
    page.clock.install()
    page.reload()
    before = unread(page)
    with page.expect_response("**/api/v1/events*"):
        page.clock.run_for(3_000)
    tell(engine, "keeper", "by asking")
    with page.expect_response(lambda answer: "/events" in answer.url and answer.ok):
        page.clock.run_for(31_000)
        page.clock.run_for(31_000)
    expect(page.locator(".bell .bubble")).to_have_text(str(before + 1))
    assert tried
