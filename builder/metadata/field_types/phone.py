"""A telephone number: digits with the usual signs between them."""

from __future__ import annotations

import re

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types.kind import problem, words
from builder.metadata.field_types.texts import TextType

NUMBER = re.compile(r"\+?[0-9][0-9 ()\-]{3,28}(?:(?:转|#|x|ext\.?) ?[0-9]{1,8})?", re.ASCII)
WIDE = str.maketrans("０１２３４５６７８９－＋（）", "0123456789-+()")


class Phone(TextType):
    name = "phone"
    label = words("电话", "Telephone")
    longest = 40
    icon = "phone"

    def form(self, text: str, field: Field) -> str | Problem:
        plain = text.translate(WIDE)
        return plain if NUMBER.fullmatch(plain) else problem("VALUE_PHONE", field)
