"""Entries: what was posted to a ledger, in its order, with the balances after each.

Readers say which dimension records may be seen (``scope``); a balance never contains what its reader may not see.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Row, Select, and_, func, or_, select, tuple_

from builder.expressions.bounds import Bound
from builder.ledger.balance import Ids, Source, limits
from builder.ledger.bounded import bounded
from builder.ledger.columns import entry_of
from builder.ledger.definition import LedgerModel
from builder.ledger.state import Entry
from builder.storage.tables.ledgers import entry, journal

Days = tuple[date | None, date | None]
Cursor = tuple[str, int, int]
PAGE, LOT = 50, 5_000
ORDER = ("business_date", "seq", "entry_id")


@dataclass(frozen=True, slots=True)
class RunningEntry:
    """An entry with the balances after it, within what was asked for. ``entity_id`` and ``record_id`` name its document."""

    entry: Entry
    dimensions: Mapping[str, int]
    measures: Mapping[str, Decimal]
    running: Mapping[str, Decimal]
    entity_id: int
    record_id: int
    posting: str
    cmd: int


@dataclass(frozen=True, slots=True)
class EntryPage:
    items: tuple[RunningEntry, ...]
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class Among:
    """Which entries are meant: those at the ids of ``where``, of what the reader may see (``scope``), on these days, both included."""

    where: Mapping[str, Ids] | None = None
    scope: Mapping[str, Ids] | None = None
    days: Days = (None, None)


EVERY = Among()


def entries(
    conn: Connection,
    model: LedgerModel,
    ws: int,
    among: Among = EVERY,
    *,
    after: Cursor | None = None,
    limit: int = PAGE,
) -> EntryPage:
    """Entries in order (business date, sequence, id) with running balances that start from everything before; ``after`` is the
    ``next`` of the page before."""
    mine = _mine(conn, model, ws, among)
    statement = _with_document(entry).where(*mine, *_between(among.days)).limit(limit + 1)
    if after is not None:
        statement = statement.where(_is_after(after))
    rows = conn.execute(statement).all()
    running = _before(conn, model, mine, among.days[0], after)
    items = []
    for row in rows[:limit]:
        made = entry_of(model, row)
        running = tuple(a + b for a, b in zip(running, made.measures, strict=True))
        items.append(_running(model, row, made, running))
    last = items[-1].entry if len(rows) > limit else None
    return EntryPage(tuple(items), (last.business_date.isoformat(), last.seq, last.id) if last else None)


def part_of_entries(
    conn: Connection,
    model: LedgerModel,
    ws: int,
    among: Among = EVERY,
    *,
    bounds: Sequence[Bound] = (),
    offset: int = 0,
    limit: int = PAGE,
) -> tuple[tuple[RunningEntry, ...], int]:
    """``limit`` of the entries from ``offset`` on that keep the ``bounds`` of measures, and how many do in all. The balances after an
    entry are those of the ledger: what the bounds leave out counts in them."""
    of_all_days = _mine(conn, model, ws, among)
    mine = [*of_all_days, *_between(among.days)]
    kept = bounded(model, bounds, lambda number: entry.c[f"m{number}"])
    count = conn.execute(select(func.count()).select_from(entry).where(*mine, *kept)).scalar_one()
    if offset >= count:
        return (), count
    order = [entry.c[name] for name in ORDER]
    sums = [
        func.sum(entry.c[f"m{m.number}"]).over(order_by=order, rows=(None, 0)).label(f"r{m.number}")
        for m in model.measures
    ]
    summed = select(entry, *sums).where(*mine).subquery()
    found = (
        select(summed)
        .where(*bounded(model, bounds, lambda number: summed.c[f"m{number}"]))
        .order_by(*(summed.c[name] for name in ORDER))
        .limit(limit)
        .offset(offset)
        .subquery()
    )
    before = _before(conn, model, of_all_days, among.days[0], None)
    rows = conn.execute(_with_document(found)).all()
    return tuple(
        _running(model, row, entry_of(model, row), _after(model, before, row)) for row in rows
    ), count


def bounded_entries(
    conn: Connection, model: LedgerModel, ws: int, among: Among = EVERY, *, bounds: Sequence[Bound]
) -> Iterator[tuple[RunningEntry, ...]]:
    """Every entry that keeps the ``bounds``, in order, lot by lot, and without balances."""
    kept = bounded(model, bounds, lambda number: entry.c[f"m{number}"])
    mine = [*_mine(conn, model, ws, among), *_between(among.days)]
    statement = _with_document(entry).where(*mine, *kept).limit(LOT)
    nothing = (0,) * len(model.measures)
    rows = conn.execute(statement).all()
    while rows:
        yield tuple(_running(model, row, entry_of(model, row), nothing) for row in rows)
        last = rows[-1]
        after = (last.business_date.isoformat(), last.seq, last.entry_id)
        rows = conn.execute(statement.where(_is_after(after))).all() if len(rows) == LOT else []


def _mine(conn: Connection, model: LedgerModel, ws: int, among: Among) -> list[ColumnElement[bool]]:
    """The conditions of what is meant, on whatever day."""
    source = Source(entry, None, None)
    return [*source.conditions(conn, model, ws), *limits(conn, model, source, among.where, among.scope)]


def _with_document(rows: FromClause) -> Select[Any]:
    """The entries in order, each with the document of its journal."""
    of = rows.c
    same = and_(journal.c.ws == of.ws, journal.c.journal_id == of.journal_id)
    document = (journal.c.entity_id, journal.c.record_id, journal.c.posting_uid, journal.c.cmd)
    return select(*document, rows).join(journal, same).order_by(*(of[name] for name in ORDER))


def _after(model: LedgerModel, before: Sequence[int], row: Row[Any]) -> tuple[int, ...]:
    found = row._mapping
    return tuple(b + int(found[f"r{m.number}"]) for b, m in zip(before, model.measures, strict=True))


def _running(model: LedgerModel, row: Row[Any], made: Entry, running: Sequence[int]) -> RunningEntry:
    return RunningEntry(
        made,
        {d.key: v for d, v in zip(model.dimensions, made.key, strict=True)},
        model.exact(made.measures),
        model.exact(running),
        row.entity_id,
        row.record_id,
        row.posting_uid,
        row.cmd,
    )


def _before(
    conn: Connection,
    model: LedgerModel,
    mine: Sequence[ColumnElement[bool]],
    first: date | None,
    after: Cursor | None,
) -> tuple[int, ...]:
    """The sums of everything before the page."""
    if after is not None:
        until = ~_is_after(after)
    elif first is not None:
        until = entry.c.business_date < first
    else:
        return (0,) * len(model.measures)
    sums = [func.sum(entry.c[f"m{m.number}"]) for m in model.measures]
    row = conn.execute(select(*sums).where(*mine, until)).one()
    return tuple(int(x or 0) for x in row)


def _is_after(cursor: Cursor) -> ColumnElement[bool]:
    day, seq, entry_id = date.fromisoformat(cursor[0]), cursor[1], cursor[2]
    here = entry.c
    return or_(
        here.business_date > day,
        and_(here.business_date == day, tuple_(here.seq, here.entry_id) > tuple_(seq, entry_id)),
    )


def _between(days: Days) -> list[ColumnElement[bool]]:
    first, last = days
    found: list[ColumnElement[bool]] = []
    if first is not None:
        found.append(entry.c.business_date >= first)
    if last is not None:
        found.append(entry.c.business_date <= last)
    return found
