"""Decreed: the standards of a pool, each kept with the entry that was the first to be worth it, so that the past can be computed again. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from builder.ledger.costing.shape import Move
from builder.ledger.state import Layer

STANDARD: Final = "standard"
MOST = 2**63
"""What a column of whole numbers holds."""


def decreed(layers: Iterable[Layer]) -> list[tuple[int, Fraction]]:
    """(sequence number, value of a scaled unit from there on), in the order of posting."""
    return sorted((x.seq, Fraction(x.value, x.qty)) for x in layers if x.kind == STANDARD and x.qty)


def remembered(layers: tuple[Layer, ...], it: Move) -> tuple[Layer, ...]:
    """The layers with the standard of this entry, where it is another one than the last."""
    unit, known = it.standard, decreed(layers)
    if unit is None or (known and known[-1][1] == unit):
        return layers
    if max(abs(unit.numerator), unit.denominator) >= MOST:
        return layers
    return (*layers, Layer(it.day, it.seq, it.entry_id, STANDARD, unit.denominator, unit.numerator, it.key))
