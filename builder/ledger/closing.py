"""Closing: what may be in the way of closing a period, as declared checks over the ledger's own rows. A new check is a function here.

Each says whether it may be accepted with a reason. What documents and packages say is looked for by the runtime.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select

from builder.errors import Problem
from builder.ledger.columns import COST_KEY, GRAIN_KEY, measures_of
from builder.ledger.definition import LANE, CostModel, GrainModel, LedgerModel
from builder.storage.tables.ledgers import balance, count_point, entry, journal, layer

MOST = 200
"""Obstacles of one kind that are named; more of them are as much in the way."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something in the way. ``document`` names the document that made it (entity id, record id), ``dimensions`` the records that it
    is about, by dimension key."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    document: tuple[int, int] | None = None
    dimensions: Mapping[str, int] = field(default_factory=dict)
    entry: int = 0

    def problem(self, ledger: str) -> Problem:
        path = f"/{ledger}/{self.entry}" if self.entry else ""
        return Problem(
            self.code, path, {"ledger": ledger, "dimensions": dict(self.dimensions), **self.params}
        )


@dataclass(frozen=True, slots=True)
class Span:
    """The days that are to be closed: after ``since`` (None: from the first) through ``through``."""

    since: date | None
    through: date


Find = Callable[[Connection, LedgerModel, int, Span], Iterator[Obstacle]]


@dataclass(frozen=True, slots=True)
class Check:
    """A check by the code of what it finds."""

    code: str
    find: Find
    overridable: bool
    costed: bool = True


def obstacles(conn: Connection, model: LedgerModel, ws: int, span: Span) -> tuple[Obstacle, ...]:
    """Everything that the ledger's own rows put in the way."""
    found: list[Obstacle] = []
    for check in CHECKS:
        if check.costed and (model.cost is None or model.is_turnover):
            continue
        found += check.find(conn, model, ws, span)
    return tuple(found)


def is_overridable(code: str) -> bool:
    """Whether obstacles of that code may be accepted with a reason."""
    return next((c.overridable for c in CHECKS if c.code == code), True)


def _cost(model: LedgerModel) -> CostModel:
    assert model.cost is not None
    return model.cost


def _waiting(conn: Connection, model: LedgerModel, ws: int, _span: Span) -> Iterator[Obstacle]:
    """Pasts that wait for a replay."""
    here = balance.c
    statement = select(func.count()).where(
        here.ws == ws, here.ledger_id == model.ledger_id, here.grain == LANE, here.recost_from.is_not(None)
    )
    count = conn.execute(statement).scalar_one()
    if count:
        yield Obstacle("PERIOD_RECOST", {"count": count})


def _short(conn: Connection, model: LedgerModel, ws: int, span: Span) -> Iterator[Obstacle]:
    """Issues beyond what was there that nothing has covered."""
    statement = (
        select(layer.c.qty_left, journal.c.entity_id, journal.c.record_id, entry)
        .join(entry, and_(entry.c.ws == layer.c.ws, entry.c.entry_id == layer.c.entry_id))
        .join(journal, and_(journal.c.ws == entry.c.ws, journal.c.journal_id == entry.c.journal_id))
        .where(layer.c.ws == ws, layer.c.ledger_id == model.ledger_id, layer.c.kind == "short")
        .where(layer.c.qty_left != 0, layer.c.order_day <= span.through)
        .order_by(layer.c.order_day, layer.c.order_seq)
        .limit(MOST)
    )
    measure = model.measures[model.counted]
    for row in conn.execute(statement):
        params = {"shortage": measure.exact(row.qty_left), "line": row.line_id}
        yield _of_entry(model, "PERIOD_SHORT", row, params)


def _of_entry(model: LedgerModel, code: str, row: Row[Any], params: Mapping[str, Any]) -> Obstacle:
    keys = {d.key: row._mapping[f"k{d.number}"] for d in model.dimensions}
    dimensions = {key: id for key, id in keys.items() if id}
    return Obstacle(
        code,
        {"day": row.business_date, **params},
        (row.entity_id, row.record_id),
        dimensions,
        row.entry_id,
    )


def _value_alone(conn: Connection, model: LedgerModel, ws: int, _span: Span) -> Iterator[Obstacle]:
    """Cost pools with a value and nothing there."""
    cost = _cost(model)
    quantity = balance.c[f"m{model.measures[cost.quantity].number}"]
    value = balance.c[f"m{model.measures[cost.value].number}"]
    statement = _rows(model, ws, cost.grain).where(quantity == 0, value != 0)
    for row in conn.execute(statement.limit(MOST)):
        amount = model.measures[cost.value].exact(measures_of(model, row._mapping)[cost.value])
        yield Obstacle("PERIOD_VALUE", {"value": amount}, dimensions=_keys(model, cost.grain, row))


def _below_zero(conn: Connection, model: LedgerModel, ws: int, _span: Span) -> Iterator[Obstacle]:
    """Rows whose quantity is negative, at the finest grain, where no open shortage says so already."""
    grain = max(model.grains, key=lambda g: (len(g.positions), g.number))
    cost, measure = _cost(model), model.measures[model.counted]
    pools = select(*(layer.c[name] for name in COST_KEY[: len(cost.grain.positions)])).where(
        layer.c.ws == ws,
        layer.c.ledger_id == model.ledger_id,
        layer.c.kind == "short",
        layer.c.qty_left != 0,
    )
    short = {tuple(row) for row in conn.execute(pools)}
    below = _rows(model, ws, grain).where(balance.c[f"m{measure.number}"] < 0)
    for row in conn.execute(below.limit(MOST)):
        keys = _keys(model, grain, row)
        if tuple(keys.get(model.dimensions[p].key, 0) for p in cost.grain.positions) in short:
            continue
        amount = measure.exact(measures_of(model, row._mapping)[model.counted])
        yield Obstacle("PERIOD_NEGATIVE", {"quantity": amount}, dimensions=keys)


def _rows(model: LedgerModel, ws: int, grain: GrainModel) -> Any:
    return select(balance).where(
        balance.c.ws == ws, balance.c.ledger_id == model.ledger_id, balance.c.grain == grain.number
    )


def _keys(model: LedgerModel, grain: GrainModel, row: Row[Any]) -> dict[str, int]:
    return {model.dimensions[p].key: row._mapping[f"k{i}"] for i, p in enumerate(grain.positions, 1)}


def _free(conn: Connection, model: LedgerModel, ws: int, span: Span) -> Iterator[Obstacle]:
    """Issues at no cost that stand."""
    cost = _cost(model)
    quantity = entry.c[f"m{model.measures[cost.quantity].number}"]
    value = entry.c[f"m{model.measures[cost.value].number}"]
    undone = entry.alias("undone")
    stands = ~(
        select(undone.c.entry_id)
        .where(undone.c.ws == entry.c.ws, undone.c.concerns_entry == entry.c.entry_id)
        .where(undone.c.kind.in_(("reversal", "true_up")))
        .exists()
    )
    conditions = [entry.c.ws == ws, entry.c.ledger_id == model.ledger_id, entry.c.kind == "normal"]
    if span.since is not None:
        conditions.append(entry.c.business_date > span.since)
    statement = (
        select(journal.c.entity_id, journal.c.record_id, entry)
        .join(journal, and_(journal.c.ws == entry.c.ws, journal.c.journal_id == entry.c.journal_id))
        .where(*conditions, quantity < 0, value == 0, entry.c.business_date <= span.through, stands)
        .order_by(entry.c.business_date, entry.c.entry_id)
        .limit(MOST)
    )
    for row in conn.execute(statement):
        yield _of_entry(model, "PERIOD_NO_COST", row, {"line": row.line_id})


CHECKS: tuple[Check, ...] = (
    Check("PERIOD_RECOST", _waiting, overridable=False, costed=False),
    Check("PERIOD_SHORT", _short, overridable=True),
    Check("PERIOD_NEGATIVE", _below_zero, overridable=True),
    Check("PERIOD_VALUE", _value_alone, overridable=False),
    Check("PERIOD_NO_COST", _free, overridable=True),
)


def uncounted(conn: Connection, model: LedgerModel, ws: int, span: Span) -> tuple[int, int]:
    """How many rows with a quantity were not counted within the span, and how many there are, at the grain that counts speak of."""
    grains = select(count_point.c.grain).where(
        count_point.c.ws == ws, count_point.c.ledger_id == model.ledger_id
    )
    counted_at = set(conn.execute(grains.distinct()).scalars())
    grain = next((g for g in model.grains if g.number in counted_at), None)
    if grain is None:
        grain = max(model.grains, key=lambda g: (len(g.positions), g.number))
    measure = balance.c[f"m{model.measures[model.counted].number}"]
    same = [count_point.c[n] == balance.c[n] for n in ("ws", "ledger_id", "grain", *GRAIN_KEY)]
    within = [count_point.c.day <= span.through]
    if span.since is not None:
        within.append(count_point.c.day > span.since)
    seen = select(count_point.c.entry_id).where(*same, *within).exists()
    rows = (
        select(func.count())
        .select_from(balance)
        .where(
            balance.c.ws == ws,
            balance.c.ledger_id == model.ledger_id,
            balance.c.grain == grain.number,
            measure != 0,
        )
    )
    whole = conn.execute(rows).scalar_one()
    return conn.execute(rows.where(~seen)).scalar_one(), whole
