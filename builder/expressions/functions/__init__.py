"""The functions of the expression language, by theme. Each module registers its own in ``FUNCTIONS``."""

from __future__ import annotations

from builder.expressions.functions import choices, dates, lists, money, numbers, numerals, texts, world
from builder.expressions.functions.function import FUNCTIONS, Function, Parameter

__all__ = [
    "FUNCTIONS",
    "Function",
    "Parameter",
    "choices",
    "dates",
    "lists",
    "money",
    "numbers",
    "numerals",
    "texts",
    "world",
]
