"""A role of this app, by its key."""

from __future__ import annotations

import re

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types.kind import COMMON, problem, words
from builder.metadata.field_types.texts import TextType

KEY = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)


class Role(TextType):
    name = "role"
    label = words("角色", "Role")
    longest = 63
    properties = (*COMMON, "default", "suggest", "indexed")
    icon = "users"

    def form(self, text: str, field: Field) -> str | Problem:
        return text if KEY.fullmatch(text) else problem("VALUE_ROLE", field)
