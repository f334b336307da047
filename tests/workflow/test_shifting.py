"""Working days before and after a day, over holidays and the weekend days worked instead."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from builder.workflow.calendar import WorkingCalendar
from builder.workflow.chinese_holidays import CHINA

DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))


def test_three_working_days_before_a_friday_are_the_tuesday() -> None:
    assert CHINA.shifted(date(2026, 1, 16), -3) == date(2026, 1, 13)


def test_the_spring_festival_is_stepped_over_and_its_worked_saturday_counts() -> None:
    assert CHINA.shifted(date(2026, 2, 24), -1) == date(2026, 2, 14)


@given(DAYS, st.integers(1, 30))
def test_forth_and_back_leads_to_a_day_that_is_worked_and_not_later(day: date, count: int) -> None:
    there = CHINA.shifted(day, count)
    back = CHINA.shifted(there, -count)
    assert CHINA.is_worked(there)
    assert back <= day or not CHINA.is_worked(day)
    between = sum(CHINA.is_worked(day + timedelta(days=n)) for n in range(1, (there - day).days + 1))
    assert between == count


def test_a_calendar_in_which_nobody_works_ends() -> None:
    never = WorkingCalendar(weekend=frozenset(range(7)))
    assert never.shifted(date(2026, 1, 1), -1) < date(2026, 1, 1)
