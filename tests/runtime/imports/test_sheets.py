"""Sheets: rows as texts that mean exactly what was typed."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook

from builder.errors import BuilderError
from builder.runtime.imports import sheets
from builder.runtime.imports.sheets import cell_text, read_sheet


def workbook(rows: list[list[Any]]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_a_workbook_gives_its_header_and_numbered_rows() -> None:
    found = read_sheet(
        workbook(
            [["编码", "数量", "日期"], ["A1", 0.1, date(2026, 1, 5)], [None, None, None], ["A2", 3, None]]
        )
    )
    assert found.header == ("编码", "数量", "日期")
    assert [(line.number, line.cells) for line in found.lines] == [
        (2, ("A1", "0.1", "2026-01-05")),
        (4, ("A2", "3", "")),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_text_is_read_in_the_encodings_that_people_have(encoding: str) -> None:
    found = read_sheet("编码,名称\nA1,东北大米\n".encode(encoding))
    assert found.header == ("编码", "名称")
    assert found.lines[0].cells == ("A1", "东北大米")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1, "0.1"), (1e15, "1000000000000000"), (12.5, "12.5"), (3.0, "3"), (True, "true"), (None, ""), (" x ", "x"),
     (datetime.fromisoformat("2026-01-05 08:30"), "2026-01-05 08:30:00")],
)  # fmt: skip
def test_cells(value: object, text: str) -> None:
    assert cell_text(value) == text


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 3)
    with pytest.raises(BuilderError, match="IMPORT_TOO_MANY_ROWS"):
        read_sheet(b"a\n" + b"1\n" * 4)


def test_a_sheet_that_is_not_there_is_named() -> None:
    with pytest.raises(BuilderError, match="IMPORT_SHEET"):
        read_sheet(workbook([["a"]]), "nothing")


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_workbook_that_was_damaged_on_its_way_is_refused(packing: int) -> None:
    """Wherever a byte is another one: read as it is, or refused in words."""
    buffer, source = io.BytesIO(), io.BytesIO(workbook([["a", "b"], [1, 2]]))
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(buffer, "w", packing) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    whole, refusals = buffer.getvalue(), 0
    for at in range(30, len(whole), 67):
        damaged = whole[:at] + bytes([whole[at] ^ 0x5A]) + whole[at + 1 :]
        try:
            read_sheet(damaged)
        except BuilderError:
            refusals += 1
    assert refusals > 20


def test_entities_in_a_part_are_refused() -> None:
    source = workbook([["a"], ["b"]])
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(source)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
                content = (
                    bomb + content.partition(b"?>")[2] if content.startswith(b"<?xml") else bomb + content
                )
            new.writestr(name, content)
    with pytest.raises(BuilderError, match="IMPORT_BROKEN"):
        read_sheet(buffer.getvalue())
