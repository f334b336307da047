"""Footprint: everything that a database holds, so that a test can say that nothing was written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import select

from builder.ledger.definition import LANE
from builder.storage.tables import metadata
from builder.storage.tables.apps import entity
from builder.storage.tables.ledgers import balance
from builder.storage.tables.pool import member_table
from tests.runtime.world import World

ASIDE = frozenset({"writer_slot", "attempt", "database_key"})
"""Leases of ids, and attempts, which are told of on their own."""

Rows = Counter[str]


def footprint(world: World) -> Mapping[str, Rows]:
    """The rows of every table that has any. Empty lanes are left out: they are made ahead and say nothing."""
    found: dict[str, Rows] = {}
    with world.engine.database.snapshot() as conn:
        members = conn.execute(select(entity.c.member).distinct()).scalars()
        tables = [*metadata.tables.values(), *(member_table(m) for m in members)]
        for table in {t.name: t for t in tables if t.name not in ASIDE}.values():
            query = select(table)
            if table is balance:
                query = query.where((balance.c.grain != LANE) | (balance.c.ver != 0))
            rows = Counter(repr(tuple(row)) for row in conn.execute(query))
            if rows:
                found[table.name] = rows
    return found


def written(before: Mapping[str, Rows], after: Mapping[str, Rows]) -> Mapping[str, int]:
    """How many rows of which table are new or changed between two footprints; what is gone counts too."""
    counts = {
        name: max((after.get(name, Rows()) - before.get(name, Rows())).total(),
                  (before.get(name, Rows()) - after.get(name, Rows())).total())
        for name in {*before, *after}
    }  # fmt: skip
    return {name: count for name, count in sorted(counts.items()) if count}
