"""A record of another entity."""

from __future__ import annotations

from builder.metadata.field_types.kind import words
from builder.metadata.field_types.references import ReferenceType


class Reference(ReferenceType):
    name = "reference"
    label = words("关联", "Reference")
    properties = (*ReferenceType.properties, "entity", "filter", "offered", "formula", "lookup", "copy")
