"""Archives: how reading a zip fails that was damaged on its way, or made to do harm."""

from __future__ import annotations

import lzma
import zipfile
import zlib

DAMAGED: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
)
"""Each way of packing has errors of its own. A locked entry is a ``RuntimeError``, as is a way of packing that nobody knows."""
