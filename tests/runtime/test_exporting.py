"""Exporting: typed cells, and nothing that a spreadsheet would work out."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from builder.runtime.exporting import ExportColumn, csv_stream, harmless, sheet_title, xlsx_stream

ZONE = ZoneInfo("Asia/Shanghai")
COLUMNS = [ExportColumn("名称"), ExportColumn("金额", 2), ExportColumn("日期"), ExportColumn("时间")]
ROW = ["大米", Decimal("1234.5"), date(2026, 1, 5), datetime(2026, 1, 5, 1, 30, tzinfo=UTC)]


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_starts_like_a_formula_is_made_harmless(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-12.50", "+3", "大米", "", "a=b", "-"])
def test_numbers_and_words_stay(text: str) -> None:
    assert harmless(text) == (text if text != "-" else "'-")


def test_csv_has_the_mark_and_plain_values() -> None:
    text = b"".join(csv_stream(COLUMNS, [ROW, ["=HYPERLINK()", None, None, None]], ZONE)).decode("utf-8-sig")
    assert text.splitlines() == [
        "名称,金额,日期,时间",
        "大米,1234.50,2026-01-05,2026-01-05 09:30:00",
        "'=HYPERLINK(),,,",
    ]


def test_csv_comes_in_pieces() -> None:
    rows = ([f"row {n}" + "x" * 100, None, None, None] for n in range(2000))
    assert len(list(csv_stream(COLUMNS, rows, ZONE))) > 2


def test_a_workbook_keeps_types() -> None:
    content = b"".join(xlsx_stream(COLUMNS, [ROW, ["=1+1", None, None, None]], ZONE, "订单"))
    sheet = load_workbook(io.BytesIO(content))["订单"]
    first = [c.value for c in sheet[2]]
    assert first[:2] == ["大米", 1234.5]
    assert [str(v) for v in first[2:]] == ["2026-01-05 00:00:00", "2026-01-05 09:30:00"]
    assert sheet["A3"].data_type == "s"
    assert sheet["A3"].value == "=1+1"
    assert sheet["B2"].number_format == "#,##0.00"


def test_a_number_beyond_what_workbooks_hold_is_text() -> None:
    content = b"".join(xlsx_stream([ExportColumn("n")], [[Decimal("12345678901234567.89")]], ZONE))
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    assert sheet["A2"].value == "12345678901234567.89"


@pytest.mark.parametrize(("text", "title"), [("a/b:c", "abc"), ("", "Sheet1"), ("x" * 40, "x" * 31)])
def test_sheet_titles(text: str, title: str) -> None:
    assert sheet_title(text) == title
