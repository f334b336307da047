"""What functions promise beyond their examples: shares add up, calendars hold, what makes no sense is refused with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from builder.expressions import ExpressionError, compile_expression
from builder.expressions.functions.choices import chosen, first_that_holds
from builder.expressions.functions.dates import (
    difference,
    months_on,
    networkdays,
    shifted,
    workdays_between,
    workdays_on,
)
from builder.expressions.functions.money import allocated, net_of_gross, tax_of_gross
from builder.expressions.functions.numbers import ceiling, floor, modulo, quotient, square_root


class Place:
    """A zone, and a moment in it."""

    def __init__(self, zone: str = "Asia/Shanghai") -> None:
        self.zone = zone

    def today(self) -> date:
        return date(2026, 3, 15)

    def now(self) -> datetime:
        return datetime(2026, 3, 14, 17, 30, tzinfo=UTC)

    def user(self) -> int:
        return 7

    def balance(self, ledger: str, measure: str, keys: Sequence[Any]) -> Decimal:
        return Decimal(len(keys))


def result(source: str, zone: str = "Asia/Shanghai", **values: Any) -> Any:
    return compile_expression(source).evaluate(values, Place(zone))


REFUSED = {
    "ROUND(1, 0.5)": "whole",
    "ROUND(1, 13)": "whole",
    "CEILING(5, 0)": "positive",
    "FLOOR(5, -1)": "positive",
    "MOD(5, 0)": "division",
    "QUOTIENT(5, 0)": "division",
    "POWER(0, -1)": "division",
    "POWER(10, 28)": "digits",
    "POWER(2, 101)": "whole",
    "SQRT(-1)": "negative",
    "LIMIT(5, 3, 2)": "limits",
    "TAX_OF_GROSS(100, -100)": "division",
    "ALLOCATE(1, [1, -1])": "negative",
    "ALLOCATE(1.005, [1], 2)": "scale",
    "ALLOCATE(1, [1], 2, 'fair')": "method",
    "SUMIF(['a'], 'a', [1, 2])": "lengths",
    "SUMPRODUCT([1], [])": "lengths",
    "MAX(a, 'x')": "order",
    "SORT([1, a])": "order",
    "DATE(2026, 2, 29)": "day",
    "DATE(0, 1, 1)": "whole",
    "DATEADD(TODAY(), 1, 'fortnights')": "unit",
    "DATEADD(TODAY(), 1, 'hours')": "unit",
    "DATEADD(DATE(9999, 12, 31), 1)": "range",
    "DATEADD(DATE(9999, 12, 1), 1, 'months')": "range",
    "PERIODEND(TODAY(), 'hours')": "unit",
    "REPT('ab', 5001)": "text",
    "SUBSTITUTE(REPT('a', 5000), 'a', 'bcd')": "text",
    "CONCAT(REPT('a', 6000), REPT('a', 6000))": "text",
    "JOIN([REPT('a', 6000), REPT('a', 6000)])": "text",
    "PADLEFT('a', 4, 'xy')": "character",
    "SPLIT('a', '')": "character",
    "TEXT(1, '#.#.#')": "format",
    "TEXT(1, '0.0000000#######')": "format",
    "TEXT(1, '0.00000000000000')": "format",
    "TEXT(TIMEOF(NOW()), 'yyyy')": "format",
    "RMB(10000000000000000)": "amount",
    "CHOOSE(3, 'a', 'b')": "whole",
    "MID('abc', 0)": "whole",
}


@pytest.mark.parametrize(("source", "reason"), REFUSED.items(), ids=REFUSED)
def test_what_makes_no_sense_is_refused(source: str, reason: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        result(source, a=Decimal(1) if reason == "order" and "MAX" in source else "text")
    assert caught.value.params["reason"] == reason


def test_what_asks_the_world_needs_one() -> None:
    for source in ("TODAY()", "NOW()", "USER()", "BALANCE('stock', 'on_hand')"):
        with pytest.raises(ExpressionError) as caught:
            compile_expression(source).evaluate({})
        assert caught.value.params["reason"] == "environment"


def test_a_balance_gets_its_keys_as_they_are() -> None:
    assert result("BALANCE('stock', 'on_hand', item, None)", item=5) == 2


# Money


def test_shares_add_up_whatever_the_weights() -> None:
    chance = Random(7)
    for _ in range(500):
        scale = chance.randrange(4)
        amount = Decimal(chance.randrange(-100_000, 100_000)).scaleb(-scale)
        weights = [Decimal(chance.choice((0, 1, 3, 7, 100))) / 4 for _ in range(chance.randrange(1, 9))]
        unit = Decimal(1).scaleb(-scale)
        for method in ("largest_remainder", "last_line"):
            shares = allocated(amount, weights, scale, method)
            assert sum(shares) == amount, (amount, weights, method)
        fair = allocated(amount, weights, scale)
        total = sum(weights)
        if total:
            assert all(abs(s - amount * w / total) < unit for s, w in zip(fair, weights, strict=True))
            assert all(share == 0 for share, weight in zip(fair, weights, strict=True) if not weight)


def test_lines_without_weight_share_alike_and_no_lines_share_nothing() -> None:
    assert list(allocated(Decimal(9), [Decimal(0), None, Decimal(0)], 0)) == [3, 3, 3]
    assert allocated(Decimal(9), []) == ()


def test_what_is_left_goes_to_the_last_line_that_has_a_weight() -> None:
    assert allocated(Decimal(100), [Decimal(1), Decimal(2), Decimal(0)], 0, "last_line") == (
        Decimal(33),
        Decimal(67),
        Decimal(0),
    )


def test_net_and_tax_are_the_gross_amount() -> None:
    for cents in range(1, 3000, 7):
        gross = Decimal(cents) / 100
        assert net_of_gross(gross, 13) + tax_of_gross(gross, 13) == gross


# Numbers


def test_multiples_and_remainders_belong_together() -> None:
    chance = Random(11)
    for _ in range(500):
        value, step = Decimal(chance.randrange(-9999, 9999)) / 100, Decimal(chance.randrange(1, 999)) / 100
        below, above = floor(value, step), ceiling(value, step)
        assert below <= value <= above
        assert above - below in (0, step)
        assert value - modulo(value, step) == below
        assert abs(quotient(value, step)) == abs(value) // step


def test_a_root_is_rounded_not_cut() -> None:
    assert square_root(Decimal("0.5")) == Decimal("0.707106781187")
    assert square_root(Decimal("1e-24")) == Decimal("0.000000000001")
    assert square_root(Decimal(0)) == 0


# Dates


def test_a_month_on_is_the_last_day_where_the_month_is_short() -> None:
    assert months_on(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert months_on(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert months_on(date(2026, 3, 31), -1) == date(2026, 2, 28)
    assert months_on(date(2026, 1, 15), -1) == date(2025, 12, 15)


def test_as_many_months_later_so_many_months_have_passed() -> None:
    for offset in range(0, 400, 3):
        start = date(2023, 12, 1) + timedelta(days=offset)
        for months in (0, 1, 5, 13, 25):
            later = months_on(start, months)
            assert difference(None, start, later, "months") == months
            assert difference(None, later, start, "months") == -months
            if months:
                assert difference(None, start, later - timedelta(days=1), "months") == months - 1


def test_workdays_are_counted_as_a_calendar_shows_them() -> None:
    free = frozenset({date(2026, 10, 1), date(2026, 10, 2), date(2026, 10, 3)})
    start = date(2026, 9, 21)
    for length in range(1, 40):
        end = start + timedelta(days=length)
        days = [start + timedelta(days=n) for n in range(1, length + 1)]
        worked = [day for day in days if day.weekday() < 5 and day not in free]
        assert workdays_between(start, end, free) == len(worked)
        if worked:
            assert workdays_on(start, len(worked), free) == worked[-1]
        assert networkdays(None, start, end, tuple(free)) == len(worked) + 1
        assert networkdays(None, end, start, tuple(free)) == -(len(worked) + 1)


def test_an_instant_belongs_to_the_day_of_its_place() -> None:
    assert result("DATEOF(NOW())") == date(2026, 3, 15)
    assert result("DATEOF(NOW())", "UTC") == date(2026, 3, 14)
    assert result("DATEDIFF(NOW(), TODAY())") == 0
    assert result("HOUR(NOW())") == 1
    assert result("CONCAT(NOW())") == "2026-03-15 01:30"


def test_a_day_later_it_is_the_same_time_on_a_clock_that_was_moved() -> None:
    berlin = Place("Europe/Berlin")
    before = datetime(2026, 3, 28, 8, 0, tzinfo=UTC)
    after = shifted(berlin, before, 1, "days")
    assert after == datetime(2026, 3, 29, 7, 0, tzinfo=UTC)
    assert difference(berlin, before, after, "hours") == 23
    assert shifted(berlin, before, 24, "hours") == datetime(2026, 3, 29, 8, 0, tzinfo=UTC)


def test_hours_are_whole_and_towards_zero() -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    for seconds, hours in ((3599.5, 0), (3600, 1), (-3599.5, 0), (-3600.5, -1)):
        assert difference(Place("UTC"), start, start + timedelta(seconds=seconds), "hours") == hours


# Texts and lists


def test_texts_are_cut_at_characters() -> None:
    assert result("LEFT(a, 3)", a="🥛牛奶x") == "🥛牛奶"
    assert result("RIGHT(a, 9)", a="ab") == "ab"
    assert result("FIND('x', a, 3)", a="xxax") == 4
    assert result("SUBSTITUTE(a, 'aa', 'b')", a="aaaaa") == "bba"
    assert result("MASK(a, 2, 2)", a="abcd") == "****"


def test_a_number_is_read_as_it_is_written() -> None:
    read = {
        "１，２３４．５": "1234.5",
        "-0": "0",
        " 7 ": "7",
        ".5": "0.5",
        "5.": "5",
        "1e5": None,
        "": None,
        "--1": None,
    }
    for written, value in read.items():
        assert result("VALUE(a)", a=written) == (None if value is None else Decimal(value)), written
    assert result("VALUE(a)", a="1" * 29) is None


def test_a_date_is_read_as_it_is_written() -> None:
    for written in ("2026-03-05", "2026/3/5", "2026年3月5日", " 2026-3-05 "):
        assert result("DATEVALUE(a)", a=written) == date(2026, 3, 5)
    for written in ("26-3-5", "2026-13-01", "2026-02-29", "2026-3", "x", "２０２６-1-1"):
        assert result("DATEVALUE(a)", a=written) is None


def test_patterns_round_group_and_keep_signs() -> None:
    shown = {
        ("1234567.895", "#,##0.00"): "1,234,567.90",
        ("-1234.5", "¥#,##0.00"): "-¥1,234.50",
        ("-0.001", "0.00"): "0.00",
        ("0.5", "0%"): "50%",
        ("1.25", "0.0##"): "1.25",
        ("3", "0.0##"): "3.0",
        ("12", "0000 kg"): "0012 kg",
    }
    for (number, pattern), expected in shown.items():
        assert result("TEXT(a, b)", a=Decimal(number), b=pattern) == expected
    assert result("TEXT(DATE(2026, 3, 5), 'yy.mm.dd hh:mm')") == "26.03.05 00:00"
    assert result("TEXT(NOW(), 'm月d日 h:mm:ss')") == "3月15日 1:30:00"


def test_a_truth_value_is_no_number_in_a_list() -> None:
    assert result("COUNTIF(a, True)", a=(True, Decimal(1), False)) == 1
    assert result("UNIQUE(a)", a=(True, Decimal(1), Decimal("1.0"))) == (True, Decimal(1))
    assert result("MATCH(1, a)", a=(True, Decimal("1.00"))) == 2


def test_nothing_is_passed_over_in_columns() -> None:
    column = (None, Decimal(2), None, Decimal(4))
    assert result("AVERAGE(a)", a=column) == 3
    assert result("MIN(a, 1)", a=column) == 1
    assert result("MAX(a, b)", a=column, b=None) == 4
    assert result("SUMPRODUCT(a, b)", a=column, b=(Decimal(1),) * 4) == 6
    assert result(
        "AVERAGEWEIGHTED(a, b)", a=column, b=(Decimal(9), Decimal(1), Decimal(9), Decimal(3))
    ) == Decimal("3.5")
    assert result("LAST(a)", a=(*column, None)) == 4


def test_only_what_a_choice_takes_is_worked_out() -> None:
    assert result("IF(a == 0, 0, 1 / a)", a=Decimal(0)) == 0
    assert result("IFS(a == 0, 0, 1 / a > 1, 1, 2)", a=Decimal(0)) == 0


def test_the_function_itself_chooses_like_the_code_that_is_made_of_it() -> None:
    assert first_that_holds(False, 1, True, 2, 3) == 2
    assert first_that_holds(None, 1, False, 2, 3) == 3
    assert first_that_holds(False, 1) is None
    assert chosen(None, 1, 2) == 2


TYPES = {
    "IF(True, 1, 2)": "number",
    "IF(True, 'a')": "text",
    "IF(True, 1, 'a')": "any",
    "IFS(True, 'a', False, 'b')": "text",
    "IFS(True, 'a', False, 'b', 1)": "any",
    "IFS(True, TODAY(), TODAY())": "date",
    "SWITCH(1, 'x', 2)": "number",
    "SWITCH(1, 'x', 2, 3)": "number",
    "SWITCH('a', 'x', 2, 'y', 'b')": "any",
    "CHOOSE(1, 'a', 'b')": "text",
    "CHOOSE(1, 2, 'a')": "any",
    "SWITCH(1, 'x', 2, 'z')": "any",
    "COALESCE(None, TODAY())": "date",
    "IFBLANK(None, 0)": "number",
    "NULLIF('a', 'b')": "text",
    "MAX([TODAY()])": "date",
    "MIN(1, 2)": "number",
    "FIRST(['a'])": "text",
    "INDEX([True], 1)": "bool",
    "LOOKUP('b', ['a', 'b'], [10, 20])": "number",
    "UNIQUE([1, 2])": "list of number",
    "SORT(['a'])": "list of text",
    "SPLIT('a', ',')": "list of text",
    "ALLOCATE(1, [1])": "list of number",
    "DATEADD(TODAY(), 1)": "date",
    "DATEADD(NOW(), 1)": "datetime",
}


@pytest.mark.parametrize(("source", "type"), TYPES.items(), ids=TYPES)
def test_a_result_has_the_type_of_what_it_is_made_of(source: str, type: str) -> None:
    assert str(compile_expression(source).type) == type
