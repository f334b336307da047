"""A live formula whose type is what its expression gives."""

from __future__ import annotations

from builder.metadata.field_types.computed import SHOWN, ComputedType
from builder.metadata.field_types.kind import words


class Formula(ComputedType):
    name = "formula"
    label = words("公式", "Formula")
    properties = (*SHOWN, "formula", "scale")
