"""What a place holds is worth its quantity at the one cost that is kept over all of them, on the ledger's own page too."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from builder.runtime.installing import template
from builder.runtime.scenarios import Runner
from tests.runtime.pages.test_admin import signed_in, text
from tests.runtime.world import open_world

BOOKED = 7
"""Steps of the scenario after which 100 at 45 lie in one warehouse and 100 at 55 in the other."""


def test_the_page_of_balances_adds_up_to_the_books_at_the_pools_cost(tmp_path: Path) -> None:
    package = template("general").package
    world = open_world(f"sqlite:///{tmp_path}/scratch.db", tmp_path)
    scenario = next(s for s in package.scenarios if s.key == "one_cost_over_warehouses")
    assert Runner(world.engine, package).run(replace(scenario, steps=tuple(scenario.steps[:BOOKED]))).passed
    world.app = f"s1_{scenario.key}"
    world.person("boss", "boss")
    browser = signed_in(world, "boss")

    def shown(query: str) -> list[str]:
        page = text(browser, f"/a/{world.app}/ledgers/stock{query}")
        return re.findall(r"\d+,\d00\.00", re.sub(r"<[^>]+>", " ", page[page.index("<tbody") :]))

    assert shown("?by=warehouse") == ["5,000.00", "5,000.00", "10,000.00"]
    assert shown("?by=item") == ["10,000.00", "10,000.00"]
    note = "One cost is kept over these places"
    assert note in text(browser, f"/a/{world.app}/ledgers/stock?by=warehouse")
    assert note not in text(browser, f"/a/{world.app}/ledgers/stock?by=item")
    world.engine.database.close()
