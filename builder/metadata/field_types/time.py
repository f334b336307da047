"""A time of day, to the second."""

from __future__ import annotations

import re
from datetime import time
from typing import Any

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types.kind import COMMON, FieldType, problem, words
from builder.record import Value

CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?", re.ASCII)


class Time(FieldType):
    name = "time"
    label = words("时间", "Time")
    sort = "time"
    properties = (*COMMON, "default", "suggest", "formula", "lookup", "copy")
    icon = "clock"

    def read(self, value: Any, field: Field) -> Value | Problem:
        if isinstance(value, time):
            return value.replace(microsecond=0, tzinfo=None)
        found = CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
        if found is None:
            return problem("VALUE_TIME", field)
        try:
            return time(int(found.group(1)), int(found.group(2)), int(found.group(3) or 0))
        except ValueError:
            return problem("VALUE_TIME", field)

    def to_json(self, value: Value, field: Field) -> Any:
        return value.isoformat("seconds") if isinstance(value, time) else None

    def to_text(self, value: Value, field: Field, locale: str) -> str:
        return value.isoformat("seconds" if value.second else "minutes") if isinstance(value, time) else ""

    def encode(self, value: Value, field: Field) -> Any:
        return self.to_json(value, field)

    def decode(self, stored: Any, field: Field) -> Value:
        return None if stored is None else time.fromisoformat(stored)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": ["string", "null"], "format": "time"}
