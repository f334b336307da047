"""Free words."""

from __future__ import annotations

from typing import Any

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types.kind import problem, words
from builder.metadata.field_types.multi import MultiType
from builder.metadata.field_types.texts import has_control
from builder.record import Value

LONGEST = 50


class Tags(MultiType):
    name = "tags"
    label = words("标签", "Tags")
    icon = "tag"

    def read_one(self, value: Any, field: Field) -> Value | Problem:
        if not isinstance(value, str) or not value.strip():
            return problem("VALUE_TEXT", field)
        word = value.strip()
        if has_control(word):
            return problem("VALUE_CONTROL", field)
        return word if len(word) <= LONGEST else problem("VALUE_TOO_LONG", field, max=LONGEST)

    def search_text(self, value: Value, field: Field) -> str:
        return " ".join(value) if isinstance(value, tuple) else ""
