"""Summed: what the entries of a ledger come to, by the keys of a grain and by day. Verifying compares what is kept with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, and_, func, literal, select

from builder.ledger.columns import measures_of
from builder.ledger.definition import GrainModel, Key, LedgerModel
from builder.storage.tables.ledgers import entry

AT_ONCE = 1_000
"""Rows that are read ahead."""
Flows: TypeAlias = "tuple[tuple[int, ...], tuple[int, ...]]"
"""What came in of each measure, and what went out."""


def own_entries(model: LedgerModel, ws: int) -> ColumnElement[bool]:
    """The condition that an entry is of this ledger."""
    return and_(entry.c.ws == ws, entry.c.ledger_id == model.ledger_id)


def key_columns(model: LedgerModel, grain: GrainModel) -> list[Any]:
    """The columns of an entry that say in which row of the grain it counts."""
    return [entry.c[f"k{model.dimensions[p].number}"] for p in grain.positions]


def summed_rows(
    conn: Connection, model: LedgerModel, grain: GrainModel, ws: int
) -> Iterator[tuple[Key, tuple[tuple[int, ...], date | None]]]:
    """What the entries of each row come to, and their last day."""
    columns = key_columns(model, grain)
    sums = [func.sum(entry.c[f"m{m.number}"]).label(f"m{m.number}") for m in model.measures]
    summed = select(*columns, *sums, func.max(entry.c.business_date).label("last"))
    summed = summed.where(own_entries(model, ws)).group_by(*(columns or [literal(1)])).order_by(*columns)
    for r in conn.execute(summed.execution_options(yield_per=AT_ONCE)):
        yield tuple(r[: len(columns)]), (measures_of(model, r._mapping), as_date(r.last))


def summed_days(
    conn: Connection, model: LedgerModel, grain: GrainModel, ws: int
) -> Iterator[tuple[tuple[Key, date], Flows]]:
    """What each day brought into each row, and took out of it."""
    columns = [*key_columns(model, grain), entry.c.business_date]
    sides = []
    for compare in ("__gt__", "__lt__"):
        for m in model.measures:
            column = entry.c[f"m{m.number}"]
            sides.append(func.coalesce(func.sum(column).filter(getattr(column, compare)(0)), 0))
    width, at = len(model.measures), len(columns)
    statement = select(*columns, *sides).where(own_entries(model, ws)).group_by(*columns).order_by(*columns)
    for row in conn.execute(statement.execution_options(yield_per=AT_ONCE)):
        ins, outs = tuple(map(int, row[at : at + width])), tuple(map(int, row[at + width :]))
        yield (tuple(row[: at - 1]), row[at - 1]), (ins, outs)


def as_date(value: Any) -> date | None:
    """A day of a function, which SQLite gives as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value
