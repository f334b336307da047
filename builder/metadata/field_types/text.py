"""One line of text."""

from __future__ import annotations

from builder.metadata.field_types.kind import words
from builder.metadata.field_types.texts import TEXT_PROPERTIES, TextType


class Text(TextType):
    name = "text"
    label = words("单行文本", "Text")
    properties = (*TEXT_PROPERTIES, "series")
