"""Histories: what a replay knows of the past: entries, how each came to its value, and where its pools stood before. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Protocol, TypeAlias

from builder.ledger.costing.shape import Pool
from builder.ledger.definition import CostModel, Key
from builder.ledger.heirs import Heirs
from builder.ledger.state import Edge, Entry, Follow, Layer

LaneAt: TypeAlias = "tuple[str, Key]"
"""(ledger, lane): what is locked and replayed as one."""
PoolAt: TypeAlias = "tuple[str, Key]"
"""(ledger, cost key)."""


@dataclass(frozen=True, slots=True)
class Told:
    """How an entry came to its value: its document gave it (``is_given``; of a late cost ``amount`` is the whole of it), other
    entries did (``follows``), or else costing found it."""

    is_given: bool = False
    amount: int | None = None
    follows: tuple[Follow, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """An entry as it was booked."""

    entry: Entry
    told: Told = field(default_factory=Told)


@dataclass(frozen=True, slots=True)
class Known:
    """An entry outside what is replayed: its own value and quantity, and its value with everything that trued it up. ``back_qty`` of it and
    ``back_value`` came back before."""

    entry: Entry
    effective: int
    back_qty: int = 0
    back_value: int = 0


@dataclass(frozen=True, slots=True)
class LaneHistory:
    """One lane from ``since`` on: its pools as they stood before that day, and every entry from then on. ``layers`` are the layers
    kept now, ``edges`` those between entries of this lane; ``known`` are earlier or foreign entries that these speak of, ``heirs`` by
    receipts from before a switch the entries in whose layers their units lie since. ``is_unclear`` says that the layers of an opening could
    not be told from what is kept: an earlier day is to be begun with, where that is open."""

    since: date
    method: str
    opening: Mapping[Key, Pool] = field(default_factory=dict)
    past: tuple[Past, ...] = ()
    layers: Mapping[Key, tuple[Layer, ...]] = field(default_factory=dict)
    edges: tuple[Edge, ...] = ()
    known: Mapping[int, Known] = field(default_factory=dict)
    heirs: Mapping[int, Heirs] = field(default_factory=dict)
    is_unclear: bool = False


@dataclass(frozen=True, slots=True)
class Follower:
    """An entry whose measures follow others, with what was booked about it since: true-ups and a reversal, measure by measure."""

    past: Past
    since: tuple[int, ...]
    is_undone: bool = False


class Histories(Protocol):
    """Where the past is read."""

    def lane(self, ledger: str, lane: Key, since: date) -> LaneHistory: ...

    def followers(self, ids: Collection[int]) -> tuple[Follower, ...]:
        """Entries of any ledger that take their measures from those, returns of those among them."""


Provisional: TypeAlias = "Callable[[str, Key], Fraction | None]"
"""(ledger, cost key) → the declared unit cost of what is not there."""


def is_late_cost(cost: CostModel, past: Past) -> bool:
    """Whether the entry is value alone that belongs to an earlier one."""
    return (
        past.entry.kind == "normal" and not past.entry.measures[cost.quantity] and bool(past.entry.concerns)
    )


def whole_of(cost: CostModel, past: Past) -> int:
    """All of a value: of a late cost also what found no unit."""
    if past.told.amount is not None:
        return past.told.amount
    rest = past.entry.measures[cost.residue] if cost.residue is not None and is_late_cost(cost, past) else 0
    return past.entry.measures[cost.value] + rest
