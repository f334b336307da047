"""Pictures of every kind of page, from a demo of its own: both sizes, languages and themes, into build/screenshots.

``--readme`` also writes the few that the README shows to docs/images; ``--templates`` takes those of the templates' own pages instead.
"""

from __future__ import annotations

import argparse
import logging
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from builder.app import create_app, open_engine
from builder.config import Settings
from builder.runtime.engine import Engine
from builder.runtime.installing import Installer, Sample, template
from builder.runtime.playing import system

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "build" / "screenshots"
IMAGES = ROOT / "docs" / "images"
PASSWORD = "Right-Horse-7-Battery"
WS = 1
SIZES = {"wide": (1440, 900), "phone": (375, 812)}
QUALITY = 72
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")

PAGES = {
    "home": "/",
    "dashboard": "/a/general/dashboards/boss",
    "list": "/a/general/sales_order?view=sales_orders",
    "form": "/a/general/sales_order/new",
    "inbox": "/tasks",
    "balances": "/a/general/ledgers/stock",
    "report": "/a/general/reports/sales_by_item",
    "health": "/a/general/health",
    "import": "/a/general/import",
    "settings": "/a/general/settings",
    "people": "/people",
    "units": "/people/units",
    "account": "/account",
    "backup": "/backup",
    "runs": "/a/general/runs",
    "catalog": "/design/",
    "designer": "/design/general/",
    "designer_form": "/design/general/form/sales_order",
    "designer_entity": "/design/general/entity/sales_order",
    "designer_workflow": "/design/general/workflow/sales_order",
    "designer_rule": "/design/general/rule/low_stock",
    "versions": "/design/general/versions",
}

SHOWN: Mapping[str, tuple[str, ...]] = {
    "general": ("dashboards/boss", "computations/replenish", "reports/style_stock"),
    "no_stock": ("dashboards/owner", "reports/three_way_match"),
    "food": ("dashboards/quality", "reports/expiring_stock"),
    "discrete_mfg": ("dashboards/production", "reports/cost_sheet"),
    "standard": ("dashboards/chain", "reports/store_comparison"),
}
"""What the page of a template shows: some of its addresses, the first also as a phone has it."""


@contextmanager
def demo(folder: Path, key: str = "general") -> Iterator[tuple[Engine, str]]:
    """A server with a template and what its sample company did."""
    engine = open_engine(Settings(database=f"sqlite:///{folder}/zhanggui.db", var=str(folder)))
    engine.database.migrate()
    package = template(key).package
    people = {user["login"]: PASSWORD for data in package.data for user in data.users}
    Installer(engine, system(WS)).install(package, key, template_key=key, passwords=people)
    sample = Sample(engine, WS, key, engine.clock.now().date())
    steps = sample.steps()
    sample.play(steps, 0, len(steps))
    server = make_server("127.0.0.1", 0, create_app(engine), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield engine, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        engine.database.close()


def sign_in(page: Page, base: str, locale: str, theme: str) -> None:
    page.context.add_cookies(
        [
            {"name": "zg_locale", "value": locale, "url": base},
            {"name": "zg_theme", "value": theme, "url": base},
        ]
    )
    page.goto(f"{base}/sign-in")
    page.fill("#login", "owner")
    page.fill("#password", PASSWORD)
    page.click("button.primary")
    page.wait_for_load_state("networkidle")


def shoot(page: Page, base: str, name: str, address: str, to: Path) -> None:
    """One picture; a page that is not there is said, not drawn."""
    answer = page.goto(base + address)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)
    if answer is None or answer.status != 200:
        print(f"  {name}: {answer.status if answer else 'nothing'}")
        return
    to.parent.mkdir(parents=True, exist_ok=True)
    kind: dict[str, Any] = {"type": "jpeg", "quality": QUALITY} if to.suffix == ".jpg" else {}
    page.screenshot(path=str(to), **kind)


def first_link(page: Page, base: str, address: str, pattern: str) -> str | None:
    """The first address on a page that looks like ``pattern``."""
    page.goto(base + address)
    found = page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
    return next((href for href in found if re.fullmatch(pattern, href)), None)


def addresses(page: Page, base: str) -> dict[str, str]:
    record = first_link(page, base, PAGES["list"], r"/a/general/sales_order/(?!new)[\w-]+")
    return PAGES | ({"record": record} if record else {})


def templates(browser: Browser) -> None:
    """Pictures of each template, wide for the desk and one narrow for the phone."""
    for key, pages in SHOWN.items():
        with tempfile.TemporaryDirectory() as folder, demo(Path(folder), key) as (_, base):
            wide = [("wide", "en", page_of) for page_of in pages]
            for size, locale, page_of in (*wide, ("phone", "zh-CN", pages[0])):
                width, height = SIZES[size]
                context = browser.new_context(viewport={"width": width, "height": height}, locale=locale)
                page = context.new_page()
                sign_in(page, base, locale, "light")
                name = f"{key}-{page_of.rpartition('/')[2]}-{size}"
                shoot(page, base, name, f"/a/{key}/{page_of}", IMAGES / "templates" / f"{name}.jpg")
                context.close()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--readme", action="store_true")
    arguments.add_argument("--templates", action="store_true")
    asked = arguments.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    program = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        if asked.templates:
            templates(browser)
        else:
            every_page(browser, for_readme=asked.readme)
        browser.close()


def every_page(browser: Browser, *, for_readme: bool) -> None:
    """Each kind of page in each size, language and theme."""
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, demo(Path(folder)) as (_, base):
        for size, (width, height) in SIZES.items():
            for locale in ("zh-CN", "en"):
                for theme in ("light", "dark"):
                    context = browser.new_context(viewport={"width": width, "height": height}, locale=locale)
                    page = context.new_page()
                    sign_in(page, base, locale, theme)
                    for name, address in addresses(page, base).items():
                        shoot(page, base, name, address, OUT / f"{name}-{locale[:2]}-{size}-{theme}.png")
                    context.close()
    if for_readme:
        IMAGES.mkdir(parents=True, exist_ok=True)
        for name, source in (("form", "record"), ("list", "list"), ("designer", "designer_form")):
            for language in ("zh", "en"):
                shutil.copy(OUT / f"{source}-{language}-wide-light.png", IMAGES / f"{name}-{language}.png")
    print(f"{len(list(OUT.glob('*.png')))} pictures in {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
