"""Flows: what entries added and took, by dimensions and days, summed where they lie."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import Connection, func, select

from builder.ledger.balance import limits, movement_source
from builder.ledger.definition import LedgerModel
from builder.storage.sql.arrays import Period

Span = Literal["", "day", "month"]
LENGTHS = {"day": 10, "month": 7}
"""Characters of an ISO day that name the span."""
Ids = Collection[int]
Sums = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class DayFlow:
    """What came in and went out (``outs`` are not positive) of one combination of dimensions on one day (of a month its first; None: not
    asked by days)."""

    dimensions: Mapping[str, int]
    day: date | None
    ins: Sums
    outs: Sums


def day_flows(
    conn: Connection,
    model: LedgerModel,
    ws: int,
    *,
    group: Sequence[str],
    span: Span,
    days: tuple[date | None, date | None],
    where: Mapping[str, Ids] | None = None,
    scope: Mapping[str, Ids] | None = None,
    limit: int,
) -> Iterator[DayFlow]:
    """At most ``limit`` rows with the sums of entries from the first of ``days`` through the last, by ``group`` and ``span``."""
    source = movement_source(model, {*group, *(where or {}), *(scope or {})})
    columns: list[Any] = [source.column(model, name) for name in group]
    when = Period(source.day, LENGTHS[span]) if span else None
    keys = [*columns, when] if when is not None else columns
    sums = [func.sum(source.flow(m.number, inward)) for inward in (True, False) for m in model.measures]
    first, last = days
    statement = select(*keys, *sums).where(
        *source.own(model, ws),
        *limits(conn, model, source, where, scope),
        *([source.day >= first] if first is not None else []),
        *([source.day <= last] if last is not None else []),
    )
    if keys:
        statement = statement.group_by(*keys)
    width = len(model.measures)
    for row in conn.execute(statement.limit(limit)):
        amounts = [int(x or 0) for x in row[len(keys) :]]
        if any(amounts):
            yield DayFlow(
                dict(zip(group, row[: len(columns)], strict=True)),
                date.fromisoformat(f"{row[len(columns)]}-01"[:10]) if span else None,
                {m.key: m.exact(a) for m, a in zip(model.measures, amounts[:width], strict=True)},
                {m.key: m.exact(a) for m, a in zip(model.measures, amounts[width:], strict=True)},
            )
