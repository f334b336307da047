"""Books: what a company asks whoever keeps them, and what it tells them. Slips happen behind this door, where papers are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from benchmarks.twin.outside import Need

Cells = Mapping[str, Mapping[str, int]]
"""Quantities by warehouse and item."""


@dataclass
class Order:
    """A customer's order with what is still to be shipped of it."""

    need: Need
    asked: date
    promised: date
    open: dict[str, int]
    shipped: dict[str, int] = field(default_factory=dict)
    done: date | None = None


@dataclass(frozen=True)
class Supply:
    """What was ordered of a supplier."""

    key: str
    supplier: str
    ordered: date
    arrives: date
    lines: Mapping[str, int]


class Books(Protocol):
    def begin(self, day: date) -> None: ...

    def promise(self, need: Need, tomorrow: date, later: date) -> date:
        """Enter an order; the day that the customer is told."""

    def known(self) -> Cells:
        """What the books say is there."""

    def plan(self, days: int) -> Mapping[str, int]:
        """What the buyer means to buy within so many working days."""

    def buy(self, day: date, on_way: Mapping[str, int]) -> Iterable[tuple[str, str, Mapping[str, int]]]:
        """What is ordered today: key, supplier, quantities by item."""

    def wanted(self, day: date) -> Mapping[str, Mapping[str, int]]:
        """What each front is to get of the central warehouse today: quantities by item."""

    def shipped(self, key: str, order: Order, lines: Mapping[str, int]) -> None:
        """Goods left a front for a customer."""

    def received(self, supply: Supply) -> None: ...

    def moved(self, key: str, front: str, lines: Mapping[str, int]) -> None:
        """Goods went from the central warehouse to a front."""

    def returned(self, key: str, order: Order, code: str, quantity: int) -> None: ...

    def broke(self, key: str, warehouse: str, code: str, quantity: int) -> None: ...

    def missing(self, warehouse: str, there: Mapping[str, int]) -> None:
        """Somebody stood before a shelf that had less than the books say, and saw how much there is."""

    def to_count(self, day: date) -> Mapping[str, Iterable[str]]:
        """What is to be counted this morning: items by warehouse."""

    def counted(self, warehouse: str, there: Mapping[str, int]) -> None: ...

    def settle(self, day: date) -> None:
        """The evening: what was left during the day is looked after, if anybody looks."""

    def end(self, day: date) -> None:
        """Close the day, where days are closed."""

    def close(self, day: date) -> float:
        """Close the month; minutes of work that it took."""
