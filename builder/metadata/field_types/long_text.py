"""Text of several lines."""

from __future__ import annotations

from builder.metadata.field_types.kind import words
from builder.metadata.field_types.texts import TextType


class LongText(TextType):
    name = "long_text"
    label = words("多行文本", "Long text")
    storage = "ext"
    longest = 10_000
    breaks = True
