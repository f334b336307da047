"""Bounded: comparisons of measures with exact numbers, as conditions over the whole numbers that are stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from sqlalchemy import ColumnElement, false, true

from builder.expressions.bounds import Bound
from builder.ledger.definition import LedgerModel

LEAST, GREATEST = -(2**63), 2**63 - 1
"""What a column can hold."""


def bounded(
    model: LedgerModel, bounds: Sequence[Bound], column: Callable[[int], ColumnElement[int]]
) -> list[ColumnElement[bool]]:
    """The conditions of those bounds that are about a measure; ``column`` gives the column of a measure's number."""
    of = {m.key: m for m in model.measures}
    return [
        _held(column(of[b.path].number), b.op, b.number.scaleb(of[b.path].scale))
        for b in bounds
        if b.path in of
    ]


def _held(column: ColumnElement[int], op: str, number: Decimal) -> ColumnElement[bool]:
    """``column op number``: a number between two whole ones is equal to none of them."""
    low, high = int(number.to_integral_value(ROUND_FLOOR)), int(number.to_integral_value(ROUND_CEILING))
    if low < LEAST or high > GREATEST:
        # Beyond everything that is stored.
        holds = op in ({"!=", "<", "<="} if low > 0 else {"!=", ">", ">="})
        return true() if holds else false()
    if op in {"==", "!="}:
        if low != high:
            return true() if op == "!=" else false()
        return column == low if op == "==" else column != low
    if op in {"<", ">="}:
        return column < high if op == "<" else column >= high
    return column <= low if op == "<=" else column > low
