"""The engine knows no trade: leave that expires, hours by project and lessons with few seats run on it as goods do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from builder.commands import ActOnTask
from builder.ledger.verify import verify
from builder.runtime.installing import Installer, loaded
from builder.runtime.scenarios import Runner, words
from tests.runtime.world import WS, World

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
LEAVE = EXAMPLES / "leave_and_hours"
TRADE = re.compile(r"\b(warehouses?|inventory|stocktake|sku)\b", re.IGNORECASE)


@pytest.mark.parametrize("example", ["leave_and_hours", "course_bookings"])
def test_every_scenario_of_another_trade_holds(empty: World, example: str) -> None:
    package = loaded(EXAMPLES / example)
    runner = Runner(empty.engine, package)
    for scenario in package.scenarios:
        result = runner.run(scenario)
        assert result.passed, words(result, "en")


def test_it_is_installed_used_and_adds_up(empty: World) -> None:
    Installer(empty.engine, empty.actor).install(loaded(LEAVE), "leave")
    empty.app = "leave"
    lead = empty.person("lead", "personnel")
    show = empty.engine.database.show
    person = empty.create("employee", {"code": "E1", "name": "田雨", "manager": show(lead.user_id)})["id"]
    with empty.reading() as ctx:
        kind = show(ctx.reader.find("leave_type", {"field": "code", "op": "=", "value": "NJ"})[0].id)
    granted = {"employee": person, "leave_type": kind, "days": "2.5", "expires_on": "2026-12-31"}
    assert empty.create("entitlement", granted, submit=True)["state"] == "granted"
    asked = {"employee": person, "leave_type": kind, "starts_on": "2026-02-02", "ends_on": "2026-02-03"}
    request = empty.create("leave_request", asked, submit=True)
    assert (request["days"], request["state"]) == ("2.0", "submitted")
    task = empty.engine.database.read_id(request["_effects"]["tasks"][0]["id"])
    assert task is not None
    assert empty.send(ActOnTask(task, "approve"), actor=lead)["state"] == "approved"
    with empty.reading() as ctx:
        assert verify(ctx.conn, ctx.app.ledgers, ctx.app.maps, ctx.app.package, WS) == ()


@pytest.mark.parametrize("folder", ["ledger", "rules", "workflow", "storage", "metadata", "expressions"])
def test_the_engine_has_no_word_of_goods(folder: str) -> None:
    """Not in code and not in what it says: a trade is data."""
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in sorted((ROOT / "builder" / folder).rglob("*.py"))
        for match in TRADE.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []
