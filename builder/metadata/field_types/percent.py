"""A percentage: 9.00 means 9 %."""

from __future__ import annotations

from builder.metadata.field_types.kind import words
from builder.metadata.field_types.numbers import NumberType


class Percent(NumberType):
    name = "percent"
    label = words("百分比", "Percent")

    def strip_unit(self, text: str) -> str:
        return text.removesuffix("%").strip()
