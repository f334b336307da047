"""Screens: windows of a browser, each for one person, lent to a test and taken back as if nobody had sat there.

A new window starts a process and reads the scripts again, which costs more than most tests do with it; so those that were given
back are lent again. What could tell the next person of the last goes with them: pages, cookies, permissions and what scripts kept.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from tests.quiet import LISTEN

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

WATCH = """
window.__violations = [];
document.addEventListener('securitypolicyviolation', (e) => window.__violations.push(`${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`));
"""
AXE_RUN = """
Promise.all(
  document.getAnimations()
    .filter((one) => Number.isFinite(one.effect?.getComputedTiming().endTime))
    .map((one) => one.finished.catch(() => null)),
).then(() => axe.run({ resultTypes: ['violations'], selectors: false })).then((found) => found.violations)
"""
"""What axe finds where everything has come to rest: half faded in, no colour contrasts with another. Nobody reads what it says of the
thousands of parts that are as they should be, nor the selectors of those that are not: it need not put that together."""
# The site that all servers of tests belong to: a page of it that stays open keeps the window's process.
SITE = "http://127.0.0.1/"


class Screens:
    """The windows of one browser. Those alike are lent again."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[str, list[BrowserContext]] = {}
        self._kinds: dict[BrowserContext, str] = {}
        self._kept: dict[BrowserContext, Page] = {}

    def lend(self, **options: Any) -> BrowserContext:
        """An empty window with these options, whose pages notice violations of the policy and count what they wait for."""
        kind = repr(sorted(options.items()))
        if free := self._free.get(kind):
            return free.pop()
        window = self._browser.new_context(**options)
        window.add_init_script(WATCH + LISTEN)
        kept = window.new_page()
        kept.route("**", lambda route: route.fulfill(body=""))
        kept.goto(SITE)
        self._kinds[window], self._kept[window] = kind, kept
        return window

    def take_back(self, window: BrowserContext) -> None:
        """Empty the window for the next."""
        for page in window.pages:
            if page is not self._kept[window]:
                if page.url.startswith(SITE.rstrip("/")):
                    page.evaluate("localStorage.clear()")
                page.close()
        window.clear_cookies()
        window.clear_permissions()
        self._free.setdefault(self._kinds[window], []).append(window)


@cache
def screens(browser: Browser) -> Screens:
    """The windows of this browser."""
    return Screens(browser)
