"""A hand-written signature, kept as a picture."""

from __future__ import annotations

from builder.metadata.field_types.kind import COMMON, words
from builder.metadata.field_types.references import ReferenceType


class Signature(ReferenceType):
    name = "signature"
    label = words("签名", "Signature")
    widget = "signature"
    properties = COMMON
    icon = "signature"
