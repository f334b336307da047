"""Switching: a lane gets another costing method at the boundary of a period, deliberately and on record. Pure.

What a pool holds goes over as it stands: quantity and value stay (or are valued anew at a unit value, the difference being
variance), its layers end, and a method that needs layers starts with one, or with one per batch. Each pool gets an entry of kind
``reclass`` that says what was switched; edges lead to it from what the pool was made of, so that costs keep their path.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

from builder.changes import Intent
from builder.errors import Problem
from builder.ledger.costing import METHODS
from builder.ledger.costing.decreed import STANDARD
from builder.ledger.costing.shape import Method, at_unit, share
from builder.ledger.definition import CostModel, Key, LedgerModel
from builder.ledger.outcome import Plan
from builder.ledger.plan import balance_changes, daily_changes, layer_changes
from builder.ledger.state import Edge, Entry, Layer, LedgerState, State
from builder.ledger.valuing import scaled_unit, standard_unit
from builder.ledger.work import Books, Done, Work

POSTING = "engine.switch"
"""The posting under whose name a switch is journalled; it belongs to no document."""
TURN = " > "
"""What stands between the two methods in the reason of a switch's entry."""
Source: TypeAlias = "tuple[int, int, int]"
"""(entry, quantity, value): what an entry still has in a pool."""


@dataclass(frozen=True, slots=True)
class Switch:
    """``pools`` get the method ``to``. ``unit`` values what they hold anew (None: they keep their value, under a standard
    they take it). ``lots`` are the quantities that each pool holds by what the method ``batch`` tells units apart by, ``made_of`` what
    a pool without layers is made of. ``posted`` are the lanes on which something else than a switch was posted after the close (None:
    as the days of their rows say)."""

    ledger: str
    to: str
    pools: tuple[Key, ...]
    unit: Decimal | None = None
    lots: Mapping[Key, Mapping[int, int]] = field(default_factory=dict)
    made_of: Mapping[Key, Sequence[Source]] = field(default_factory=dict)
    posted: Collection[Key] | None = None


def switched(
    models: Mapping[str, LedgerModel],
    state: State,
    switch: Switch,
    *,
    record_id: int,
    settings: Mapping[str, Any],
    new_id: Callable[[], int],
) -> Plan:
    """The plan of a switch, or everything for which it may not be: nothing is closed yet, something was posted after the last close,
    more went out than is there, the method lacks what it needs."""
    work = Work(models, state.ledgers, settings, new_id)
    books = work.books[switch.ledger]
    cost, method = books.model.cost, METHODS.find(switch.to)
    if cost is None or method is None:
        return Plan(problems=(Problem("COSTING_UNKNOWN", "/to", {"method": switch.to}),))
    if switch.to == "batch" and cost.told_by is None:
        return Plan(problems=(Problem("SWITCH_NO_IDENTITY", "/to", {"ledger": books.model.key}),))
    day = books.state.closed_through
    if day is None:
        return Plan(problems=(Problem("SWITCH_OPEN", "", {"ledger": books.model.key}),))
    problems = [p for key in switch.pools for p in _in_the_way(books, cost, switch, key, day)]
    units: dict[Key, Fraction | None] = {}
    for key in switch.pools:
        decreed = standard_unit(work, books, cost, key) if method.needs_standard else None
        if method.needs_standard and decreed is None:
            problems.append(Problem("STANDARD_MISSING", "", told_of(books.model, cost, key)))
        units[key] = scaled_unit(books, cost, switch.unit) if switch.unit is not None else decreed
    if problems:
        return Plan(problems=tuple(problems))
    for key in switch.pools:
        intent = _intent(books.model, day + timedelta(days=1), record_id, work.new_id())
        _pool(work, books, cost, method, switch, key, units[key], Done(intent))
    return Plan(
        journals=tuple(work.journals.values()),
        entries=tuple(books.entries),
        balances=tuple(balance_changes(books)),
        daily=tuple(daily_changes(books)),
        layers=tuple(layer_changes(books)),
        edges=tuple((books.model.key, e) for e in books.edges),
    )


def declared(
    models: Mapping[str, LedgerModel], ledger: str, state: LedgerState, settings: Mapping[str, Any], lane: Key
) -> str:
    """The method that the ledger's definition says for a lane: what one without entries would begin with."""
    model = models[ledger]
    cost = model.cost
    if cost is None or cost.method_of is None:
        return cost.method if cost is not None else ""
    work = Work({ledger: model}, {ledger: state}, settings, lambda: 0)
    names = work.context(work.books[ledger], lane, model.lane.positions)
    return str(cost.method_of.evaluate(names) or cost.method)


def turn_of(reason: str) -> tuple[str, str]:
    """The methods before and after, from the reason of a switch's entry."""
    was, _, to = reason.partition(TURN)
    return was, to


def told_of(model: LedgerModel, cost: CostModel, key: Key) -> dict[str, Any]:
    """A pool as problems name it: the ledger, and ids by dimension."""
    ids = {model.dimensions[p].key: v for p, v in zip(cost.grain.positions, key, strict=True)}
    return {"ledger": model.key, "dimensions": ids}


def full_key(model: LedgerModel, cost: CostModel, key: Key, lot: int = 0) -> Key:
    """An entry's key for a cost key (and a batch): nothing where the pool does not say."""
    full = [0] * len(model.dimensions)
    for position, value in zip(cost.grain.positions, key, strict=True):
        full[position] = value
    if lot and cost.told_by is not None:
        full[cost.told_by] = lot
    return tuple(full)


def _intent(model: LedgerModel, day: date, record_id: int, line_id: int) -> Intent:
    return Intent(model.key, POSTING, "", record_id, line_id, 0, day, {}, {})


def _in_the_way(books: Books, cost: CostModel, switch: Switch, key: Key, closed: date) -> Iterator[Problem]:
    model = books.model
    params = told_of(model, cost, key)
    lane = model.lane.of(full_key(model, cost, key))
    days = [books.last_day(model.lane, lane), books.last_day(cost.grain, key)]
    last = max((d for d in days if d is not None), default=None)
    # A switch may be taken back, or followed by another one, before anything else is posted.
    is_posted = switch.posted is None or lane in switch.posted
    if last is not None and last > closed and is_posted:
        yield Problem("SWITCH_WITHIN_PERIOD", "", {**params, "day": last, "closed_through": closed})
    missing = books.row(cost.grain, key)[cost.quantity] < 0
    missing |= any(x.kind == "short" and x.qty for x in books.open_layers(key))
    missing |= switch.to == "batch" and any(n < 0 for n in switch.lots.get(key, {}).values())
    if missing:
        yield Problem("SWITCH_SHORT", "", params)


def _pool(
    work: Work,
    books: Books,
    cost: CostModel,
    method: Method,
    switch: Switch,
    key: Key,
    unit: Fraction | None,
    done: Done,
) -> None:
    row = books.row(cost.grain, key)
    qty, value = row[cost.quantity], row[cost.value]
    worth = at_unit(unit, qty) if unit is not None else value
    lots = dict(switch.lots.get(key, {})) if switch.to == "batch" else {}
    parts = {lot: n for lot, n in sorted(lots.items()) if n > 0} or {0: qty}
    full = full_key(books.model, cost, key)
    was = books.lane_row(full).method
    done.intent = replace(done.intent, reason=f"{was}{TURN}{switch.to}")
    books.methods[books.model.lane.of(full)] = switch.to
    before = books.open_layers(key)
    # Standards of before stay, so that what was worth them can be computed again.
    ended = tuple(x if x.kind == STANDARD else replace(x, qty=0, value=0) for x in before)
    made = _entries(work, books, cost, done, key, parts, worth - value)
    sources: Sequence[Source] = [
        (x.entry_id, x.qty, x.value) for x in before if x.kind == "receipt" and x.qty
    ]
    books.edges += _edges(sources or switch.made_of.get(key, ()), made, value)
    begun = tuple(_layers(made, worth)) if method.uses_layers else ()
    books.layers[key] = (*ended, *begun)


def _entries(
    work: Work, books: Books, cost: CostModel, done: Done, key: Key, parts: Mapping[int, int], more: int
) -> list[tuple[Entry, int]]:
    """An entry per part with its quantity; the first says what the switch makes the pool worth more."""
    found: list[tuple[Entry, int]] = []
    for lot, qty in parts.items():
        measures = [0] * len(books.model.measures)
        if more:
            measures[cost.value] = more
            if cost.variance is not None:
                measures[cost.variance] = -more
            more = 0
        made = work.entry(done, full_key(books.model, cost, key, lot), measures, kind="reclass")
        found.append((made, qty))
    return found


def _layers(made: Iterable[tuple[Entry, int]], worth: int) -> Iterator[Layer]:
    """The layer that each part starts, worth its share."""
    for entry, qty, part in _shares(made, worth):
        if qty:
            yield Layer(entry.business_date, entry.seq, entry.id, "receipt", qty, part, entry.key)


def _shares(made: Iterable[tuple[Entry, int]], worth: int) -> Iterator[tuple[Entry, int, int]]:
    made = list(made)
    left_qty, left = sum(qty for _, qty in made), worth
    for entry, qty in made:
        part = share(left, qty, left_qty) if left_qty else 0
        left_qty, left = left_qty - qty, left - part
        yield entry, qty, part


def _edges(sources: Iterable[Source], made: Iterable[tuple[Entry, int]], value: int) -> Iterator[Edge]:
    """From what the pool was made of to the entries of the switch, in order, by quantity."""
    waiting = [list(x) for x in sources]
    for entry, wanted, _ in _shares(made, value):
        while wanted and waiting:
            source, qty, worth = waiting[0]
            taken = min(qty, wanted)
            part = share(worth, taken, qty)
            yield Edge(source, entry.id, taken, part)
            wanted -= taken
            waiting[0] = [source, qty - taken, worth - part]
            if qty == taken:
                waiting.pop(0)
