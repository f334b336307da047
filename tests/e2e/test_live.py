"""Live: what somebody else does shows at once on a page that is only open: the bell, the menu and a quiet word."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from builder.changes import Message
from builder.commands import CreateRecord
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.opening import open_reading
from builder.runtime.playing import system
from builder.runtime.relay import Relay
from builder.storage import accounts, outbox
from tests.e2e.conftest import Desk, axe
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


def all_told(engine: Engine) -> None:
    """Whatever the sample has to say has reached its people, so that only what a test tells arrives afterwards."""
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
    all_told(engine)
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
    all_told(engine)
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


def bill(engine: Engine) -> str:
    """A sales order that the salesperson has begun."""
    show = engine.database.show
    with engine.database.snapshot() as conn:
        ctx = open_reading(engine, conn, system(1), "general", engine.clock.now())
        seller = next(u.user_id for u in ctx.directory.people() if u.login == "sales")
        customer = next(p.id for p in ctx.reader.find("partner", limit=500) if p.get("is_customer"))
        item, warehouse = (ctx.reader.find(e)[0].id for e in ("item", "warehouse"))
    lines = [{"item": show(item), "quantity": "1", "price": "10"}]
    values = {
        "customer": show(customer),
        "warehouse": show(warehouse),
        "salesman": show(seller),
        "lines": lines,
    }
    made = Dispatcher(engine)(system(1), CreateRecord("general", "sales_order", values))
    return f"/a/general/sales_order/{made['id']}"


@pytest.mark.requirement("R010")
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_the_other_page_hears_of_a_change_and_its_own_is_refused(
    desk: Desk, engine: Engine, locale: str
) -> None:
    """Two people edit the same bill: the page of the second hears of the first one's save, and saving it all the same is refused, with both
    sides to choose from."""
    say, path = Says(locale), bill(engine)
    first, second, looking = (desk.sign_in(login, locale=locale) for login in ("owner", "salesmgr", "owner"))
    line = re.compile(say("王建国 刚刚修改了这条记录。", "王建国 has just changed this record."))
    looking.goto(desk.address + path)
    streaming(looking)
    first.goto(f"{desk.address}{path}/edit")
    second.goto(f"{desk.address}{path}/edit")
    streaming(second)
    remark = say("备注", "Remark")
    second.get_by_label(remark, exact=True).fill("by the second")
    first.get_by_label(remark, exact=True).fill("by the first")
    first.get_by_role("button", name=say("保存", "Save"), exact=True).click()
    expect(first).to_have_url(re.compile(f"{path}$"))
    for page in (looking, second):
        expect(page.get_by_role("status").filter(has_text=line)).to_be_visible()
    expect(second.get_by_label(remark, exact=True)).to_have_value("by the second")
    assert axe(second) == []
    with second.expect_response(lambda answer: answer.request.method == "PATCH") as refused:
        second.get_by_role("button", name=say("保存", "Save"), exact=True).click()
    assert (refused.value.status, refused.value.json()["code"]) == (409, "VERSION_CONFLICT")
    expect(second.get_by_role("dialog")).to_contain_text("by the first")
    looking.get_by_role("button", name=say("重新载入", "Load again")).click()
    expect(looking.get_by_text("by the first").first).to_be_visible()
    expect(looking.get_by_role("status").filter(has_text=line)).to_have_count(0)
