"""Pictures that are shown where the record is."""

from __future__ import annotations

from builder.metadata.field_types.files import FilesType
from builder.metadata.field_types.kind import words


class Image(FilesType):
    name = "image"
    label = words("图片", "Picture")
    usual = ("image",)
    icon = "photo"
