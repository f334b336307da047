"""A day of the calendar."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types.kind import COMMON, FieldType, problem, words
from builder.record import Value

ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
WRITTEN = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", re.ASCII)
DIGITS = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})", re.ASCII)


class Date(FieldType):
    name = "date"
    label = words("日期", "Date")
    storage = "date"
    sort = "date"
    properties = (*COMMON, "default", "suggest", "indexed", "formula", "lookup", "copy")
    icon = "calendar"

    def read(self, value: Any, field: Field) -> Value | Problem:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if isinstance(value, str) and ISO.fullmatch(value.strip()):
            try:
                return date.fromisoformat(value.strip())
            except ValueError:
                return problem("VALUE_DATE", field)
        return problem("VALUE_DATE", field)

    def to_json(self, value: Value, field: Field) -> Any:
        return value.isoformat() if isinstance(value, date) else None

    def to_text(self, value: Value, field: Field, locale: str) -> str:
        return self.to_json(value, field) or ""

    def from_text(self, text: str, field: Field, locale: str) -> Value | Problem:
        text = text.strip()
        if not text:
            return None
        found = WRITTEN.fullmatch(text) or DIGITS.fullmatch(text)
        if found is None:
            return problem("VALUE_DATE", field)
        year, month, day = found.groups()
        return self.read(f"{year}-{int(month):02d}-{int(day):02d}", field)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": ["string", "null"], "format": "date"}
