"""A live value found by following references."""

from __future__ import annotations

from builder.metadata.field_types.computed import SHOWN, ComputedType
from builder.metadata.field_types.kind import words


class Lookup(ComputedType):
    name = "lookup"
    label = words("引用值", "Looked-up value")
    properties = (*SHOWN, "lookup")
    icon = "link"
