"""Two items that mean one thing are merged by a person: picked in the list, looked at, confirmed, taken back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from builder.commands import CreateRecord
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.opening import open_reading
from builder.runtime.playing import system
from tests.e2e.conftest import Desk, axe
from tests.e2e.hands import Says


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_a_person_merges_two_items_and_takes_it_back(desk: Desk, engine: Engine, locale: str) -> None:
    say = Says(locale)
    with engine.database.snapshot() as conn:
        ctx = open_reading(engine, conn, system(1), "general", engine.clock.now())
        unit, category = (engine.database.show(ctx.reader.find(e)[0].id) for e in ("unit", "item_category"))
    for code in ("ONE", "TWO"):
        values = {
            "code": f"{locale}-{code}",
            "name": f"Twin {locale} {code}",
            "base_unit": unit,
            "category": category,
        }
        Dispatcher(engine)(system(1), CreateRecord("general", "item", values))
    page = desk.sign_in("owner", locale=locale)
    page.goto(f"{desk.address}/a/general/item?q=Twin+{locale}")
    for code in ("ONE", "TWO"):
        page.locator("tr", has_text=f"{locale}-{code}").locator("[data-pick]").check()
    page.get_by_role("button", name=say("合并", "Merge"), exact=True).click()
    expect(page.get_by_role("checkbox")).to_have_count(2)
    assert axe(page) == []
    page.get_by_role("button", name=say("确认合并", "Merge now")).click()
    page.wait_for_url(re.compile(r"/a/general/item/\w+$"))
    page.goto(f"{desk.address}/a/general/item?q=Twin+{locale}")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.goto(f"{desk.address}/a/general/item/merges")
    mine = page.locator("section.card", has_text=f"{locale}-ONE")
    expect(mine).to_contain_text(f"{locale}-TWO")
    mine.get_by_role("link", name=say("撤回…", "Undo…")).click()
    assert axe(page) == []
    page.get_by_role("button", name=say("确认撤回", "Undo the merge")).click()
    page.wait_for_url(re.compile(r"/a/general/item/\w+$"))
    page.goto(f"{desk.address}/a/general/item?q=Twin+{locale}")
    expect(page.locator("tbody tr")).to_have_count(2)
