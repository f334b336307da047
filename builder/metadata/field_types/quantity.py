"""A quantity; the field named by unit_field holds its unit."""

from __future__ import annotations

from builder.metadata.field_types.kind import words
from builder.metadata.field_types.numbers import NumberType


class Quantity(NumberType):
    name = "quantity"
    label = words("数量", "Quantity")
    scale = 4
    properties = (*NumberType.properties, "unit_field")
