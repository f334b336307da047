"""A stored file, by its id."""

from __future__ import annotations

from builder.metadata.field_types.kind import COMMON, words
from builder.metadata.field_types.references import ReferenceType


class File(ReferenceType):
    name = "file"
    label = words("附件", "File")
    widget = "file"
    properties = (*COMMON, "accept", "max_size")
    icon = "file"
