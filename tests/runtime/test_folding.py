"""Folding: rows become groups with exact figures."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from builder.metadata.report import ReportColumn
from builder.runtime.folding import Row, figure, fold
from builder.runtime.reporting.buckets import bucketed

ITEM = ReportColumn("c1", "item", group=True)
TOTAL = ReportColumn("c2", "total", op="sum")
COUNT = ReportColumn("c3", "id", op="count")
ROWS: list[Row] = [
    {"item": 1, "total": Decimal("0.10"), "id": 10},
    {"item": 2, "total": Decimal("5.00"), "id": 11},
    {"item": 1, "total": Decimal("0.20"), "id": 12},
]


def test_equal_keys_make_one_row_with_exact_sums() -> None:
    found = fold([ITEM, TOTAL, COUNT], ROWS)
    assert found.rows == (
        {"item": 1, "total": Decimal("0.30"), "id": Decimal(2)},
        {"item": 2, "total": Decimal("5.00"), "id": Decimal(1)},
    )
    assert found.totals == {"total": Decimal("5.30"), "id": Decimal(3)}


def test_rows_are_sorted_then_cut_and_totals_count_the_cut_ones_too() -> None:
    found = fold([ITEM, TOTAL], ROWS, sort=[("total", True)], limit=1)
    assert [row["item"] for row in found.rows] == [2]
    assert found.is_cut
    assert found.totals["total"] == Decimal("5.30")


def test_without_figures_rows_stay_as_they_are() -> None:
    assert [row["id"] for row in fold([ITEM], ROWS).rows] == [10, 11, 12]


def test_empty_values_sort_first_and_meet_no_other_kind() -> None:
    column = ReportColumn("c", "x")
    found = fold(
        [column], [{"x": "b"}, {"x": None}, {"x": date(2026, 1, 1)}, {"x": Decimal(3)}], sort=[("x", False)]
    )
    assert [row["x"] for row in found.rows] == [None, Decimal(3), date(2026, 1, 1), "b"]


@pytest.mark.parametrize(
    ("op", "expected"),
    [("count", 3), ("sum", "6"), ("min", "1"), ("max", "3"), ("avg", "2")],
)
def test_figures(op: str, expected: str) -> None:
    assert figure(op, [Decimal(1), None, Decimal(2), Decimal(3)]) == Decimal(expected)


def test_an_average_that_does_not_end_has_twelve_digits() -> None:
    assert figure("avg", [Decimal(1), Decimal(1), Decimal(0)]) == Decimal("0.666666666667")


def test_figures_of_nothing() -> None:
    assert figure("sum", []) == 0
    assert figure("count", [None]) == 0
    assert figure("avg", [None]) is None


@pytest.mark.parametrize(
    ("bucket", "expected"), [("day", date(2026, 3, 9)), ("month", "2026-03"), ("year", "2026")]
)
def test_buckets(bucket: str, expected: object) -> None:
    assert bucketed(date(2026, 3, 9), bucket) == expected
