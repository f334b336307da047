"""Yes or no. A field without a value is neither."""

from __future__ import annotations

from typing import Any

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types.kind import COMMON, FieldType, problem, words
from builder.record import Value

YES = frozenset({"true", "1", "yes", "y", "是", "√", "对", "有"})
NO = frozenset({"false", "0", "no", "n", "否", "×", "错", "无"})


class Boolean(FieldType):
    name = "boolean"
    label = words("是/否", "Yes or no")
    storage = "number"
    sort = "bool"
    properties = (*COMMON, "default", "suggest", "indexed", "formula", "lookup", "copy")
    icon = "boolean"

    def read(self, value: Any, field: Field) -> Value | Problem:
        return value if isinstance(value, bool) else problem("VALUE_BOOLEAN", field)

    def to_text(self, value: Value, field: Field, locale: str) -> str:
        if value is None:
            return ""
        return ("是" if value else "否") if locale.startswith("zh") else ("yes" if value else "no")

    def from_text(self, text: str, field: Field, locale: str) -> Value | Problem:
        word = text.strip().lower()
        if not word:
            return None
        return True if word in YES else False if word in NO else problem("VALUE_BOOLEAN", field)

    def encode(self, value: Value, field: Field) -> Any:
        return None if value is None else int(bool(value))

    def decode(self, stored: Any, field: Field) -> Value:
        return None if stored is None else bool(stored)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": ["boolean", "null"]}
