"""A stored picture, by its id."""

from __future__ import annotations

from builder.metadata.field_types.kind import COMMON, words
from builder.metadata.field_types.references import ReferenceType


class Image(ReferenceType):
    name = "image"
    label = words("图片", "Picture")
    widget = "image"
    properties = (*COMMON, "accept", "max_size")
    icon = "image"
