"""The first offender: whose entry a late posting would leave without cover, on the day on which it would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, select

from builder.ledger.columns import entry_of
from builder.ledger.definition import Key, LedgerModel
from builder.ledger.fields import dimension_fields
from builder.ledger.guards import refused_slack
from builder.ledger.state import LedgerState
from builder.ledger.work import Work
from builder.metadata.package import Package
from builder.storage.slots import SlotMap
from builder.storage.tables.ledgers import entry, journal


@dataclass(frozen=True, slots=True)
class Place:
    """A row of a guard's grain on the first day on which the guard would be broken, with the balance at its end."""

    guard: str
    key: Key
    day: date
    after: tuple[int, ...]


def offender(
    conn: Connection,
    model: LedgerModel,
    maps: SlotMap,
    package: Package,
    ws: int,
    place: Place,
    settings: Mapping[str, Any],
) -> tuple[int, int] | None:
    """The document (entity id, record id) whose entry comes to nothing on that day: the first after which the guard is broken. None
    where nothing else was posted at that row on that day."""
    guard = next((g for g in model.guards if g.guard.key == place.guard), None)
    if guard is None:
        return None
    grain = guard.grain
    columns = [entry.c[f"k{model.dimensions[p].number}"] for p in grain.positions]
    mine = [column == v for column, v in zip(columns, place.key, strict=True)]
    statement = (
        select(journal.c.entity_id, journal.c.record_id, entry)
        .join(journal, and_(journal.c.ws == entry.c.ws, journal.c.journal_id == entry.c.journal_id))
        .where(entry.c.ws == ws, entry.c.ledger_id == model.ledger_id, *mine)
        .where(entry.c.business_date == place.day)
        .order_by(entry.c.seq, entry.c.entry_id)
    )
    rows = conn.execute(statement).all()
    ids = {
        model.dimensions[p].key: {v}
        for p, v in zip(grain.positions, place.key, strict=True)
        if v and model.dimensions[p].key in model.fields
    }
    fields = dimension_fields(conn, maps, package, ws, model, ids)
    work = Work({model.key: model}, {model.key: LedgerState(fields=fields)}, settings, lambda: 0)
    books = work.books[model.key]
    names = work.context(books, place.key, grain.positions)
    balance, found = place.after, None
    for row in reversed(rows):
        made = entry_of(model, row).measures
        before = tuple(a - m for a, m in zip(balance, made, strict=True))
        if refused_slack(books, guard, names, before, balance) is not None:
            found = row.entity_id, row.record_id
        balance = before
    return found
