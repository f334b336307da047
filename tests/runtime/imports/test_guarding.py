"""Guarding: files are what their bytes say, and small enough to unpack."""

from __future__ import annotations

import io
import zipfile

import pytest
from openpyxl import Workbook

from builder.errors import BuilderError
from builder.runtime.imports.guarding import kind_of


def archive(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return buffer.getvalue()


def test_a_workbook_and_a_text_are_known_by_their_bytes() -> None:
    buffer = io.BytesIO()
    Workbook().save(buffer)
    assert kind_of(buffer.getvalue()) == "xlsx"
    assert kind_of("编码,名称\n".encode()) == "csv"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "IMPORT_EMPTY"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "IMPORT_OLD_WORKBOOK"),
        (b"PK\x03\x04broken", "IMPORT_BROKEN"),
        (b"%PDF-1.7\x00\x01", "IMPORT_KIND"),
        (archive({"hello.txt": b"x"}), "IMPORT_KIND"),
        (archive({"xl/workbook.xml": b"<x/>", "xl/vbaProject.bin": b"x"}), "IMPORT_MACROS"),
        (
            archive({"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": b"0" * 30_000_000}),
            "IMPORT_TOO_LARGE",
        ),
        (b"a," * 11_000_000, "IMPORT_TOO_LARGE"),
    ],
)
def test_everything_else_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(BuilderError) as caught:
        kind_of(content)
    assert caught.value.code == code
