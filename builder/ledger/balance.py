"""Balances: now or at the end of any day, by any of a ledger's dimensions.

Readers say which dimension records may be seen (``scope``); a total never contains what its reader may not see.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Table,
    and_,
    bindparam,
    case,
    func,
    literal,
    select,
)

from builder.expressions.bounds import Bound
from builder.ledger.bounded import bounded
from builder.ledger.columns import GRAIN_KEY
from builder.ledger.definition import GrainModel, LedgerModel
from builder.ledger.positive import Terms, holds_any, is_positive
from builder.ledger.state import scalar_text
from builder.record import Value
from builder.storage.prepared import Prepared
from builder.storage.sql.arrays import one_of
from builder.storage.tables.ledgers import balance, daily, dim_value, entry

Ids = Collection[int]

SCALARS = Prepared(
    select(dim_value.c.value_id).where(
        *(
            dim_value.c[n] == bindparam(n, type_=dim_value.c[n].type)
            for n in ("ws", "ledger_id", "dim_no", "text")
        )
    )
)


@dataclass(frozen=True, slots=True)
class Balance:
    """One line of balances: the ids of the dimensions asked for, and exact measures."""

    dimensions: Mapping[str, int]
    measures: Mapping[str, Decimal]


def balances(
    conn: Connection,
    model: LedgerModel,
    ws: int,
    *,
    group: Sequence[str],
    where: Mapping[str, Ids] | None = None,
    as_of: date | None = None,
    scope: Mapping[str, Ids] | None = None,
    with_zero: bool = False,
    bounds: Sequence[Bound] = (),
    positive: Terms | None = None,
) -> tuple[Balance, ...]:
    """Sums by the dimensions in ``group`` (in its order, sorted by their ids), limited to the ids in ``where`` and ``scope`` and to those
    that keep the ``bounds`` of measures and hold more than nothing of the sum ``positive`` (whose measures alone are then told), at the end of ``as_of`` (None: now). Read
    from the smallest grain that has those dimensions, else from the entries."""
    source = _source(model, {*group, *(where or {}), *(scope or {})}, as_of)
    columns = [source.column(model, name) for name in group]
    sums = [func.sum(source.table.c[f"m{m.number}"]).label(f"s{m.number}") for m in model.measures]
    statement = select(*columns, *sums).select_from(source.table)
    statement = statement.where(
        *source.conditions(conn, model, ws),
        *limits(conn, model, source, where, scope),
        *holds_any(model, positive or {}, lambda number: source.table.c[f"m{number}"]),
    )
    if columns:
        statement = statement.group_by(*columns).order_by(*columns)

    def total(number: int) -> ColumnElement[int]:
        return func.sum(source.table.c[f"m{number}"])

    statement = statement.having(*bounded(model, bounds, total), *is_positive(model, positive or {}, total))
    found = []
    for row in conn.execute(statement):
        measures = {m.key: m.exact(int(row[len(columns) + i] or 0)) for i, m in enumerate(model.measures)}
        if with_zero or any(measures.values()):
            found.append(Balance(dict(zip(group, row[: len(columns)], strict=True)), measures))
    return tuple(found)


def totals(conn: Connection, model: LedgerModel, ws: int, keys: Sequence[Value]) -> Mapping[str, Decimal]:
    """The committed balance of every measure. ``keys`` are in the order of the ledger's declared dimensions; None (or a missing
    one) does not limit; 0 where there is none. Rules and guards ask this for line after line, so its statement is prepared."""
    where = ids_of(conn, model, ws, keys)
    source = _source(model, set(where), None)
    columns = tuple((source.column(model, name).name, bool(ids)) for name, ids in where.items())
    statement = _total(
        source.table, source.grain is not None, columns, tuple(m.number for m in model.measures)
    )
    params = {name: next(iter(ids)) for (name, _), ids in zip(columns, where.values(), strict=True) if ids}
    at = {"ws": ws, "ledger_id": model.ledger_id, **params}
    row = statement.first(conn, at if source.grain is None else {**at, "grain": source.grain.number})
    return model.exact([int(total or 0) for total in row or (0,) * len(model.measures)])


def everywhere(
    conn: Connection, model: LedgerModel, ws: int, group: Sequence[str], most: int
) -> Mapping[tuple[int, ...], Mapping[str, Decimal]] | None:
    """What ``totals`` says of every place by the dimensions in ``group``, in one question; a place that is not there has nothing. None
    where it would read more than ``most`` rows."""
    source = _source(model, set(group), None)
    few = (
        select(literal(1))
        .select_from(source.table)
        .where(*source.conditions(conn, model, ws))
        .limit(most + 1)
    )
    if (conn.execute(select(func.count()).select_from(few.subquery())).scalar() or 0) > most:
        return None
    found = balances(conn, model, ws, group=group, with_zero=True)
    return {tuple(row.dimensions[name] for name in group): row.measures for row in found}


def one(conn: Connection, model: LedgerModel, ws: int, measure: str, keys: Sequence[Value]) -> Decimal:
    """The committed balance of one measure at ``keys`` as ``totals`` takes them; ``KeyError`` where there is no such measure."""
    return totals(conn, model, ws, keys)[measure]


@lru_cache(maxsize=1024)
def _total(
    table: Table, is_grain: bool, columns: tuple[tuple[str, bool], ...], measures: tuple[int, ...]
) -> Prepared:
    """The sums of a ledger's rows at one place; a column that has no id to be equal to is empty."""
    names = [
        "ws",
        "ledger_id",
        *(["grain"] if is_grain else []),
        *(name for name, is_known in columns if is_known),
    ]
    limits = [table.c[name] == bindparam(name, type_=table.c[name].type) for name in names]
    empty = [table.c[name].is_(None) for name, is_known in columns if not is_known]
    return Prepared(select(*(func.sum(table.c[f"m{number}"]) for number in measures)).where(*limits, *empty))


def ids_of(conn: Connection, model: LedgerModel, ws: int, keys: Sequence[Value]) -> dict[str, Ids]:
    """The limits that ``keys`` say, by dimension: of a reference its id, of a plain value how the ledger knows it."""
    where: dict[str, Ids] = {}
    for dimension, value in zip(model.ledger.dimensions, keys, strict=False):
        if value is None:
            continue
        if dimension.type == "reference":
            where[dimension.key] = (int(str(value)),)
        else:
            where[dimension.key] = _scalar_ids(conn, model, ws, dimension.key, value)
    return where


@dataclass(frozen=True, slots=True)
class Source:
    """Where sums are read: rows of a grain now, a grain's days, or entries (``grain`` None)."""

    table: Table
    grain: GrainModel | None
    as_of: date | None

    def column(self, model: LedgerModel, dimension: str) -> Column[Any]:
        position = model.position(dimension)
        if self.grain is None:
            return self.table.c[f"k{model.dimensions[position].number}"]
        return self.table.c[GRAIN_KEY[self.grain.positions.index(position)]]

    @property
    def day(self) -> Column[Any]:
        """The business date that a row of days or entries belongs to."""
        return self.table.c.business_date if self.grain is None else self.table.c.day

    def flow(self, number: int, inward: bool) -> ColumnElement[int]:
        """What a row brought in of a measure, or (``inward`` false, not positive) took out."""
        if self.grain is not None:
            return self.table.c[f"{'in' if inward else 'out'}{number}"]
        amount = self.table.c[f"m{number}"]
        return case((amount > 0 if inward else amount < 0, amount), else_=0)

    def own(self, model: LedgerModel, ws: int) -> list[ColumnElement[bool]]:
        """The ledger's rows at the grain, of every day."""
        found: list[ColumnElement[bool]] = [self.table.c.ws == ws, self.table.c.ledger_id == model.ledger_id]
        return found if self.grain is None else [*found, self.table.c.grain == self.grain.number]

    def conditions(self, conn: Connection, model: LedgerModel, ws: int) -> list[ColumnElement[bool]]:
        found = self.own(model, ws)
        if self.grain is None:
            return found + ([self.day <= self.as_of] if self.as_of is not None else [])
        if self.as_of is not None and not model.is_turnover:
            later = daily.alias("later")
            same = and_(*(later.c[n] == daily.c[n] for n in ("ws", "ledger_id", "grain", *GRAIN_KEY)))
            last = select(func.max(later.c.day)).where(same, later.c.day <= self.as_of).scalar_subquery()
            found.append(daily.c.day == last)
        return found


def _source(model: LedgerModel, dimensions: set[str], as_of: date | None) -> Source:
    """The smallest grain with all these dimensions, where it keeps what is asked for; else the entries."""
    positions = {model.position(name) for name in dimensions}
    covering = [g for g in model.grains if positions <= set(g.positions)]
    if as_of is not None:
        covering = [g for g in covering if g.daily and model.keeps_days]
    if model.is_turnover or not covering:
        return Source(entry, None, as_of)
    grain = min(covering, key=lambda g: (len(g.positions), g.number))
    return Source(balance if as_of is None else daily, grain, as_of)


def movement_source(model: LedgerModel, dimensions: set[str]) -> Source:
    """The days of the smallest grain that has all these dimensions and keeps days; else the entries."""
    positions = {model.position(name) for name in dimensions}
    covering = [g for g in model.grains if g.daily and model.keeps_days and positions <= set(g.positions)]
    if not covering:
        return Source(entry, None, None)
    return Source(daily, min(covering, key=lambda g: (len(g.positions), g.number)), None)


def limits(
    conn: Connection,
    model: LedgerModel,
    source: Source,
    where: Mapping[str, Ids] | None,
    scope: Mapping[str, Ids] | None,
) -> list[ColumnElement[bool]]:
    """Conditions that leave only rows whose dimensions are within these ids."""
    found: list[ColumnElement[bool]] = []
    for ids_by_name in (where or {}, scope or {}):
        for name, ids in ids_by_name.items():
            column = source.column(model, name)
            found.append(one_of(column, ids) if ids else column.is_(None))
    return found


def _scalar_ids(conn: Connection, model: LedgerModel, ws: int, dimension: str, value: Value) -> list[int]:
    number = model.dimensions[model.position(dimension)].number
    params = {"ws": ws, "ledger_id": model.ledger_id, "dim_no": number, "text": scalar_text(value)}
    return [int(row[0]) for row in SCALARS.all(conn, params)]
