"""Broken guards: balances that a guard would not allow, now or on a day of the past, other than those that somebody was allowed to break."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby, islice
from typing import Any, TypeAlias

from sqlalchemy import Connection, func, select

from builder.ledger.columns import GRAIN_KEY, measures_of
from builder.ledger.definition import GrainModel, GuardModel, Key, LedgerModel
from builder.ledger.fields import dimension_fields
from builder.ledger.findings import Finding, named
from builder.ledger.guards import refused_slack
from builder.ledger.state import LedgerState
from builder.ledger.work import Books, Work
from builder.metadata.package import Package
from builder.storage.slots import SlotMap
from builder.storage.tables.ledgers import entry, guard_override

AT_ONCE = 1_000
"""Rows whose days are looked at together."""


def broken_guards(
    conn: Connection,
    model: LedgerModel,
    maps: SlotMap,
    package: Package,
    ws: int,
    settings: Mapping[str, Any],
) -> Iterator[Finding]:
    """One finding per guard and balance, from the entries alone: ``GUARD_BROKEN`` where it is broken now, ``GUARD_WAS_BROKEN`` where it
    held again later. Guards that judge what happens say nothing of what stands. ``day`` is the first on which it was broken, in ledgers that keep days."""
    for guard in model.guards:
        if guard.is_of_change:
            continue
        excused = _overridden(conn, model, ws, guard.guard.uid, len(guard.grain.positions))
        timelines = ((k, t) for k, t in _timelines(conn, model, guard.grain, ws) if k not in excused)
        while lot := dict(islice(timelines, AT_ONCE)):
            books, work = _looking(conn, model, maps, package, ws, settings, guard.grain, list(lot))
            for key, days in lot.items():
                found = _breach(work, books, guard, key, days)
                if found is not None:
                    code, day, slack = found
                    name = {**named(model, guard.grain, key), "guard": guard.guard.key}
                    yield Finding(
                        code,
                        model.key,
                        "balance",
                        {**name, "day": day} if day is not None else name,
                        0,
                        slack,
                    )


Closing: TypeAlias = "tuple[date | None, tuple[int, ...]]"


def _breach(
    work: Work, books: Books, guard: GuardModel, key: Key, days: Sequence[Closing]
) -> tuple[str, date | None, Decimal] | None:
    names, nothing = work.context(books, key, guard.grain.positions), (0,) * len(books.model.measures)
    first: tuple[date | None, Decimal] | None = None
    slack = None
    for day, closing in days:
        slack = refused_slack(books, guard, names, nothing, closing)
        if slack is not None and first is None:
            first = day, slack
    if first is None:
        return None
    return ("GUARD_BROKEN", first[0], slack) if slack is not None else ("GUARD_WAS_BROKEN", *first)


def _timelines(
    conn: Connection, model: LedgerModel, grain: GrainModel, ws: int
) -> Iterator[tuple[Key, list[Closing]]]:
    """Each row of the grain with its closing on every day that moved it; only the last one where no days are kept."""
    columns = [entry.c[f"k{model.dimensions[p].number}"] for p in grain.positions]
    days = [entry.c.business_date] if model.keeps_days and grain.daily else []
    sums = [func.sum(entry.c[f"m{m.number}"]).label(f"m{m.number}") for m in model.measures]
    statement = (
        select(*columns, *days, *sums)
        .where(entry.c.ws == ws, entry.c.ledger_id == model.ledger_id)
        .group_by(*columns, *days)
        .order_by(*columns, *days)
        .execution_options(yield_per=AT_ONCE)
    )
    width = len(columns)
    for key, rows in groupby(conn.execute(statement), key=lambda row: tuple(row[:width])):
        closing = (0,) * len(model.measures)
        found: list[Closing] = []
        for row in rows:
            closing = tuple(a + b for a, b in zip(closing, measures_of(model, row._mapping), strict=True))
            found.append((row[width] if days else None, closing))
        yield key, found


def _looking(
    conn: Connection,
    model: LedgerModel,
    maps: SlotMap,
    package: Package,
    ws: int,
    settings: Mapping[str, Any],
    grain: GrainModel,
    keys: Sequence[Key],
) -> tuple[Books, Work]:
    """Books that only look, with the fields of these rows' dimension records."""
    ids: dict[str, set[int]] = {}
    for position, values in zip(grain.positions, zip(*keys, strict=True), strict=False):
        if model.dimensions[position].key in model.fields:
            ids[model.dimensions[position].key] = {v for v in values if v}
    fields = dimension_fields(conn, maps, package, ws, model, ids)
    work = Work({model.key: model}, {model.key: LedgerState(fields=fields)}, settings, lambda: 0)
    return work.books[model.key], work


def _overridden(conn: Connection, model: LedgerModel, ws: int, guard_uid: str, width: int) -> set[Key]:
    statement = select(guard_override).where(
        guard_override.c.ws == ws,
        guard_override.c.ledger_id == model.ledger_id,
        guard_override.c.guard_uid == guard_uid,
    )
    return {tuple(r._mapping[n] for n in GRAIN_KEY[:width]) for r in conn.execute(statement)}
