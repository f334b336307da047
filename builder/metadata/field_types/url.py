"""A web address, http or https only: other schemes can run code."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types.kind import problem, words
from builder.metadata.field_types.texts import TextType

SPACE = re.compile(r"[\s<>\"\\]")


class Url(TextType):
    name = "url"
    label = words("网址", "Web address")
    longest = 2000
    storage = "ext"
    icon = "link"

    def form(self, text: str, field: Field) -> str | Problem:
        try:
            parts = urlsplit(text)
        except ValueError:
            return problem("VALUE_URL", field)
        is_plain = parts.scheme.lower() in {"http", "https"} and parts.hostname and "@" not in parts.netloc
        return text if is_plain and not SPACE.search(text) else problem("VALUE_URL", field)
