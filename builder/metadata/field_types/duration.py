"""A length of time in whole minutes; people write 90 or 1:30."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types.kind import words
from builder.metadata.field_types.numbers import NumberType
from builder.record import Value

CLOCK = re.compile(r"(-?)([0-9]{1,6}):([0-5][0-9])", re.ASCII)


class Duration(NumberType):
    name = "duration"
    label = words("时长", "Duration")
    scale = 0

    def read(self, value: Any, field: Field) -> Value | Problem:
        found = CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
        if found is None:
            return super().read(value, field)
        minutes = int(found.group(2)) * 60 + int(found.group(3))
        return super().read(-minutes if found.group(1) else minutes, field)

    def to_text(self, value: Value, field: Field, locale: str) -> str:
        if not isinstance(value, Decimal):
            return ""
        hours, minutes = divmod(abs(int(value)), 60)
        return f"{'-' if value < 0 else ''}{hours}:{minutes:02d}"
