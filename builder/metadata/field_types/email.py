"""An e-mail address."""

from __future__ import annotations

import re

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types.kind import problem, words
from builder.metadata.field_types.texts import TextType

ADDRESS = re.compile(
    r"[^\s@<>()\[\],;:\"\\]{1,64}@[^\s@<>()\[\],;:\"\\]{1,190}\.[^\s@<>()\[\],;:\"\\.]{2,60}"
)


class Email(TextType):
    name = "email"
    label = words("邮箱", "E-mail")
    longest = 254
    icon = "mail"

    def form(self, text: str, field: Field) -> str | Problem:
        return text if ADDRESS.fullmatch(text) and ".." not in text else problem("VALUE_EMAIL", field)
