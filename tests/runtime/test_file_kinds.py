"""What a file is: read from its bytes, never from what somebody calls it."""

from __future__ import annotations

import io
import zipfile

import pytest

from builder.runtime.file_kinds import UNKNOWN, kind_of


def packed(*names: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return held.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n...", "a.exe", "image/png"),
        (b"\xff\xd8\xff...", "", "image/jpeg"),
        (b"GIF89a...", "", "image/gif"),
        (b"RIFF\0\0\0\0WEBP", "", "image/webp"),
        (b"RIFF\0\0\0\0WAVE", "a.webp", UNKNOWN),
        (b"%PDF-1.7", "a.png", "application/pdf"),
        (b"<svg/>", "a.svg", UNKNOWN),
        (b"<script>", "a.html", UNKNOWN),
        (b"a,b\n1,2\n", "A.CSV", "text/csv"),
        ("品名,数量".encode("gb18030"), "a.csv", "text/csv"),
        (b"a\0b", "a.txt", UNKNOWN),
        (b"MZ\x90\0", "a.txt", UNKNOWN),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1...", "a.xls", "application/vnd.ms-excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1...", "a.msi", UNKNOWN),
        (packed("x.txt"), "a.xlsx", "application/zip"),
        (b"PK\x03\x04 cut short", "a.zip", "application/zip"),
        (b"", "a.png", UNKNOWN),
    ],
)
def test_a_kind_is_read_from_the_bytes(content: bytes, name: str, kind: str) -> None:
    assert kind_of(content, name) == kind


@pytest.mark.parametrize(
    ("inside", "what"),
    [
        ("xl/workbook.xml", "sheet"),
        ("word/document.xml", "document"),
        ("ppt/presentation.xml", "presentation"),
    ],
)
def test_an_office_document_is_told_from_an_archive(inside: str, what: str) -> None:
    assert kind_of(packed("[Content_Types].xml", inside), "a.zip").endswith(what)
