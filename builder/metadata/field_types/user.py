"""A person with an account."""

from __future__ import annotations

from builder.metadata.field_types.kind import words
from builder.metadata.field_types.references import ReferenceType


class User(ReferenceType):
    name = "user"
    label = words("人员", "Person")
    icon = "user"
