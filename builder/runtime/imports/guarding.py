"""Guarding: what kind of file it really is, and whether it may be unpacked. Nothing is trusted that the sender said."""

from __future__ import annotations

import io
import zipfile
from pathlib import PurePosixPath
from typing import Literal

from builder.archives import DAMAGED
from builder.errors import BuilderError, InvalidError, Problem, TooLargeError

Kind = Literal["xlsx", "csv"]

MOST_BYTES = 20_000_000
MOST_UNPACKED = 400_000_000
MOST_RATIO = 200
MOST_PARTS = 2_000
SMALL_PART = 1_000_000
"""A part below this may be packed as well as it likes: headers and styles are all repetition."""
ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0"
WORKBOOK = "xl/workbook.xml"
ACTIVE = frozenset({"vbaproject.bin", "vbadata.xml"})


def kind_of(content: bytes) -> Kind:
    """What the bytes are. ``InvalidError`` for anything but a workbook (xlsx) or text: old binary workbooks, macros, other archives."""
    if len(content) > MOST_BYTES:
        raise TooLargeError("IMPORT_TOO_LARGE", most=MOST_BYTES // 1_000_000)
    if not content.strip():
        raise _refused("IMPORT_EMPTY")
    if content.startswith(OLE):
        raise _refused("IMPORT_OLD_WORKBOOK")
    if content.startswith(ZIP):
        _check_archive(content)
        return "xlsx"
    if b"\x00" in content[:8192]:
        raise _refused("IMPORT_KIND")
    return "csv"


def _check_archive(content: bytes) -> None:
    """Refuse what would fill memory or the disk, and what is no workbook, before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except DAMAGED as error:
        raise _refused("IMPORT_BROKEN") from error
    names = [part.filename for part in parts]
    if WORKBOOK not in names:
        raise _refused("IMPORT_KIND")
    if any(PurePosixPath(name).name.lower() in ACTIVE for name in names):
        raise _refused("IMPORT_MACROS")
    if len(parts) > MOST_PARTS or len(set(names)) != len(names):
        raise _refused("IMPORT_BROKEN")
    if sum(part.file_size for part in parts) > MOST_UNPACKED or any(_is_bomb(part) for part in parts):
        raise TooLargeError("IMPORT_TOO_LARGE", most=MOST_BYTES // 1_000_000)


def _is_bomb(part: zipfile.ZipInfo) -> bool:
    return part.file_size > SMALL_PART and part.file_size > MOST_RATIO * max(part.compress_size, 1)


def _refused(code: str) -> BuilderError:
    return InvalidError(code, problems=[Problem(code, "/file")])
