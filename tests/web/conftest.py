"""A server with the example pages and a browser that fails the test on any script error or CSP violation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from tests.answering import answering
from tests.quiet import quiet
from tests.screens import AXE_RUN, screens
from tests.web.demo import create_app

AXE = Path(__file__).resolve().parents[2] / "frontend/node_modules/axe-core/axe.min.js"


@pytest.fixture(scope="session")
def demo() -> Iterator[tuple[Flask, str]]:
    app = create_app()
    with answering(app) as address:
        yield app, address


class Visit:
    """One browser context on the demo, at a width, in a theme and a language."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser, self.address = browser, address
        self.errors: list[str] = []
        self.pages: list[Page] = []

    def __call__(
        self,
        path: str,
        *,
        width: int = 1440,
        theme: str = "light",
        locale: str = "zh-CN",
        density: str = "compact",
    ) -> Page:
        phone = width < 500
        context = screens(self.browser).lend(
            viewport={"width": width, "height": 812 if phone else 900}, is_mobile=phone, has_touch=phone
        )
        chosen = {"zg_theme": theme, "zg_locale": locale, "zg_density": density}
        context.add_cookies(
            [{"name": name, "value": value, "url": self.address} for name, value in chosen.items()]
        )
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(self.address + path)
        quiet(page)
        self.pages.append(page)
        return page

    def check(self) -> None:
        for page in self.pages:
            self.errors += page.evaluate("window.__violations")
            screens(self.browser).take_back(page.context)
        assert self.errors == []


@pytest.fixture
def visit(demo: tuple[Flask, str], browser: Browser) -> Iterator[Visit]:
    visitor = Visit(browser, demo[1])
    yield visitor
    visitor.check()


def axe(page: Page) -> list[str]:
    """What axe finds wrong on the page, one line per rule."""
    assert AXE.is_file(), (
        "run `npm ci --ignore-scripts` in frontend/ first: axe-core is a developer's dependency"
    )
    page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = page.evaluate(AXE_RUN)
    return [
        f"{one['id']}: {one['help']} — " + " | ".join(node["html"][:150] for node in one["nodes"][:4])
        for one in found
    ]
