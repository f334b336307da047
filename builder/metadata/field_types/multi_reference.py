"""Several records of another entity."""

from __future__ import annotations

from typing import Any

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types.kind import COMMON, problem, words
from builder.metadata.field_types.multi import MultiType
from builder.metadata.field_types.references import read_id
from builder.record import Value


class MultiReference(MultiType):
    name = "multi_reference"
    label = words("多个关联", "Several references")
    properties = (*COMMON, "entity", "filter", "default", "suggest")
    icon = "link"

    def read_one(self, value: Any, field: Field) -> Value | Problem:
        found = read_id(value)
        return problem("REFERENCE_UNKNOWN", field) if found is None else found
