"""Sheets: rows of a workbook or a CSV file as texts, one at a time. Numbers and dates keep their exact meaning."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from builder.archives import DAMAGED
from builder.errors import InvalidError, Problem, TooLargeError
from builder.runtime.imports.guarding import kind_of

MOST_ROWS = 100_000
MOST_COLUMNS = 500
LONGEST_CELL = 32_767
BLANKS_END = 1_000
"""This many blank rows in a row end a sheet: a format dragged to the last row is not a million rows."""
ENCODINGS = ("utf-8-sig", "gb18030")
BROKEN: tuple[type[Exception], ...] = (
    *DAMAGED,
    InvalidFileException,
    DefusedXmlException,
    ParseError,
    LookupError,
    TypeError,
    AttributeError,
)


@dataclass(frozen=True)
class Line:
    """One row that holds something: its number in the sheet (from 1) and a text per column."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """``header`` are the texts of the first row that holds something; ``lines`` what is below it."""

    name: str
    header: tuple[str, ...]
    header_number: int
    lines: tuple[Line, ...]


def read_sheet(content: bytes, sheet: str | None = None) -> Sheet:
    """The named sheet (or the first) of a workbook, or a CSV file. ``InvalidError`` where it is none or broken, ``TooLargeError`` beyond
    100,000 rows."""
    if kind_of(content) == "csv":
        return _sheet("", _csv_rows(content))
    try:
        with warnings.catch_warnings():
            # openpyxl warns of drop-downs and styles that it does not keep; a reader of values needs neither.
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
            names = book.sheetnames
            if sheet is not None and sheet not in names:
                raise InvalidError(
                    "IMPORT_SHEET", problems=[Problem("IMPORT_SHEET", "/sheet", {"name": sheet})]
                )
            name = sheet or names[0]
            found = _sheet(name, _cells(book[name]))
            book.close()
            return found
    except InvalidError:
        raise
    except BROKEN as error:
        raise InvalidError("IMPORT_BROKEN", problems=[Problem("IMPORT_BROKEN", "/file")]) from error


def _cells(sheet: Any) -> Iterator[Sequence[Any]]:
    # What a file says of its own size is not believed: a wrong one hides rows or makes a million empty ones.
    sheet.reset_dimensions()
    yield from sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS)


def _csv_rows(content: bytes) -> Iterator[Sequence[str]]:
    text = _decoded(content)
    try:
        sample = csv.Sniffer().sniff(text[:4096], delimiters=",;\t")
    except csv.Error:
        sample = csv.excel
    try:
        yield from csv.reader(io.StringIO(text, newline=""), sample)
    except csv.Error as error:
        raise InvalidError("IMPORT_BROKEN", problems=[Problem("IMPORT_BROKEN", "/file")]) from error


def _decoded(content: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidError("IMPORT_ENCODING", problems=[Problem("IMPORT_ENCODING", "/file")])


def _sheet(name: str, rows: Iterator[Sequence[Any]]) -> Sheet:
    header: tuple[str, ...] = ()
    at = blanks = 0
    lines: list[Line] = []
    for number, row in enumerate(rows, 1):
        cells = tuple(cell_text(value) for value in row[:MOST_COLUMNS])
        if not any(cells):
            blanks += 1
            if blanks > BLANKS_END:
                break
            continue
        blanks = 0
        if not header:
            header, at = _without_end(cells), number
            continue
        if len(lines) >= MOST_ROWS:
            raise TooLargeError("IMPORT_TOO_MANY_ROWS", most=MOST_ROWS)
        # What stands beyond the last heading belongs to no column.
        lines.append(Line(number, (*cells, *[""] * len(header))[: len(header)]))
    if not header:
        raise InvalidError("IMPORT_EMPTY", problems=[Problem("IMPORT_EMPTY", "/file")])
    return Sheet(name, header, at, tuple(lines))


def _without_end(cells: tuple[str, ...]) -> tuple[str, ...]:
    """Without the blanks after the last heading."""
    last = max(i for i, text in enumerate(cells) if text)
    return cells[: last + 1]


def cell_text(value: Any) -> str:
    """A cell as text. A workbook keeps numbers in binary; the shortest text that means the same number is what was typed."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return (
            value.date().isoformat()
            if value.time() == time(0)
            else value.isoformat(sep=" ", timespec="seconds")
        )
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, int | float):
        return _number(value)
    return str(value).strip()[:LONGEST_CELL]


def _number(value: Any) -> str:
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
