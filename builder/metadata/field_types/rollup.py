"""A live figure over records that refer to this one."""

from __future__ import annotations

from builder.metadata.field_types.computed import SHOWN, ComputedType
from builder.metadata.field_types.kind import words


class Rollup(ComputedType):
    name = "rollup"
    label = words("汇总", "Rollup")
    properties = (*SHOWN, "rollup", "scale")
    sort = "number"
