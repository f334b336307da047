"""Cells: figures that can be put together from pieces, whether rows or sums that a database worked out. Pure; every sum exact."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from builder.record import Value

AVERAGE_DIGITS = Decimal("1e-12")
ZERO = Decimal(0)


class Cell:
    """What is known of the values of one figure in one group. ``seen`` holds them where different ones are counted."""

    __slots__ = ("count", "high", "low", "seen", "total")

    def __init__(self) -> None:
        self.total = ZERO
        self.count = 0
        self.low: Decimal | None = None
        self.high: Decimal | None = None
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

    def _bound(self, low: Decimal | None, high: Decimal | None) -> None:
        if low is not None:
            self.low = low if self.low is None else min(self.low, low)
        if high is not None:
            self.high = high if self.high is None else max(self.high, high)

    def result(self, op: str) -> Decimal | None:
        """The figure; None where there is nothing to take it of. A sum of nothing is 0."""
        if op == "count":
            return Decimal(self.count)
        if op == "distinct":
            return Decimal(len(self.seen or ()))
        if op == "sum":
            return self.total
        if op == "avg":
            return (self.total / self.count).quantize(AVERAGE_DIGITS, ROUND_HALF_UP) if self.count else None
        return self.low if op == "min" else self.high
