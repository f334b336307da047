"""Finishing: who waits for an import hears of its end once, whatever came of the rows."""

from __future__ import annotations

from typing import Any

from builder.runtime import jobs
from builder.runtime.imports.running import run_import, start_import
from builder.runtime.relay import Relay
from builder.storage import jobs as stored
from builder.storage import notifications
from tests.runtime.shop import shop_nodes
from tests.runtime.world import WS, World

CSV = b"code,name\nA,Rice\n,Oil\n"
RULE: dict[str, Any] = {
    "uid": "rule.arrived",
    "key": "arrived",
    "label": "Goods arrived",
    "when": {"kind": "import_finished", "entity": "goods"},
    "timing": "later",
    "then": [{"uid": "rule.arrived.n", "kind": "notify", "to": [{"role": "boss"}], "title": "Look at the goods"}],
}  # fmt: skip


def told(world: World, user: int) -> list[str]:
    Relay(world.engine, WS).drain()
    with world.engine.database.snapshot() as conn:
        return [row.title for row in notifications.of(conn, WS, user)]


def test_the_end_of_an_import_is_told_once(empty: World) -> None:
    empty.install({**shop_nodes(), ("rule", "arrived"): RULE}, "shop")
    boss = empty.person("boss", "boss").user_id
    id = start_import(empty.engine, empty.actor, "shop", "goods", CSV)
    assert told(empty, boss) == []
    while jobs.run_step(empty.engine):
        pass
    assert told(empty, boss) == ["Look at the goods"]
    with empty.engine.database.snapshot() as conn:
        row = stored.get(conn, WS, id)
    assert row is not None
    run_import(empty.engine, row, empty.actor)
    assert told(empty, boss) == ["Look at the goods"]


def test_other_imports_are_not_told_of(empty: World) -> None:
    other = {**RULE, "when": {"kind": "import_finished", "entity": "receipt"}}
    empty.install({**shop_nodes(), ("rule", "arrived"): other}, "shop")
    boss = empty.person("boss", "boss").user_id
    start_import(empty.engine, empty.actor, "shop", "goods", CSV)
    while jobs.run_step(empty.engine):
        pass
    assert told(empty, boss) == []
