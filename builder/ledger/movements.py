"""Movements: what a period brought in and took out, beside what was there before it and after it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, func, select

from builder.ledger.balance import Balance, balances, ids_of, limits, movement_source
from builder.ledger.definition import LedgerModel
from builder.record import Value

Ids = Collection[int]
Sums = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Movement:
    """One line: ``opening`` + ``ins`` + ``outs`` = ``closing`` for each measure; ``outs`` are not positive."""

    dimensions: Mapping[str, int]
    opening: Sums
    ins: Sums
    outs: Sums

    @property
    def closing(self) -> Sums:
        return {key: self.opening[key] + self.ins[key] + self.outs[key] for key in self.opening}


def movements(
    conn: Connection,
    model: LedgerModel,
    ws: int,
    *,
    group: Sequence[str],
    days: tuple[date | None, date | None],
    where: Mapping[str, Ids] | None = None,
    scope: Mapping[str, Ids] | None = None,
) -> tuple[Movement, ...]:
    """Lines by the dimensions in ``group`` that held or moved anything, sorted by their ids, from the first of ``days`` through
    the last (both count; None: without a limit). A turnover ledger opens with nothing."""
    first = days[0]
    opening: tuple[Balance, ...] = ()
    if first is not None and first > date.min and not model.is_turnover:
        before = first - timedelta(days=1)
        opening = balances(conn, model, ws, group=group, where=where, scope=scope, as_of=before)
    held = {tuple(b.dimensions[name] for name in group): b.measures for b in opening}
    flows = _flows(conn, model, ws, group, days, where, scope)
    none = {m.key: Decimal(0) for m in model.measures}
    found = []
    for key in sorted({*held, *flows}):
        ins, outs = flows.get(key, (none, none))
        found.append(Movement(dict(zip(group, key, strict=True)), held.get(key, none), ins, outs))
    return tuple(found)


def added(
    conn: Connection,
    model: LedgerModel,
    ws: int,
    measure: str,
    keys: Sequence[Value],
    days: tuple[date, date],
) -> Decimal:
    """What entries dated in these days (both count) added to one measure; ``keys`` as in ``balance.one``."""
    where = ids_of(conn, model, ws, keys)
    model.place(measure)
    flows = _flows(conn, model, ws, (), days, where, None)
    return sum((ins[measure] + outs[measure] for ins, outs in flows.values()), Decimal(0))


def added_by(
    conn: Connection, model: LedgerModel, ws: int, measure: str, group: Sequence[str], days: tuple[date, date]
) -> Mapping[tuple[int, ...], Decimal]:
    """What ``added`` says of every place by the dimensions in ``group`` where anything moved, in one question."""
    model.place(measure)
    flows = _flows(conn, model, ws, group, days, None, None)
    return {key: ins[measure] + outs[measure] for key, (ins, outs) in flows.items()}


def added_at(
    conn: Connection,
    model: LedgerModel,
    ws: int,
    group: Sequence[str],
    where: Mapping[str, Ids],
    days: tuple[date, date],
) -> Mapping[tuple[int, ...], Sums]:
    """What entries dated in these days added to every measure at the places in ``where`` where anything moved, in one question."""
    flows = _flows(conn, model, ws, group, days, where, None)
    return {place: {key: ins[key] + outs[key] for key in ins} for place, (ins, outs) in flows.items()}


def _flows(
    conn: Connection,
    model: LedgerModel,
    ws: int,
    group: Sequence[str],
    days: tuple[date | None, date | None],
    where: Mapping[str, Ids] | None,
    scope: Mapping[str, Ids] | None,
) -> dict[tuple[int, ...], tuple[Sums, Sums]]:
    source = movement_source(model, {*group, *(where or {}), *(scope or {})})
    columns = [source.column(model, name) for name in group]
    sums: list[Any] = [
        func.sum(source.flow(m.number, inward)) for inward in (True, False) for m in model.measures
    ]
    first, last = days
    statement = select(*columns, *sums).where(
        *source.own(model, ws),
        *limits(conn, model, source, where, scope),
        *([source.day >= first] if first is not None else []),
        *([source.day <= last] if last is not None else []),
    )
    if columns:
        statement = statement.group_by(*columns)
    found: dict[tuple[int, ...], tuple[Sums, Sums]] = {}
    for row in conn.execute(statement):
        at, width = len(columns), len(model.measures)
        amounts = [int(x or 0) for x in row[at:]]
        if any(amounts):
            found[tuple(row[:at])] = (
                {m.key: m.exact(a) for m, a in zip(model.measures, amounts[:width], strict=True)},
                {m.key: m.exact(a) for m, a in zip(model.measures, amounts[width:], strict=True)},
            )
    return found
