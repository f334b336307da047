"""A number with a fixed count of decimal places."""

from __future__ import annotations

from builder.metadata.field_types.kind import words
from builder.metadata.field_types.numbers import NumberType


class DecimalNumber(NumberType):
    name = "decimal"
    label = words("小数", "Decimal number")
