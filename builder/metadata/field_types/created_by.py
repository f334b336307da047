"""Created by: from the record itself."""

from __future__ import annotations

from builder.metadata.field_types.kind import words
from builder.metadata.field_types.system import SystemType


class CreatedBy(SystemType):
    name = "created_by"
    label = words("创建人", "Created by")
    column = "created_by"
    sort = "ref"
    icon = "user"
