"""Periods, ages, cells, comparisons and pivots: what reports are worked out with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import pytest

from builder.metadata.report import ReportColumn
from builder.record import Value
from builder.runtime.reporting.buckets import age, age_days, age_order, bucketed, days_in, period
from builder.runtime.reporting.cells import Cell
from builder.runtime.reporting.comparing import compared, compared_columns, earlier, moved
from builder.runtime.reporting.pivoting import pivoted
from builder.runtime.reporting.rows import Line, Made, Maker
from builder.runtime.reporting.shown import ShownColumn, in_order

DAY = date(2026, 5, 31)


@pytest.mark.parametrize(
    ("bucket", "label", "first", "last"),
    [
        ("week", "2026-W22", date(2026, 5, 25), date(2026, 5, 31)),
        ("month", "2026-05", date(2026, 5, 1), date(2026, 5, 31)),
        ("quarter", "2026-Q2", date(2026, 4, 1), date(2026, 6, 30)),
        ("year", "2026", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_holds_its_days(bucket: str, label: str, first: date, last: date) -> None:
    assert period(DAY, bucket) == label
    assert days_in(label, bucket) == (first, last)


@pytest.mark.parametrize(
    ("days", "label"),
    [(-1, "<0"), (0, "0-30"), (30, "0-30"), (31, "31-60"), (90, "61-90"), (91, ">90")],
)
def test_ages_lie_between_their_steps_and_hold_just_those_days(days: int, label: str) -> None:
    since = date(2026, 6, 30)
    day = date.fromordinal(since.toordinal() - days)
    assert age(day, (30, 60, 90), since) == label
    first, last = age_days(label, since)
    assert first is None or first <= day
    assert last is None or day <= last
    for other in {"<0", "0-30", "31-60", "61-90", ">90"} - {label}:
        low, high = age_days(other, since)
        assert not ((low is None or low <= day) and (high is None or day <= high))


def test_ages_stand_from_young_to_old() -> None:
    assert sorted([">90", "31-60", "<0", "0-30"], key=age_order) == ["<0", "0-30", "31-60", ">90"]
    assert bucketed("x", "month") == "x"


def test_cells_add_up_from_pieces_as_from_rows() -> None:
    values = [Decimal("1.10"), None, Decimal("2.20"), Decimal("-5")]
    whole, left, right = Cell(), Cell(), Cell()
    for op in ("sum",):
        for at, value in enumerate(values):
            whole.take(op, value)
            (left if at % 2 else right).take(op, value)
    left.merge(right)
    assert left.result("sum") == whole.result("sum") == Decimal("-1.70")
    assert left.result("avg") == whole.result("avg")
    assert Cell().result("sum") == 0
    assert Cell().result("avg") is None


@pytest.mark.parametrize(
    ("days", "previous", "last_year"),
    [
        (("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-28"), ("2025-03-01", "2025-03-31")),
        (("2026-01-01", "2026-03-31"), ("2025-10-01", "2025-12-31"), ("2025-01-01", "2025-03-31")),
        (("2026-03-10", "2026-03-16"), ("2026-03-03", "2026-03-09"), ("2025-03-10", "2025-03-16")),
        (("2028-02-01", "2028-02-29"), ("2028-01-01", "2028-01-31"), ("2027-02-01", "2027-02-28")),
    ],
)
def test_a_period_is_set_beside_the_one_before_or_that_of_last_year(
    days: tuple[str, str], previous: tuple[str, str], last_year: tuple[str, str]
) -> None:
    now = (date.fromisoformat(days[0]), date.fromisoformat(days[1]))
    for against, then in (("previous", previous), ("last_year", last_year)):
        assert [d.isoformat() for d in earlier(now, against)] == list(then)  # type: ignore[arg-type]


def test_a_month_of_then_stands_beside_its_month_of_now() -> None:
    column = ReportColumn("c", "day", bucket="month")
    now = (date(2026, 3, 1), date(2026, 4, 30))
    then = earlier(now, "previous")
    assert [moved(label, column, now, then) for label in ("2026-01", "2026-02")] == ["2026-03", "2026-04"]


def test_percentages_differ_by_points_and_have_no_relative_change() -> None:
    margin = ShownColumn(ReportColumn("m", key="margin", formula="a"), "margin", "Margin", "percent")
    amount = ShownColumn(ReportColumn("a", "amount", op="sum"), "amount", "Amount", "money")
    assert [c.key for c in compared_columns([margin, amount])] == [
        "margin", "margin:earlier", "margin:difference",
        "amount", "amount:earlier", "amount:difference", "amount:change",
    ]  # fmt: skip
    found = compared([amount], {"amount": Decimal(150)}, {"amount": Decimal(-100)})
    assert found["amount:difference"] == 250
    assert found["amount:change"] == 250


COLUMNS = (
    ReportColumn("g", "name", group=True),
    ReportColumn("r", "revenue", op="sum"),
    ReportColumn("c", "cost", op="sum"),
    ReportColumn("m", key="margin", formula="(revenue - cost) / revenue * 100", type="percent"),
    ReportColumn("s", key="share", how="share", of="revenue"),
    ReportColumn("k", key="rank", how="rank", of="revenue"),
    ReportColumn("t", key="running", how="running", of="revenue"),
    ReportColumn("l", key="late", formula="share > 50"),
)


def made(*rows: tuple[str, str, str], subtotals: bool = False) -> Made:
    lines = []
    for name, *figures in rows:
        cells = [Cell(), Cell()]
        for cell, figure in zip(cells, figures, strict=True):
            cell.take("sum", Decimal(figure))
        lines.append(Line((name,), cells))
    maker = Maker(COLUMNS, in_order(COLUMNS, {"name", "revenue", "cost"}), {}, None)
    return maker.finish(lines, having=None, sort=[("revenue", True)], subtotals=subtotals)


def test_formulas_are_worked_out_on_totals_too_and_ranks_are_shared() -> None:
    found = made(("a", "100", "60"), ("b", "300", "150"), ("c", "100", "90"), ("d", "0", "0"))
    assert [r["name"] for r in found.rows] == ["b", "a", "c", "d"]
    assert [r["margin"] for r in found.rows] == [50, 40, 10, None]
    assert [r["rank"] for r in found.rows] == [1, 2, 2, 4]
    assert [r["share"] for r in found.rows] == [60, 20, 20, 0]
    assert [r["running"] for r in found.rows] == [300, 400, 500, 500]
    assert [r["late"] for r in found.rows] == [True, False, False, False]
    assert found.totals["revenue"] == 500
    assert found.totals["margin"] == 40


GOODS = (
    ReportColumn("n", "name", group=True),
    ReportColumn("u", "unit", group=True),
    ReportColumn("q", "quantity", op="sum", unit="unit"),
    ReportColumn("v", "value", op="sum"),
    ReportColumn("p", key="price", formula="value / quantity", type="money"),
    ReportColumn("s", key="part", how="share", of="quantity"),
)


def summed(columns: Sequence[ReportColumn], *rows: tuple[str, str, str, str]) -> Mapping[str, Decimal]:
    """The totals of names, units, quantities and values."""
    lines = []
    for name, unit, *figures in rows:
        cells = [Cell(), Cell()]
        for cell, figure in zip(cells, figures, strict=True):
            cell.take("sum", Decimal(figure))
        lines.append(Line((name, unit)[: len([c for c in columns if c.group])], cells))
    maker = Maker(columns, in_order(columns, {c.name for c in columns if not c.is_derived}), {}, None)
    return maker.finish(lines, having=None, sort=[], subtotals=False).totals


APART = (
    ReportColumn("n", "branch", group=True),
    ReportColumn("o", "title", group=True),
    ReportColumn("l", "loans", op="sum"),
    ReportColumn("s", key="share", how="share", of="loans", within=("branch",)),
    ReportColumn("k", key="rank", how="rank", of="loans", within=("branch",)),
    ReportColumn("t", key="running", how="running", of="loans", within=("branch",)),
    ReportColumn("b", key="before", formula="running - loans"),
)


def test_a_share_a_rank_and_a_running_sum_can_begin_anew_with_each_group() -> None:
    lines = []
    for branch, title, loans in (("east", "a", 30), ("west", "b", 60), ("east", "c", 10), ("west", "d", 20)):
        cell = Cell()
        cell.take("sum", Decimal(loans))
        lines.append(Line((branch, title), [cell]))
    maker = Maker(APART, in_order(APART, {"branch", "title", "loans"}), {}, None)
    found = maker.finish(lines, having=None, sort=[("loans", True)], subtotals=False)
    assert [(r["title"], r["share"], r["rank"], r["running"], r["before"]) for r in found.rows] == [
        ("b", 75, 1, 60, 0), ("a", 75, 1, 30, 0), ("d", 25, 2, 80, 60), ("c", 25, 2, 40, 30),
    ]  # fmt: skip
    assert found.totals["loans"] == 120
    assert "share" not in found.totals


def test_what_goes_over_a_group_that_is_hidden_is_left_out() -> None:
    kept = {c.name for c in in_order(APART, {"title", "loans"})}
    assert kept == set()


def test_kilograms_and_pieces_have_no_total() -> None:
    rice, oil, bags = ("rice", "kg", "3", "12"), ("oil", "kg", "1", "8"), ("bags", "pc", "5", "5")
    assert summed(GOODS, rice, oil) == {"quantity": 4, "value": 20, "price": 5, "part": 100}
    assert summed(GOODS, rice, oil, bags) == {"value": 25}
    assert summed(GOODS, rice, ("bags", "pc", "0", "0")) == {
        "quantity": 3,
        "value": 12,
        "price": 4,
        "part": 100,
    }


def test_what_has_a_unit_that_the_reader_may_not_see_has_no_total() -> None:
    assert summed([c for c in GOODS if c.name != "unit"], ("rice", "kg", "3", "12")) == {"value": 12}


def test_a_group_across_adds_up_only_what_has_one_unit() -> None:
    columns = [
        ShownColumn(ReportColumn("n", "name", group=True), "name", "Name", "text"),
        ShownColumn(ReportColumn("u", "unit", group=True), "unit", "Unit", "text"),
        ShownColumn(ReportColumn("a", "age", across=True), "age", "Age", "text"),
        ShownColumn(ReportColumn("q", "quantity", op="sum", unit="unit"), "quantity", "Quantity", "quantity"),
    ]
    rows: list[dict[str, Value]] = [
        {"name": "rice", "unit": "kg", "age": "new", "quantity": Decimal(3)},
        {"name": "oil", "unit": "kg", "age": "new", "quantity": Decimal(1)},
        {"name": "bags", "unit": "pc", "age": "old", "quantity": Decimal(5)},
    ]
    found = pivoted(columns, rows, lambda _, value: str(value))
    assert found is not None
    assert found.totals == {"quantity@0": 4, "quantity@1": 5}


def test_columns_that_need_one_another_or_what_is_hidden_are_left_out() -> None:
    circle = (ReportColumn("x", key="x", formula="y + 1"), ReportColumn("y", key="y", formula="x + 1"))
    assert in_order(circle, set()) == []
    assert [c.name for c in in_order(COLUMNS, {"name", "revenue"})] == ["share", "rank", "running", "late"]


def test_a_group_goes_across_with_a_column_for_all() -> None:
    columns = [
        ShownColumn(ReportColumn("g", "name", group=True), "name", "Name", "text"),
        ShownColumn(ReportColumn("a", "due", bucket="age", across=True, steps=(30,)), "due", "Age", "text"),
        ShownColumn(ReportColumn("r", "open", op="sum"), "open", "Open", "money"),
    ]
    rows: list[dict[str, Value]] = [
        {"name": "a", "due": ">30", "open": Decimal(5)},
        {"name": "a", "due": "<0", "open": Decimal(7)},
        {"name": "b", "due": "0-30", "open": Decimal(1)},
    ]
    found = pivoted(columns, rows, lambda _, value: str(value))
    assert found is not None
    assert [c.key for c in found.columns] == ["name", "open@0", "open@1", "open@2", "open@"]
    assert [[r.get(c.key) for c in found.columns] for r in found.rows] == [
        ["a", 7, None, 5, 12],
        ["b", None, 1, None, 1],
    ]
    assert found.totals == {"open@0": 7, "open@1": 1, "open@2": 5, "open@": 13}
    assert found.at["open@2"] == ("open", (">30",))
