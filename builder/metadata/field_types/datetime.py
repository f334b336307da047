"""An instant, kept in UTC. In JSON it carries its offset; without one it is refused, because nobody could say when it was."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types.kind import COMMON, FieldType, problem, words
from builder.record import Value


class DateTime(FieldType):
    name = "datetime"
    label = words("日期时间", "Date and time")
    sort = "datetime"
    properties = (*COMMON, "default", "suggest", "indexed", "formula", "lookup", "copy")
    icon = "clock"

    def read(self, value: Any, field: Field) -> Value | Problem:
        if isinstance(value, str):
            try:
                value = datetime.fromisoformat(value.strip())
            except ValueError:
                return problem("VALUE_DATETIME", field)
        if not isinstance(value, datetime):
            return problem("VALUE_DATETIME", field)
        if value.tzinfo is None:
            return problem("VALUE_DATETIME_OFFSET", field)
        try:
            return value if value.tzinfo is UTC else value.astimezone(UTC)
        except OverflowError:
            return problem("VALUE_DATETIME", field)

    def to_json(self, value: Value, field: Field) -> Any:
        return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else None

    def to_text(self, value: Value, field: Field, locale: str) -> str:
        return self.to_json(value, field) or ""

    def encode(self, value: Value, field: Field) -> Any:
        if not isinstance(value, datetime):
            return None
        at = value if value.tzinfo is UTC else value.astimezone(UTC)
        return at.isoformat(timespec="microseconds")

    def decode(self, stored: Any, field: Field) -> Value:
        return None if stored is None else datetime.fromisoformat(stored)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": ["string", "null"], "format": "date-time"}
