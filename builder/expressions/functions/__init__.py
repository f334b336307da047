"""The functions of the expression language, by theme. Each module registers its own in ``FUNCTIONS``."""

from __future__ import annotations

from builder.expressions.functions import (
    choices,
    cleaning,
    dates,
    formats,
    lists,
    money,
    numbers,
    numerals,
    periods,
    texts,
    totals,
    units,
    world,
)
from builder.expressions.functions.function import FUNCTIONS, Function, Parameter

__all__ = [
    "FUNCTIONS",
    "Function",
    "Parameter",
    "choices",
    "cleaning",
    "dates",
    "formats",
    "lists",
    "money",
    "numbers",
    "numerals",
    "periods",
    "texts",
    "totals",
    "units",
    "world",
]
