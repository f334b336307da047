"""Changed at: from the record itself."""

from __future__ import annotations

from builder.metadata.field_types.kind import words
from builder.metadata.field_types.system import SystemType


class UpdatedAt(SystemType):
    name = "updated_at"
    label = words("修改时间", "Changed at")
    column = "updated_at"
    sort = "datetime"
    icon = "clock"
