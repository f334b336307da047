"""One of the declared options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types import choices
from builder.metadata.field_types.kind import COMMON, FieldType, problem, words
from builder.record import Value


class Choice(FieldType):
    name = "choice"
    label = words("单选", "Choice")
    properties = (
        *COMMON,
        "options",
        "default",
        "suggest",
        "indexed",
        "searchable",
        "formula",
        "lookup",
        "copy",
    )
    icon = "choice"

    def read(self, value: Any, field: Field) -> Value | Problem:
        option = choices.by_key(field, value) if isinstance(value, str) else None
        if option is None:
            return problem("VALUE_CHOICE", field, value=str(value)[:80])
        return option.key

    def check(self, value: Value, field: Field) -> Problem | None:
        if value is None or choices.by_key(field, value) is not None:
            return None
        return problem("VALUE_CHOICE", field, value=str(value)[:80])

    def to_text(self, value: Value, field: Field, locale: str) -> str:
        return "" if value is None else choices.word_of(field, value, locale)

    def from_text(self, text: str, field: Field, locale: str) -> Value | Problem:
        if not text.strip():
            return None
        option = choices.by_word(field, text)
        return option.key if option else problem("VALUE_CHOICE", field, value=text[:80])

    def search_text(self, value: Value, field: Field) -> str:
        return self.to_text(value, field, "zh-CN")

    def encode(self, value: Value, field: Field) -> Any:
        return None if value is None else choices.uid_of(field, value)

    def decode(self, stored: Any, field: Field) -> Value:
        return None if stored is None else choices.key_of(field, stored)

    def decoder(self, field: Field) -> Callable[[Any], Value] | None:
        keys: Mapping[Any, Value] = {option.uid: option.key for option in field.options}
        return lambda stored: keys.get(stored, str(stored))

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": ["string", "null"], "enum": [*choices.keys(field), None]}
