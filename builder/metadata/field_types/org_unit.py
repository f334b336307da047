"""A unit of the organisation."""

from __future__ import annotations

from builder.metadata.field_types.kind import words
from builder.metadata.field_types.references import ReferenceType


class OrgUnit(ReferenceType):
    name = "org_unit"
    label = words("部门", "Org unit")
    icon = "org"
