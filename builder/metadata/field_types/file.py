"""Files of any kind: papers, tables, scans."""

from __future__ import annotations

from builder.metadata.field_types.files import FilesType
from builder.metadata.field_types.kind import words


class File(FilesType):
    name = "file"
    label = words("附件", "File")
    icon = "paperclip"
