"""Dated: what of a ledger is dated after something that comes: closings of its days, and its counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TypeAlias

from sqlalchemy import Connection, and_, exists, func, or_, select

from builder.changes import Intent
from builder.ledger.columns import GRAIN_KEY, measures_of, padded, row_key, rows_at
from builder.ledger.definition import Key, LedgerModel
from builder.ledger.state import CountPoint, Day, Row
from builder.storage.tables.ledgers import count_point, daily, entry

At: TypeAlias = tuple[int, Key]
"""A row of a grain: the grain's number, and the row's key."""


def dated_after(
    conn: Connection,
    ws: int,
    model: LedgerModel,
    keys: Iterable[Key],
    rows: Mapping[At, Row],
    intents: Sequence[Intent],
) -> tuple[dict[At, tuple[Day, ...]], dict[At, tuple[CountPoint, ...]]]:
    """Closings of days, and counts, that the intents are dated before. Nothing is read where all of them come last."""
    if model.is_turnover or not intents:
        return {}, {}
    first = min(i.business_date for i in intents)
    lanes = [row for (grain, _), row in rows.items() if grain == model.lane.number]
    touched = [(g.number, *padded(g.of(k))) for g in model.grains for k in set(keys)]
    days: dict[At, tuple[Day, ...]] = {}
    counts: dict[At, tuple[CountPoint, ...]] = {}
    if model.keeps_days and any(r.last_day is not None and first < r.last_day for r in lanes):
        days = _days(conn, ws, model, touched, first)
    if any(r.last_count_day is not None and first < r.last_count_day for r in lanes):
        counts = _counts(conn, ws, model, touched, first)
    return days, counts


def _days(
    conn: Connection, ws: int, model: LedgerModel, keys: Iterable[Key], first: date
) -> dict[At, tuple[Day, ...]]:
    """Closings from ``first`` on, and the last one before it."""
    earlier = daily.alias("earlier")
    same = and_(*(earlier.c[n] == daily.c[n] for n in ("ws", "ledger_id", "grain", *GRAIN_KEY)))
    last = select(func.max(earlier.c.day)).where(same, earlier.c.day < first).scalar_subquery()
    found: dict[At, list[Day]] = {}
    widths = {g.number: len(g.positions) for g in model.grains}
    of_ledger = daily.c.ledger_id == model.ledger_id
    wanted = or_(daily.c.day >= first, daily.c.day == last)
    for row in rows_at(conn, daily, ws, ["grain", *GRAIN_KEY], keys, of_ledger, wanted):
        at = row.grain, row_key(row, widths[row.grain])
        found.setdefault(at, []).append(Day(row.day, measures_of(model, row._mapping)))
    return {at: tuple(sorted(days, key=lambda d: d.day)) for at, days in found.items()}


def _counts(
    conn: Connection, ws: int, model: LedgerModel, keys: Iterable[Key], first: date
) -> dict[At, tuple[CountPoint, ...]]:
    """Counts after ``first`` that stand."""
    undone = exists().where(
        entry.c.ws == count_point.c.ws,
        entry.c.concerns_entry == count_point.c.entry_id,
        entry.c.kind == "reversal",
    )
    found: dict[At, list[CountPoint]] = {}
    widths = {g.number: len(g.positions) for g in model.grains}
    rows = rows_at(
        conn,
        count_point,
        ws,
        ["grain", *GRAIN_KEY],
        keys,
        count_point.c.ledger_id == model.ledger_id,
        count_point.c.day > first,
        ~undone,
    )
    for row in rows:
        key = row_key(row, widths[row.grain])
        made = CountPoint(row.grain, key, row.day, row.seq, row.counted, row.entry_id)
        found.setdefault((row.grain, key), []).append(made)
    return {at: tuple(points) for at, points in found.items()}
