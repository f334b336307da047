"""Structured data without a shape, bounded in size and depth."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types.kind import COMMON, FieldType, problem, words
from builder.record import Value

LARGEST = 20_000
DEEPEST = 12


def is_plain(value: Any, depth: int = DEEPEST) -> bool:
    """Whether the value is JSON all the way down: no floats, no deeper than allowed."""
    if value is None or isinstance(value, bool | int | str):
        return True
    if depth <= 0:
        return False
    if isinstance(value, list | tuple):
        return all(is_plain(v, depth - 1) for v in value)
    return isinstance(value, dict) and all(
        isinstance(k, str) and is_plain(v, depth - 1) for k, v in value.items()
    )


def _decimals_as_text(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(type(value).__name__)


class Json(FieldType):
    name = "json"
    label = words("JSON 数据", "JSON")
    storage = "ext"
    sort = "any"
    properties = COMMON
    icon = "code"

    def read(self, value: Any, field: Field) -> Value | Problem:
        try:
            text = json.dumps(value, default=_decimals_as_text, ensure_ascii=False, allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            return problem("VALUE_JSON", field)
        plain = json.loads(text, parse_float=str)
        if len(text) > LARGEST:
            return problem("VALUE_TOO_LONG", field, max=LARGEST)
        return plain if is_plain(plain) else problem("VALUE_JSON", field)

    def to_text(self, value: Value, field: Field, locale: str) -> str:
        return "" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)

    def from_text(self, text: str, field: Field, locale: str) -> Value | Problem:
        if not text.strip():
            return None
        try:
            return self.read(json.loads(text, parse_float=str, parse_constant=_refuse), field)
        except (ValueError, RecursionError):
            return problem("VALUE_JSON", field)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {}


def _refuse(constant: str) -> Any:
    raise ValueError(constant)
