"""Cells: figures that can be put together from pieces, whether rows or sums that a database worked out. Pure; every sum exact."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from builder.record import Value

AVERAGE_DIGITS = Decimal("1e-12")
ZERO = Decimal(0)


class Cell:
    """What is known of the values of one figure in one group. ``seen`` holds them where different ones are counted."""

    __slots__ = ("count", "high", "low", "seen", "total")

    def __init__(self) -> None:
        self.total = ZERO
        self.count = 0
        self.low: Any = None
        self.high: Any = None
        self.seen: set[Value] | None = None

    def take(self, op: str, value: Value) -> None:
        """One more value; nothing counts for nothing."""
        if value is None:
            return
        if op == "count":
            self.count += 1
            return
        if op == "distinct":
            self.seen = self.seen or set()
            self.seen.add(value)
            return
        if op in {"min", "max"} and isinstance(value, date):
            self._bound(value, value)
            return
        if isinstance(value, bool) or not isinstance(value, Decimal | int):
            return
        number = value if isinstance(value, Decimal) else Decimal(value)
        self.count += 1
        if op in {"sum", "avg"}:
            self.total += number
        else:
            self._bound(number, number)

    def merge(self, other: Cell) -> None:
        """Everything that the other knows too."""
        self.total += other.total
        self.count += other.count
        self._bound(other.low, other.high)
        if other.seen:
            self.seen = (self.seen or set()) | other.seen

    def _bound(self, low: Any, high: Any) -> None:
        if low is not None:
            self.low = low if self.low is None else min(self.low, low)
        if high is not None:
            self.high = high if self.high is None else max(self.high, high)

    def result(self, op: str) -> Decimal | None:
        """The figure; None where there is nothing to take it of. A sum of nothing is 0. The least and the greatest may be days."""
        if op == "count":
            return Decimal(self.count)
        if op == "distinct":
            return Decimal(len(self.seen or ()))
        if op == "sum":
            return self.total
        if op == "avg":
            return (self.total / self.count).quantize(AVERAGE_DIGITS, ROUND_HALF_UP) if self.count else None
        bound: Decimal | None = self.low if op == "min" else self.high
        return bound
