"""Shelves: what really lies in each warehouse. Nobody in the simulation sees them but who takes, puts or counts."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from benchmarks.twin.assumptions import Assumptions
from benchmarks.twin.goods import BY_CODE, CENTRAL, FRONTS, WAREHOUSES


class Shelves:
    def __init__(self, there: Mapping[str, Mapping[str, int]]) -> None:
        self._there = {warehouse: dict(there[warehouse]) for warehouse in WAREHOUSES}

    def of(self, warehouse: str) -> Mapping[str, int]:
        return self._there[warehouse]

    def put(self, warehouse: str, code: str, quantity: int) -> None:
        self._there[warehouse][code] += quantity

    def take(self, warehouse: str, code: str, quantity: int) -> int:
        """How much of it could be taken."""
        taken = min(quantity, self._there[warehouse][code])
        self._there[warehouse][code] -= taken
        return taken

    def worth(self) -> Decimal:
        """At what the goods cost, without tax."""
        rows = (row for there in self._there.values() for row in there.items())
        return sum((BY_CODE[code].buy * quantity for code, quantity in rows), Decimal(0))


def opening(plan: Assumptions, daily: Mapping[str, float]) -> dict[str, dict[str, int]]:
    """What lies there on the first day: full fronts, the rest in the central warehouse."""
    full = {code: sold * plan.front_full / len(FRONTS) + 2 * plan.usual_line for code, sold in daily.items()}
    in_front = {code: round(quantity) for code, quantity in full.items()}
    central = {code: max(0, round(sold * plan.stock_days - full[code] * len(FRONTS))) for code, sold in daily.items()}  # fmt: skip
    return {CENTRAL: central} | {front: dict(in_front) for front in FRONTS}
