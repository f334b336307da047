"""A postal address, of one or several lines."""

from __future__ import annotations

from builder.metadata.field_types.kind import words
from builder.metadata.field_types.texts import TextType


class Address(TextType):
    name = "address"
    label = words("地址", "Address")
    longest = 300
    breaks = True
    icon = "map-pin"
