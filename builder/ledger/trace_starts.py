"""Starts of a trace: the entries that moved something, by what a reader points at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select

from builder.ledger.definition import LedgerModel
from builder.storage.sql.arrays import one_of
from builder.storage.tables.ledgers import entry, journal

MOST = 5_000
KINDS = ("normal", "count", "reclass")
"""Kinds of entries that move goods themselves; reversals and cost corrections speak of others."""


def of_entry(conn: Connection, model: LedgerModel, ws: int, entry_id: int) -> list[int]:
    return _ids(conn, model, ws, entry.c.entry_id == entry_id)


def of_line(conn: Connection, model: LedgerModel, ws: int, line_id: int) -> list[int]:
    return _ids(conn, model, ws, entry.c.line_id == line_id)


def of_record(conn: Connection, model: LedgerModel, ws: int, record_id: int) -> list[int]:
    """Everything that the record posted."""
    return _ids(conn, model, ws, journal.c.record_id == record_id)


def of_dimensions(
    conn: Connection, model: LedgerModel, ws: int, limits: Mapping[str, Sequence[int]]
) -> list[int]:
    """What came in there: that is where a batch begins, and what went out is found on the way. Where nothing came in, all of it."""
    columns = {d.key: entry.c[f"k{d.number}"] for d in model.dimensions}
    where = [one_of(columns[key], ids) for key, ids in limits.items()]
    came = entry.c[f"m{model.measures[model.counted].number}"] > 0
    return _ids(conn, model, ws, *where, came) or _ids(conn, model, ws, *where)


def _ids(conn: Connection, model: LedgerModel, ws: int, *where: ColumnElement[Any]) -> list[int]:
    joined = and_(journal.c.ws == entry.c.ws, journal.c.journal_id == entry.c.journal_id)
    own = (entry.c.ws == ws, entry.c.ledger_id == model.ledger_id, entry.c.kind.in_(KINDS))
    statement = select(entry.c.entry_id).join(journal, joined).where(*own, *where)
    return list(conn.execute(statement.order_by(entry.c.entry_id).limit(MOST)).scalars())
