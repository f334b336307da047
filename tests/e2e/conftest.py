"""The whole product behind a real port, the general template with its people, and a browser that tolerates no script error."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from builder.app import create_app, open_engine
from builder.config import Settings
from builder.runtime.engine import Engine
from builder.runtime.installing import Installer, loaded
from builder.runtime.playing import system
from tests.answering import answering
from tests.quiet import LISTEN

# The development server says every request; a failing test should not.
logging.getLogger("werkzeug").setLevel(logging.WARNING)

PASSWORD = "Right-Horse-7-Battery"
AXE = Path(__file__).resolve().parents[2] / "frontend/node_modules/axe-core/axe.min.js"
WATCH = """
window.__violations = [];
document.addEventListener('securitypolicyviolation', (e) => window.__violations.push(`${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}`));
"""


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("e2e")
    engine = open_engine(Settings(database=f"sqlite:///{folder}/zhanggui.db", var=str(folder)))
    engine.database.migrate()
    package = loaded(Path(__file__).resolve().parents[2] / "templates_catalog/general")
    people = {user["login"]: PASSWORD for data in package.data for user in data.users}
    Installer(engine, system(1)).install(package, "general", template_key="general", passwords=people)
    yield engine
    engine.database.close()


@pytest.fixture(scope="session")
def address(engine: Engine) -> Iterator[str]:
    with answering(create_app(engine)) as address:
        yield address


class Desk:
    """People at their screens. ``errors`` holds what no page may do: script errors and violations of the policy."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser, self.address = browser, address
        self.errors: list[str] = []
        self.pages: list[Page] = []

    def open(
        self, path: str = "/", *, locale: str = "zh-CN", width: int = 1440, theme: str = "light"
    ) -> Page:
        """A stranger's browser at ``path``."""
        phone = width < 500
        context = self.browser.new_context(
            viewport={"width": width, "height": 812 if phone else 900},
            is_mobile=phone,
            has_touch=phone,
            locale=locale,
            reduced_motion="reduce",
        )
        context.add_cookies([{"name": "zg_theme", "value": theme, "url": self.address}])
        context.add_init_script(WATCH + LISTEN)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(self.address + path)
        self.pages.append(page)
        return page

    def sign_in(self, login: str, *, locale: str = "zh-CN", width: int = 1440, theme: str = "light") -> Page:
        """Somebody who has just signed in."""
        page = self.open("/sign-in", locale=locale, width=width, theme=theme)
        english = locale == "en"
        page.get_by_label("Account" if english else "账号", exact=True).fill(login)
        page.get_by_label("Password" if english else "密码").fill(PASSWORD)
        page.get_by_role("button", name="Sign in" if english else "登录").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)
        return page

    def check(self) -> None:
        for page in self.pages:
            self.errors += page.evaluate("window.__violations")
            page.context.close()
        assert self.errors == []


@pytest.fixture
def desk(address: str, browser: Browser) -> Iterator[Desk]:
    found = Desk(browser, address)
    yield found
    found.check()


def axe(page: Page) -> list[str]:
    """What axe finds wrong on the page, one line per rule."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run().then((r) => r.violations)")
    return [f"{one['id']}: {one['help']} — {one['nodes'][0]['html'][:200]}" for one in found]
