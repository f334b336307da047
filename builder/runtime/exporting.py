"""Exporting: values as cells of a workbook or of CSV, typed, and harmless when somebody opens them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from tempfile import SpooledTemporaryFile
from typing import Any
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
LONGEST = 32_767
IN_MEMORY = 1 << 20
CHUNK = 65_536
MOST_DIGITS = 15
"""A workbook keeps numbers in binary with 15 digits; longer ones are written as text, because they would be other numbers."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"


@dataclass(frozen=True)
class ExportColumn:
    """A column of an export: its heading, and the decimal places of its numbers (None: as they are)."""

    heading: str
    scale: int | None = None
    width: int = 14


@dataclass(frozen=True)
class Export:
    """A file to send: its name, its media type, its pieces."""

    name: str
    mime: str
    pieces: Iterator[bytes]


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula (CWE-1236): an apostrophe goes before what starts like one. A number stays."""
    if text.startswith(FORMULA_STARTS) and not _is_number(text):
        return f"'{text}"
    return text


def _is_number(text: str) -> bool:
    body = text[1:] if text[:1] in {"-", "+"} else text
    return bool(body) and body.replace(".", "", 1).isdigit() and body.isascii()


def csv_stream(
    columns: Sequence[ExportColumn], rows: Iterable[Sequence[Any]], zone: ZoneInfo
) -> Iterator[bytes]:
    """CSV in UTF-8 with the mark that spreadsheets know it by, a piece at a time."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow([harmless(c.heading) for c in columns])
    for row in rows:
        writer.writerow(
            [harmless(plain(value, c.scale, zone)) for c, value in zip(columns, row, strict=True)]
        )
        if buffer.tell() > CHUNK:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def plain(value: Any, scale: int | None, zone: ZoneInfo) -> str:
    """A value as text that means the same to a program: dates in ISO order, numbers without grouping."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return format(value if scale is None else round(value, scale), "f")
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def xlsx_stream(
    columns: Sequence[ExportColumn], rows: Iterable[Sequence[Any]], zone: ZoneInfo, title: str = "Sheet1"
) -> Iterator[bytes]:
    """A workbook with typed cells, written row by row and sent from there; a large one from the disk, so that memory does not grow with
    the rows."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(sheet_title(title))
    sheet.freeze_panes = "A2"
    for index, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(index)].width = column.width
    sheet.append([_heading(sheet, column.heading) for column in columns])
    for row in rows:
        sheet.append([cell(sheet, value, c.scale, zone) for c, value in zip(columns, row, strict=True)])
    with SpooledTemporaryFile(max_size=IN_MEMORY) as file:
        book.save(file)
        file.seek(0)
        while piece := file.read(CHUNK):
            yield piece


def sheet_title(text: str) -> str:
    """A sheet's name within what workbooks allow."""
    kept = "".join(c for c in text if c not in "[]:*?/\\")[:31].strip("' ")
    return kept or "Sheet1"


def _heading(sheet: Any, text: str) -> Any:
    made = text_cell(sheet, text)
    made.font = Font(bold=True)
    made.alignment = Alignment(vertical="top", wrap_text=True)
    return made


def text_cell(sheet: Any, text: str) -> Any:
    """Text, whatever it looks like: the cell's type says so, and it is never worked out."""
    made = WriteOnlyCell(sheet, value="")
    made.value = _printable(text)[:LONGEST]
    made.data_type = "s"
    return made


def _typed(sheet: Any, value: Any) -> Any:
    """A cell of the value's own type."""
    return WriteOnlyCell(sheet, value=value)


def _printable(text: str) -> str:
    return "".join(c for c in text if c in "\n\t" or ord(c) >= 32)


def cell(sheet: Any, value: Any, scale: int | None, zone: ZoneInfo) -> Any:
    """The value as a cell of its own type."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, Decimal | int):
        return _number(sheet, Decimal(value), scale)
    if isinstance(value, datetime):
        made = WriteOnlyCell(sheet, value=value.astimezone(zone).replace(tzinfo=None))
        made.number_format = "yyyy-mm-dd hh:mm"
        return made
    if isinstance(value, date):
        made = _typed(sheet, value)
        made.number_format = "yyyy-mm-dd"
        return made
    return text_cell(sheet, str(value))


def _number(sheet: Any, value: Decimal, scale: int | None) -> Any:
    if len(value.normalize().as_tuple().digits) > MOST_DIGITS:
        return text_cell(sheet, format(value, "f"))
    made = _typed(sheet, value)
    places = scale if scale is not None else max(0, -int(value.normalize().as_tuple().exponent))
    made.number_format = "#,##0" + ("." + "0" * places if places else "")
    return made
