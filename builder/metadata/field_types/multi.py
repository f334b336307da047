"""Several values in one field, shared by the multi-value types. Values are tuples without repetition. Pure."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types.kind import COMMON, FieldType, Sort, Storage, problem
from builder.metadata.field_types.references import MOST
from builder.record import Value

SEPARATORS = re.compile(r"[,，;；、\n]")


class MultiType(FieldType):
    """What multi-value types share; ``read_one`` reads one of them."""

    storage: ClassVar[Storage] = "multi"
    sort: ClassVar[Sort] = "list"
    properties: ClassVar[tuple[str, ...]] = (*COMMON, "default", "suggest", "searchable")

    def read(self, value: Any, field: Field) -> Value | Problem:
        if not isinstance(value, list | tuple):
            return problem("VALUE_LIST", field)
        if len(value) > MOST:
            return problem("VALUE_TOO_MANY", field, max=MOST)
        found: list[Any] = []
        for one in value:
            read = self.read_one(one, field)
            if isinstance(read, Problem):
                return read
            found.append(read)
        return tuple(dict.fromkeys(found)) or None

    def read_one(self, value: Any, field: Field) -> Value | Problem:
        raise KeyError(self.name)  # Every member says how one value is read.

    def word(self, value: Any, field: Field, locale: str) -> str:
        return str(value)

    def to_json(self, value: Value, field: Field) -> Any:
        return list(value) if isinstance(value, tuple) else None

    def to_text(self, value: Value, field: Field, locale: str) -> str:
        return "、".join(self.word(v, field, locale) for v in value) if isinstance(value, tuple) else ""

    def from_text(self, text: str, field: Field, locale: str) -> Value | Problem:
        return self.parse([part.strip() for part in SEPARATORS.split(text) if part.strip()], field)

    def decode(self, stored: Any, field: Field) -> Value:
        return None if not stored else tuple(stored)

    def encode(self, value: Value, field: Field) -> Any:
        return list(value) if isinstance(value, tuple) else None

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": ["array", "null"], "items": {"type": "string"}, "maxItems": MOST}
