"""The lines of a document: records of a lines entity that belong to this record. They are read as records, not as a value."""

from __future__ import annotations

from typing import Any

from builder.metadata.entity import Field
from builder.metadata.field_types.kind import COMMON, FieldType, words


class Lines(FieldType):
    name = "lines"
    label = words("明细", "Lines")
    storage = "none"
    sort = "list"
    properties = (*(p for p in COMMON if p not in {"personal"}), "entity")
    icon = "table"

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "object"}}
