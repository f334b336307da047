"""Several of the declared options."""

from __future__ import annotations

from typing import Any

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types import choices
from builder.metadata.field_types.kind import COMMON, problem, words
from builder.metadata.field_types.multi import MultiType
from builder.record import Value


class MultiChoice(MultiType):
    name = "multi_choice"
    label = words("多选", "Several choices")
    properties = (*COMMON, "options", "default", "suggest", "searchable")
    icon = "choice"

    def read_one(self, value: Any, field: Field) -> Value | Problem:
        option = choices.by_key(field, value) if isinstance(value, str) else None
        if option is None and isinstance(value, str):
            option = choices.by_word(field, value)
        return option.key if option else problem("VALUE_CHOICE", field, value=str(value)[:80])

    def word(self, value: Any, field: Field, locale: str) -> str:
        return choices.word_of(field, value, locale)

    def encode(self, value: Value, field: Field) -> Any:
        return [choices.uid_of(field, v) for v in value] if isinstance(value, tuple) else None

    def decode(self, stored: Any, field: Field) -> Value:
        return tuple(choices.key_of(field, uid) for uid in stored) if stored else None

    def search_text(self, value: Value, field: Field) -> str:
        return self.to_text(value, field, "zh-CN").replace("、", " ")

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": ["array", "null"], "items": {"enum": choices.keys(field)}}
