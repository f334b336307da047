"""A whole number."""

from __future__ import annotations

from builder.metadata.field_types.kind import words
from builder.metadata.field_types.numbers import NumberType


class Integer(NumberType):
    name = "integer"
    label = words("整数", "Whole number")
    scale = 0
    properties = tuple(p for p in NumberType.properties if p != "scale")
