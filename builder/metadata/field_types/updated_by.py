"""Changed by: from the record itself."""

from __future__ import annotations

from builder.metadata.field_types.kind import words
from builder.metadata.field_types.system import SystemType


class UpdatedBy(SystemType):
    name = "updated_by"
    label = words("修改人", "Changed by")
    column = "updated_by"
    sort = "ref"
    icon = "user"
