"""A number of a series, given by the engine."""

from __future__ import annotations

from builder.metadata.field_types.kind import COMMON, words
from builder.metadata.field_types.texts import TextType


class AutoNumber(TextType):
    name = "auto_number"
    label = words("自动编号", "Number of a series")
    longest = 60
    properties = (
        *(p for p in COMMON if p not in {"required", "read_only", "required_if", "editable_if"}),
        "series",
        "unique",
        "searchable",
        "indexed",
    )
    generated = True
    icon = "hash"
