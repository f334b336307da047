"""The page of a newer template in a browser: on a desk and a phone, in both languages, by keyboard choices, with nothing that axe minds."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from builder.metadata.kinds import Nodes
from tests.answering import answering
from tests.designer.demo import CSRF, create_app
from tests.designer.memory import MemoryWorkshop
from tests.designer.test_upgrade import ITEM, labelled
from tests.web.conftest import axe

pytestmark = pytest.mark.e2e


@pytest.fixture
def address(templates: dict[str, Nodes]) -> Iterator[str]:
    offered = dict(templates)
    app = create_app(MemoryWorkshop(offered))
    client = app.test_client()
    client.environ_base["HTTP_X_CSRF_TOKEN"] = CSRF
    client.post("/design/templates/general/install", data={"label_zh": "店", "key": "trade"})
    words = {"op": "words", "kind": "entity", "key": "item", "at": "/label", "zh": "我的货", "en": "My goods"}
    client.post("/design/trade/edit", data=words)
    client.post("/design/trade/publish")
    new = labelled(offered["general"], ITEM, "新品", "New item")
    new = labelled(new, ("entity", "warehouse"), "新仓", "New place")
    offered["general"] = {**new, ("app", "app"): {**new["app", "app"], "version": "99.0.0"}}
    with answering(app) as address:
        yield address


@pytest.mark.parametrize(
    ("width", "locale"),
    [
        (1440, "zh-CN"),
        (375, "en"),
        pytest.param(375, "zh-CN", marks=pytest.mark.long),
        pytest.param(1440, "en", marks=pytest.mark.long),
    ],
)
def test_a_newer_template_is_taken_over(browser: Browser, address: str, width: int, locale: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, locale=locale)
    page = context.new_page()
    page.goto(f"{address}/design/trade/upgrade")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe(page) == []
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/upgrade-{width}-{locale}.png")
    choice = page.locator('[data-conflict="entity/item"]')
    expect(choice.locator("input[value=mine]")).to_be_checked()
    choice.locator("input[value=theirs]").check()
    page.locator("main form button.primary").click()
    expect(page).to_have_url(f"{address}/design/trade/release")
    expect(page.locator("main")).to_contain_text("新品" if locale == "zh-CN" else "New item")
    context.close()
