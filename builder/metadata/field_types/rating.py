"""Stars from 0 to 5."""

from __future__ import annotations

from decimal import Decimal

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types.kind import COMMON, problem, words
from builder.metadata.field_types.numbers import NumberType, bound
from builder.record import Value

STARS = 5


class Rating(NumberType):
    name = "rating"
    label = words("评分", "Rating")
    scale = 0
    properties = (*COMMON, "default", "suggest", "max")

    def read(self, value: object, field: Field) -> Value | Problem:
        read = super().read(value, field)
        most = bound(field.max) or STARS
        if isinstance(read, Decimal) and read < 0:
            return problem("VALUE_MIN", field, min="0")
        if isinstance(read, Decimal) and read > most:
            return problem("VALUE_MAX", field, max=str(most))
        return read
