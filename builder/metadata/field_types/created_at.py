"""Created at: from the record itself."""

from __future__ import annotations

from builder.metadata.field_types.kind import words
from builder.metadata.field_types.system import SystemType


class CreatedAt(SystemType):
    name = "created_at"
    label = words("创建时间", "Created at")
    column = "created_at"
    sort = "datetime"
    icon = "clock"
