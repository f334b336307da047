"""Posting: costs, balances and the guard of one document, computed without a database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from benchmarks.baseline.refusals import Fault
from benchmarks.baseline.values import half_up, show


@dataclass(frozen=True, slots=True)
class Balance:
    """Quantity in 1/10,000, value in cents."""

    quantity: int = 0
    value: int = 0

    def plus(self, quantity: int, value: int) -> Balance:
        return Balance(self.quantity + quantity, self.value + value)


@dataclass(frozen=True, slots=True)
class Movement:
    """One line that moves an item. ``value`` is known of receipts; issues take the pool's average."""

    line_id: int
    item_id: int
    quantity: int
    value: int | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """One entry to write."""

    line_id: int
    item_id: int
    quantity: int
    value: int


@dataclass
class Outcome:
    """Entries, the balances after them and what went in and out per item (one warehouse per document)."""

    entries: list[Posted] = field(default_factory=list)
    items: dict[int, Balance] = field(default_factory=dict)
    places: dict[int, Balance] = field(default_factory=dict)
    ins: dict[int, Balance] = field(default_factory=dict)
    outs: dict[int, Balance] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def plan(
    movements: Iterable[Movement],
    items: Mapping[int, Balance],
    places: Mapping[int, Balance],
    *,
    allow_negative: bool,
) -> Outcome:
    """What the movements do to the pools (``items``) and to the warehouse (``places``).

    An issue costs ``round(value * quantity / on hand)``; the one that empties the pool takes the rest. A place may not end below
    zero unless it ends no lower than it was; each place that would is a fault."""
    out = Outcome(items=dict(items), places=dict(places))
    for move in movements:
        pool = out.items.get(move.item_id, Balance())
        value = _cost(pool, -move.quantity) if move.value is None else move.value
        out.items[move.item_id] = pool.plus(move.quantity, value)
        out.places[move.item_id] = out.places.get(move.item_id, Balance()).plus(move.quantity, value)
        side = out.ins if move.quantity > 0 else out.outs
        sign = 1 if move.quantity > 0 else -1
        side[move.item_id] = side.get(move.item_id, Balance()).plus(sign * move.quantity, sign * value)
        out.entries.append(Posted(move.line_id, move.item_id, move.quantity, value))
    if not allow_negative:
        out.faults.extend(_short(out.places, places))
    return out


def _cost(pool: Balance, quantity: int) -> int:
    """The value, negative, that ``quantity`` takes out of the pool."""
    if quantity == pool.quantity:
        return -pool.value
    if pool.quantity <= 0:
        return 0
    return -half_up(pool.value * quantity, pool.quantity)


def _short(after: Mapping[int, Balance], before: Mapping[int, Balance]) -> list[Fault]:
    return [
        Fault(f"/items/{item_id}", "NEGATIVE_STOCK", f"short of {show(-balance.quantity, 4)}")
        for item_id, balance in after.items()
        if balance.quantity < 0 and balance.quantity < before.get(item_id, Balance()).quantity
    ]
