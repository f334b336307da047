"""File kinds: what a file is, read from its bytes. What it is called only tells apart kinds of plain text."""

from __future__ import annotations

import io
import zipfile

from builder.archives import DAMAGED
from builder.metadata.field_types.files import OFFICE

UNKNOWN = "application/octet-stream"
HEADS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
"""How files begin that people look at."""
PACKED = b"PK\x03\x04"
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FOLDERS = (
    ("xl/workbook.xml", f"{OFFICE}.spreadsheetml.sheet"),
    ("word/document.xml", f"{OFFICE}.wordprocessingml.document"),
    ("ppt/presentation.xml", f"{OFFICE}.presentationml.presentation"),
)
OLD_ENDINGS = {
    "xls": "application/vnd.ms-excel",
    "doc": "application/msword",
    "ppt": "application/vnd.ms-powerpoint",
}
TEXTS = {"txt": "text/plain", "csv": "text/csv"}
BARE = frozenset(range(32)) - {9, 10, 12, 13}
"""Bytes that no plain text has."""


def kind_of(content: bytes, name: str = "") -> str:
    """The media type that the bytes show. Everything unknown is bytes: it is saved, never shown."""
    found = next((mime for head, mime in HEADS if content.startswith(head)), "")
    if found:
        return found
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    ending = name.lower().rpartition(".")[2]
    if content.startswith(PACKED):
        return _packed(content)
    if content.startswith(OLD_OFFICE):
        return OLD_ENDINGS.get(ending, UNKNOWN)
    return TEXTS[ending] if ending in TEXTS and _is_text(content) else UNKNOWN


def _packed(content: bytes) -> str:
    """An archive, or the office document that it is. Its list of names alone is read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = frozenset(archive.namelist())
    except DAMAGED:
        return "application/zip"
    return next((mime for name, mime in FOLDERS if name in names), "application/zip")


def _is_text(content: bytes) -> bool:
    """Whether a person can read it: UTF-8, or one of the encodings that Chinese spreadsheets write."""
    if any(byte in BARE for byte in set(content)):
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False
