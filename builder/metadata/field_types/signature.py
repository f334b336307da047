"""A hand-written signature, kept as a picture."""

from __future__ import annotations

from builder.metadata.field_types.files import FilesType
from builder.metadata.field_types.kind import COMMON, words


class Signature(FilesType):
    name = "signature"
    label = words("签名", "Signature")
    properties = COMMON
    usual = ("image/png",)
    largest = 500_000
    most = 1
    icon = "signature"
