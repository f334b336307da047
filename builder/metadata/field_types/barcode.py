"""A barcode or QR code: printable characters as a scanner sends them."""

from __future__ import annotations

import re
import unicodedata

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types.kind import problem, words
from builder.metadata.field_types.texts import TextType

CODE = re.compile(r"[!-~]([ -~]*[!-~])?", re.ASCII)


class Barcode(TextType):
    name = "barcode"
    label = words("条码", "Barcode")
    longest = 120
    icon = "barcode"

    def form(self, text: str, field: Field) -> str | Problem:
        """What an input method wrote in full width is the code that a scanner sends."""
        plain = unicodedata.normalize("NFKC", text)
        return plain if CODE.fullmatch(plain) else problem("VALUE_BARCODE", field)
