"""Switching: a lane gets another costing method at the boundary of a period, deliberately and on record. Pure.

What a pool holds goes over as it stands: quantity and value stay (or are valued anew at a unit value, the difference being
variance), its layers end, and a method that needs layers starts with one, or with one per batch. Each pool gets an entry of kind
``reclass`` that says what was switched, by whose command.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from builder.changes import Intent
from builder.errors import Problem
from builder.ledger.costing import METHODS
from builder.ledger.costing.shape import Method, at_unit, share
from builder.ledger.definition import CostModel, Key, LedgerModel
from builder.ledger.outcome import Plan
from builder.ledger.plan import balance_changes, daily_changes, layer_changes
from builder.ledger.state import Layer, State
from builder.ledger.valuing import scaled_unit, standard_unit
from builder.ledger.work import Books, Done, Work

POSTING = "engine.switch"
"""The posting under whose name a switch is journalled; it belongs to no document."""


@dataclass(frozen=True, slots=True)
class Switch:
    """``pools`` get the method ``to``. ``unit`` values what they hold anew (None: they keep their value, under a standard
    they take it). ``lots`` are the quantities that each pool holds by what the method ``batch`` tells units apart by."""

    ledger: str
    to: str
    pools: tuple[Key, ...]
    unit: Decimal | None = None
    lots: Mapping[Key, Mapping[int, int]] = field(default_factory=dict)


def switched(
    models: Mapping[str, LedgerModel],
    state: State,
    switch: Switch,
    *,
    record_id: int,
    settings: Mapping[str, Any],
    new_id: Callable[[], int],
) -> Plan:
    """The plan of a switch, or why it may not be: nothing is closed yet, something was posted after the last close, or more went
    out than is there."""
    work = Work(models, state.ledgers, settings, new_id)
    books = work.books[switch.ledger]
    cost, method = books.model.cost, METHODS.find(switch.to)
    if cost is None or method is None:
        return Plan(problems=(Problem("COSTING_UNKNOWN", "/to", {"method": switch.to}),))
    day = books.state.closed_through
    problems = [Problem("SWITCH_OPEN", "", {"ledger": books.model.key})] if day is None else []
    if day is not None:
        problems += [p for key in switch.pools for p in _in_the_way(books, cost, key, day)]
    if problems or day is None:
        return Plan(problems=tuple(problems))
    for key in switch.pools:
        intent = _intent(books.model, day + timedelta(days=1), record_id)
        problem = _pool(work, books, cost, method, switch, key, Done(intent))
        if problem is not None:
            return Plan(problems=(problem,))
    return Plan(
        journals=tuple(work.journals.values()),
        entries=tuple(books.entries),
        balances=tuple(balance_changes(books)),
        daily=tuple(daily_changes(books)),
        layers=tuple(layer_changes(books)),
    )


def _intent(model: LedgerModel, day: date, record_id: int) -> Intent:
    return Intent(model.key, POSTING, "", record_id, record_id, 0, day, {}, {})


def _in_the_way(books: Books, cost: CostModel, key: Key, closed: date) -> Iterable[Problem]:
    last = books.last_day(cost.grain, key)
    params: dict[str, Any] = {"ledger": books.model.key, **named(books.model, cost, key)}
    if last is not None and last > closed:
        yield Problem("SWITCH_WITHIN_PERIOD", "", {**params, "day": last, "closed_through": closed})
    if books.row(cost.grain, key)[cost.quantity] < 0 or any(
        x.kind == "short" and x.qty for x in books.open_layers(key)
    ):
        yield Problem("SWITCH_SHORT", "", params)


def named(model: LedgerModel, cost: CostModel, key: Key) -> dict[str, int]:
    """A cost key's ids by dimension."""
    return {model.dimensions[p].key: v for p, v in zip(cost.grain.positions, key, strict=True)}


def _pool(
    work: Work, books: Books, cost: CostModel, method: Method, switch: Switch, key: Key, done: Done
) -> Problem | None:
    row = books.row(cost.grain, key)
    qty, value = row[cost.quantity], row[cost.value]
    unit = scaled_unit(books, cost, switch.unit) if switch.unit is not None else None
    if method.needs_standard and unit is None:
        unit = standard_unit(work, books, cost, key)
        if unit is None:
            return Problem("STANDARD_MISSING", "", named(books.model, cost, key))
    worth = at_unit(unit, qty) if unit is not None else value
    lots = dict(switch.lots.get(key, {})) if switch.to == "batch" else {}
    parts = {lot: n for lot, n in sorted(lots.items()) if n > 0} or {0: qty}
    full = _full(books.model, cost, key)
    lane = books.model.lane.of(full)
    was = books.methods.get(lane) or books.lane_row(full).method
    done.intent = replace(done.intent, reason=f"{was} > {switch.to}", line_id=work.new_id())
    books.methods[lane] = switch.to
    layers = [replace(x, qty=0, value=0) for x in books.open_layers(key)]
    layers += _started(work, books, cost, done, full, parts, worth, worth - value)
    known = {x.entry_id for x in layers[: len(books.open_layers(key))]}
    books.layers[key] = tuple(x for x in layers if x.entry_id in known or (method.uses_layers and x.qty))
    return None


def _started(
    work: Work,
    books: Books,
    cost: CostModel,
    done: Done,
    full: Key,
    parts: Mapping[int, int],
    worth: int,
    more: int,
) -> list[Layer]:
    """An entry per part, the first with what the switch makes the pool worth more; and the layer that each starts."""
    found: list[Layer] = []
    left_qty, left = sum(parts.values()), worth
    for lot, qty in parts.items():
        key = full
        if lot and cost.told_by is not None:
            key = (*full[: cost.told_by], lot, *full[cost.told_by + 1 :])
        measures = [0] * len(books.model.measures)
        if more:
            measures[cost.value] = more
            if cost.variance is not None:
                measures[cost.variance] = -more
            more = 0
        made = work.entry(done, key, measures, kind="reclass")
        part = share(left, qty, left_qty) if left_qty else 0
        left_qty, left = left_qty - qty, left - part
        found.append(Layer(made.business_date, made.seq, made.id, "receipt", qty, part, key))
    return found


def _full(model: LedgerModel, cost: CostModel, key: Key) -> Key:
    """An entry's key for a cost key: nothing where the pool does not say."""
    full = [0] * len(model.dimensions)
    for position, value in zip(cost.grain.positions, key, strict=True):
        full[position] = value
    return tuple(full)
