"""History: what each version changed, by whom; personal values apart; logs keep none."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from builder.changes import RecordChange
from builder.record import Record
from builder.storage import chains, history
from builder.storage.database import Database
from builder.storage.tables.machinery import command_log
from builder.storage.tables.records import history as history_table
from builder.storage.tables.records import history_private
from tests.storage.world import ACTOR, NOW, PACKAGE, World, slot_map


def personal(world: World) -> World:
    """The same package, where a customer's secret is personal."""
    customer = PACKAGE.entities[0]
    fields = tuple(replace(f, personal=f.key == "secret") for f in customer.fields)
    package = replace(PACKAGE, entities=(replace(customer, fields=fields), *PACKAGE.entities[1:]))
    world.package, world.maps = package, slot_map(package)
    return world


@pytest.fixture
def world(shared_database: Database) -> World:
    return personal(World(shared_database))


def note(world: World, before: Record | None, after: Record | None) -> None:
    cmd = next(world.ids)
    with world.database.write() as conn:
        history.append(conn, world.maps, world.package, world.ws, [RecordChange(before, after)], cmd=cmd)
        row = {
            "ws": world.ws,
            "cmd": cmd,
            "at": NOW,
            "actor_kind": "user",
            "actor_id": ACTOR,
            "kind": "UpdateRecord",
        }
        link = {"chain_no": 1, "chain_seq": cmd, "content_hash": b"", "prev_hash": b"", "hash": b""}
        conn.execute(insert(command_log), {**row, **link})


def told(world: World, record: Record) -> list[tuple[int, list[dict[str, Any]]]]:
    with world.database.snapshot() as conn:
        rows = history.of(conn, world.maps, world.package, world.ws, record.entity, record.id)
    assert {(row.actor_id, row.kind, row.at) for row in rows} <= {(ACTOR, "UpdateRecord", NOW)}
    return [(row.version, list(row.changes)) for row in rows]


def test_versions_come_newest_first_with_what_they_changed(world: World) -> None:
    made = world.record(
        "order", {"number": "1", "total": Decimal("1.00"), "due": None}, state="draft", owner_id=3
    )
    changed = made.with_values({"total": Decimal("2.50")}).but(version=2, state="approved", owner_id=4)
    note(world, None, made)
    note(world, made, changed)
    assert told(world, made) == [
        (
            2,
            [
                {"field": "state", "before": "draft", "after": "approved"},
                {"field": "owner", "before": 3, "after": 4},
                {"field": "order.total", "before": "1.00", "after": "2.50"},
            ],
        ),
        (1, []),
    ]


def test_lines_say_which_and_what(world: World) -> None:
    lines = {"lines": [{"item": "a", "qty": Decimal("1.000")}, {"item": "b"}]}
    made = world.record("order", {}, lines=lines)
    first, second = made.lines["lines"]
    new = second.but(id=next(world.ids), values={"item": "c"}, line_no=2)
    after = made.but(version=2, lines={"lines": (first.with_values({"qty": Decimal("3.000")}), new)})
    note(world, made, after)
    ((_, changes),) = told(world, made)
    assert [
        (c["field"], c["line_no"], c.get("line_field"), c.get("kind"), c["before"], c["after"])
        for c in changes
    ] == [
        ("order.lines", 1, "order_line.qty", None, "1.000", "3.000"),
        ("order.lines", 2, None, "added", None, None),
        ("order.lines", 2, None, "removed", None, None),
    ]


def test_personal_values_lie_apart_and_can_be_forgotten(world: World) -> None:
    made = world.record("customer", {"code": "1", "name": "n", "secret": "old"})
    note(world, made, made.with_values({"secret": "new"}).but(version=2))
    assert told(world, made) == [(2, [{"field": "customer.secret", "before": "old", "after": "new"}])]
    with world.database.write() as conn:
        kept = conn.execute(
            select(history_table.c.changes).where(history_table.c.ws == world.ws)
        ).scalar_one()
        assert "old" not in str(kept)
        conn.execute(delete(history_private).where(history_private.c.ws == world.ws))
    assert told(world, made) == [(2, [{"field": "customer.secret", "before": None, "after": None}])]


def told_off(world: World) -> list[tuple[str, str, int]]:
    with world.database.snapshot() as conn:
        found = list(chains.broken_contents(conn, world.ws))
    return [(x.code, x.table, x.record_id) for x in found if x.table == "history_private"]


def test_a_personal_value_that_was_changed_or_taken_away_is_found(world: World) -> None:
    made = world.record("customer", {"code": "1", "name": "n", "secret": "old"})
    note(world, made, made.with_values({"secret": "new"}).but(version=2))
    assert told_off(world) == []
    own = history_private.c.ws == world.ws
    with world.database.write() as conn:
        row = dict(conn.execute(select(history_private).where(own)).one()._mapping)
        forged = {**row["value"], "after": "other"}
        conn.execute(update(history_private).where(own).values(value=forged))
    assert told_off(world) == [("CONTENT_CHANGED", "history_private", made.id)]
    with world.database.write() as conn:
        conn.execute(update(history_private).where(own).values(value=row["value"]))
        conn.execute(insert(history_private).values({**row, "line_id": 5}))
    assert told_off(world) == [("CONTENT_CHANGED", "history_private", made.id)]
    with world.database.write() as conn:
        conn.execute(delete(history_private).where(own))
    assert told_off(world) == [("PERSONAL_MISSING", "history_private", made.id)]
    assert told(world, made) == [(2, [{"field": "customer.secret", "before": None, "after": None}])]


def test_an_erasure_is_on_record_and_stands_for_what_is_gone(world: World) -> None:
    made = world.record("customer", {"code": "1", "name": "n", "secret": "old"})
    new = made.with_values({"secret": "new"}).but(version=2)
    note(world, made, new)
    with world.database.write() as conn:
        erased = RecordChange(new, new.but(version=3), forgets=True)
        history.append(conn, world.maps, world.package, world.ws, [erased], cmd=next(world.ids))
    assert told_off(world) == []
    with world.database.snapshot() as conn:
        own = history_private.c.ws == world.ws
        assert conn.execute(select(history_private).where(own)).all() == []


def test_nobody_guesses_a_forgotten_value_from_what_stays(world: World) -> None:
    made = world.record("customer", {"code": "1", "name": "n", "secret": "old"})
    twin = world.record("customer", {"code": "2", "name": "n", "secret": "old"})
    for record in (made, twin):
        note(world, record, record.with_values({"secret": "new"}).but(version=2))
    with world.database.snapshot() as conn:
        kept = (
            conn.execute(select(history_table.c.changes).where(history_table.c.ws == world.ws))
            .scalars()
            .all()
        )
    digests = [part["digest"] for changes in kept for part in changes]
    assert len(set(digests)) == 2


def test_archiving_and_removing_are_changes(world: World) -> None:
    made = world.record("customer", {"code": "1", "name": "n"})
    gone = made.but(version=2, archived_at=NOW)
    note(world, made, gone)
    note(world, gone, None)
    assert [(version, [c["after"] for c in changes]) for version, changes in told(world, made)] == [
        (3, [True]),
        (2, [True]),
    ]
