"""A colour, #rrggbb."""

from __future__ import annotations

import re

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types.kind import COMMON, problem, words
from builder.metadata.field_types.texts import TextType

HEX = re.compile(r"#[0-9a-f]{6}", re.ASCII)


class Color(TextType):
    name = "color"
    label = words("颜色", "Colour")
    longest = 7
    properties = (*COMMON, "default", "suggest")
    icon = "palette"

    def form(self, text: str, field: Field) -> str | Problem:
        return text.lower() if HEX.fullmatch(text.lower()) else problem("VALUE_COLOR", field)
