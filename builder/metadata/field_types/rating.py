"""Stars from 0 to 5."""

from __future__ import annotations

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
    widget = "rating"
    properties = (*COMMON, "default", "max")

    def read(self, value: object, field: Field) -> Value | Problem:
        read = super().read(value, field)
        most = bound(field.max) or STARS
        if not isinstance(read, Problem) and read is not None and not 0 <= read <= most:  # type: ignore[operator]
            return problem("VALUE_MAX", field, max=str(most))
        return read
