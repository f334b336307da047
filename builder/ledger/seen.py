"""Seen: a count is absolute at its date, so the entries up to it come to what was counted, whenever they were written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, and_, exists, func, or_, select

from builder.ledger.columns import GRAIN_KEY
from builder.ledger.definition import GrainModel, LedgerModel
from builder.ledger.findings import Finding, named
from builder.storage.tables.ledgers import count_point, entry


def miscounted(conn: Connection, model: LedgerModel, ws: int) -> Iterator[Finding]:
    """A finding per count whose entries before it, with what was shifted on its day because it came late, are not what was seen. A count
    that was taken back says nothing any more."""
    for grain in model.grains:
        yield from _of_grain(conn, model, grain, ws)


def _of_grain(conn: Connection, model: LedgerModel, grain: GrainModel, ws: int) -> Iterator[Finding]:
    at = count_point.c
    measure = entry.c[f"m{model.measures[model.counted].number}"]
    numbers = [model.dimensions[p].number for p in grain.positions]
    same = [entry.c[f"k{number}"] == at[name] for number, name in zip(numbers, GRAIN_KEY, strict=False)]
    by_then = or_(
        entry.c.business_date < at.day,
        and_(entry.c.business_date == at.day, or_(entry.c.seq <= at.seq, entry.c.kind == "count_shift")),
    )
    booked: Any = (
        select(func.coalesce(func.sum(measure), 0))
        .where(entry.c.ws == ws, entry.c.ledger_id == model.ledger_id, *same, by_then)
        .scalar_subquery()
    )
    undoing = entry.alias()
    undone = exists().where(
        undoing.c.ws == ws, undoing.c.concerns_entry == at.entry_id, undoing.c.kind == "reversal"
    )
    own = (at.ws == ws, at.ledger_id == model.ledger_id, at.grain == grain.number)
    keys = [at[name] for name in GRAIN_KEY[: len(numbers)]]
    query = select(at.entry_id, at.day, at.counted, booked, *keys).where(*own, ~undone, booked != at.counted)
    for id, day, counted, sum_, *key in conn.execute(query.order_by(at.day, at.seq)):
        name = {"entry": id, **named(model, grain, tuple(key), day=day)}
        yield Finding("COUNT", model.key, "count_point", name, int(sum_), int(counted))
