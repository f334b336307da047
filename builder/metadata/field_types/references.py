"""References to one thing by its id, shared by the reference-like field types. Pure.

Ids outside are opaque; whoever speaks with the outside turns them into ints before they come here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types.kind import COMMON, FieldType, Sort, Storage, problem
from builder.record import Value

MOST = 200
"""Values that one multi-value field may hold."""


def read_id(value: Any) -> int | None:
    """A positive id, plain or as ``{"id": …}``; None for anything else."""
    if isinstance(value, Mapping):
        value = value.get("id")
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 < value < 1 << 63 else None


class ReferenceType(FieldType):
    """What references share. Values are ids."""

    storage: ClassVar[Storage] = "reference"
    sort: ClassVar[Sort] = "ref"
    properties: ClassVar[tuple[str, ...]] = (*COMMON, "default", "suggest", "indexed", "unique")
    icon = "link"

    def read(self, value: Any, field: Field) -> Value | Problem:
        found = read_id(value)
        return problem("REFERENCE_UNKNOWN", field) if found is None else found

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": ["string", "null"], "description": "id"}
