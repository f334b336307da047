"""The whole product behind a real port, the general template with its people, and a browser that tolerates no script error."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
from playwright.sync_api import Browser, Page

from builder.app import create_app, open_engine
from builder.config import Settings
from builder.runtime.engine import Engine
from builder.runtime.installing import Installer, loaded
from builder.runtime.playing import system
from tests.answering import answering
from tests.screens import AXE_RUN, screens

# The development server says every request; a failing test should not.
logging.getLogger("werkzeug").setLevel(logging.WARNING)

PASSWORD = "Right-Horse-7-Battery"
AXE = Path(__file__).resolve().parents[2] / "frontend/node_modules/axe-core/axe.min.js"


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

    # The sessions of those who have left. Who comes again goes on with one; two at a time never share one.
    _sessions: ClassVar[dict[tuple[str, str], list[list[Any]]]] = {}

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser, self.address = browser, address
        self.errors: list[str] = []
        self.pages: list[Page] = []
        self._signed: list[tuple[str, Page]] = []

    def open(
        self,
        path: str = "/",
        *,
        locale: str = "zh-CN",
        width: int = 1440,
        theme: str = "light",
        session: Sequence[Any] = (),
    ) -> Page:
        """A browser at ``path``: a stranger's, or that of somebody whose session goes on."""
        phone = width < 500
        context = screens(self.browser).lend(
            viewport={"width": width, "height": 812 if phone else 900},
            is_mobile=phone,
            has_touch=phone,
            locale=locale,
            reduced_motion="reduce",
        )
        context.add_cookies([{"name": "zg_theme", "value": theme, "url": self.address}, *session])
        if session:
            # As signing in does it.
            context.add_cookies([{"name": "zg_locale", "value": locale, "url": self.address}])
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(self.address + path)
        self.pages.append(page)
        return page

    def sign_in(self, login: str, *, locale: str = "zh-CN", width: int = 1440, theme: str = "light") -> Page:
        """Somebody on the first page: signed in just now, or earlier and not out since."""
        left = self._sessions.get((self.address, login))
        page = self.open(
            "/" if left else "/sign-in",
            locale=locale,
            width=width,
            theme=theme,
            session=left.pop() if left else (),
        )
        self._signed.append((login, page))
        if "/sign-in" in page.url:
            self._fill_in(page, login, english=locale == "en")
        return page

    def _fill_in(self, page: Page, login: str, *, english: bool) -> None:
        page.get_by_label("Account" if english else "账号", exact=True).fill(login)
        page.get_by_label("Password" if english else "密码").fill(PASSWORD)
        page.get_by_role("button", name="Sign in" if english else "登录").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)

    def check(self) -> None:
        for login, page in self._signed:
            if session := [cookie for cookie in page.context.cookies(self.address) if cookie.get("httpOnly")]:
                self._sessions.setdefault((self.address, login), []).append(session)
        for page in self.pages:
            self.errors += page.evaluate("window.__violations")
            screens(self.browser).take_back(page.context)
        assert self.errors == []


@pytest.fixture
def desk(address: str, browser: Browser) -> Iterator[Desk]:
    found = Desk(browser, address)
    yield found
    found.check()


def axe(page: Page) -> list[str]:
    """What axe finds wrong on the page, one line per rule."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(AXE_RUN)
    return [f"{one['id']}: {one['help']} — {one['nodes'][0]['html'][:200]}" for one in found]
