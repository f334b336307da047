"""A barcode or QR code: printable characters as a scanner sends them."""

from __future__ import annotations

import re

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types.kind import problem, words
from builder.metadata.field_types.texts import TextType

CODE = re.compile(r"[!-~]([ -~]*[!-~])?", re.ASCII)


class Barcode(TextType):
    name = "barcode"
    label = words("条码", "Barcode")
    longest = 120
    widget = "barcode"
    icon = "barcode"

    def form(self, text: str, field: Field) -> str | Problem:
        return text if CODE.fullmatch(text) else problem("VALUE_BARCODE", field)
