"""What the clock owes: cron, what was missed, whose date has come."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from builder.metadata.filter import matches
from builder.metadata.rule import Trigger
from builder.rules.cron import CronError, parse, times
from builder.rules.schedule import day_of, due, due_dates, fire_key
from builder.workflow.chinese_holidays import CHINA
from tests.rules.office import order, refuse, rule

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
START = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


def local(source: str, zone: ZoneInfo = SHANGHAI, after: datetime = START, many: int = 4) -> list[str]:
    return [
        t.astimezone(zone).strftime("%m-%d %H:%M") for t in islice(times(parse(source), after, zone), many)
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("0 2 * * *", ["03-03 02:00", "03-04 02:00"]),
        ("*/15 9 * * *", ["03-02 09:45", "03-03 09:00"]),
        ("30 9 * * *", ["03-03 09:30", "03-04 09:30"]),
        ("31 9 * * *", ["03-02 09:31", "03-03 09:31"]),
        ("0 8 1 * *", ["04-01 08:00", "05-01 08:00"]),
        ("0 8 31 * *", ["03-31 08:00", "05-31 08:00"]),
        ("0 8 * * mon", ["03-09 08:00", "03-16 08:00"]),
        ("0 8 * * 1-5", ["03-03 08:00", "03-04 08:00"]),
        ("0 8 * * 0", ["03-08 08:00", "03-15 08:00"]),
        ("0 8 * * 7", ["03-08 08:00", "03-15 08:00"]),
        ("0 8 * jan,jul *", ["07-01 08:00", "07-02 08:00"]),
        ("0 8 13 * fri", ["03-06 08:00", "03-13 08:00"]),
        ("0 0,12 * * *", ["03-02 12:00", "03-03 00:00"]),
        ("5/20 * * * *", ["03-02 09:45", "03-02 10:05"]),
    ],
)
def test_a_schedule_runs_on_the_wall_clock_of_the_workspace(source: str, expected: list[str]) -> None:
    assert local(source, many=2) == expected


def test_a_leap_day_is_waited_for_and_a_day_that_never_comes_ends() -> None:
    assert next(times(parse("0 0 29 2 *"), START, SHANGHAI)) == datetime(2028, 2, 28, 16, 0, tzinfo=UTC)
    assert list(times(parse("0 0 30 2 *"), START, SHANGHAI)) == []


def test_a_time_that_the_clock_skips_runs_after_the_gap_and_one_that_comes_twice_runs_once() -> None:
    spring = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    assert local("30 2 * * *", BERLIN, spring, 2) == ["03-29 03:00", "03-30 02:30"]
    autumn = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)
    assert local("30 2 * * *", BERLIN, autumn, 2) == ["10-25 02:30", "10-26 02:30"]
    hourly = list(islice(times(parse("0 * * * *"), autumn + timedelta(hours=9), BERLIN), 6))
    assert len(set(hourly)) == 6
    assert hourly == sorted(hourly)


def test_an_hour_that_comes_twice_counts_twice_for_what_runs_every_hour() -> None:
    """A fixed time is once a day; a round of every quarter of an hour does not leave a whole hour out."""
    before = datetime(2026, 11, 1, 4, 50, tzinfo=UTC)
    quarters = list(islice(times(parse("*/15 * * * *"), before, NEW_YORK), 12))
    assert {b - a for a, b in pairwise(quarters)} == {timedelta(minutes=15)}
    assert local("30 1 * * *", NEW_YORK, before, 2) == ["11-01 01:30", "11-02 01:30"]
    gap = datetime(2026, 3, 8, 6, 40, tzinfo=UTC)
    over = list(islice(times(parse("*/15 * * * *"), gap, NEW_YORK), 4))
    assert {b - a for a, b in pairwise(over)} == {timedelta(minutes=15)}
    assert local("*/15 2 * * *", NEW_YORK, gap, 3) == ["03-08 03:00", "03-09 02:00", "03-09 02:15"]


def test_the_last_day_of_a_month_is_there_in_every_month() -> None:
    after = datetime(2028, 1, 5, tzinfo=UTC)
    assert local("0 8 L * *", after=after) == ["01-31 08:00", "02-29 08:00", "03-31 08:00", "04-30 08:00"]
    assert local("0 8 15,L 2 *", after=after, many=3) == ["02-15 08:00", "02-29 08:00", "02-15 08:00"]
    assert local("0 8 31 * *", after=datetime(2026, 3, 31, 12, tzinfo=UTC), many=3) == [
        "05-31 08:00", "07-31 08:00", "08-31 08:00",
    ]  # fmt: skip


def on(source: str, working: str, after: str, many: int = 4) -> list[str]:
    """The days in China on which a schedule runs after a day."""
    start = datetime.fromisoformat(after).replace(tzinfo=SHANGHAI)
    found = islice(times(parse(source), start, SHANGHAI, working, CHINA.is_worked), many)
    return [t.astimezone(SHANGHAI).strftime("%m-%d") for t in found]


def test_working_days_are_those_of_the_calendar_make_up_days_too() -> None:
    """1 to 8 October 2025 are off; 28 September and 11 October, a Sunday and a Saturday, are worked."""
    assert on("0 8 * * *", "only", "2025-09-27", 5) == ["09-28", "09-29", "09-30", "10-09", "10-10"]
    assert on("0 8 * * *", "only", "2025-10-10T09:00", 2) == ["10-11", "10-13"]


def test_what_falls_on_a_day_off_moves_to_a_working_day_and_runs_once_there() -> None:
    assert on("0 8 1 * *", "next", "2025-09-02", 3) == ["10-09", "11-03", "12-01"]
    assert on("0 8 1 * *", "previous", "2025-09-02", 3) == ["09-30", "10-31", "12-01"]
    assert on("0 8 1,2,9 * *", "next", "2025-09-30", 2) == ["10-09", "11-03"]


def test_days_of_the_month_may_be_counted_in_working_days() -> None:
    assert on("0 8 1 * *", "count", "2025-09-02", 3) == ["10-09", "11-03", "12-01"]
    assert on("0 8 3 * *", "count", "2025-10-01", 2) == ["10-11", "11-05"]
    assert on("0 8 L * *", "count", "2026-01-01", 3) == ["01-30", "02-28", "03-31"]
    assert on("0 8 23 * *", "count", "2026-01-01", 3)[0] == "07-31"


def test_a_calendar_without_a_working_day_ends() -> None:
    for working in ("only", "next", "previous", "count"):
        assert list(times(parse("0 8 1 * *"), START, SHANGHAI, working, lambda day: False)) == []


@pytest.mark.parametrize(
    ("source", "field"),
    [
        ("", 0), ("* * * *", 4), ("* * * * * *", 4), ("60 * * * *", 0), ("* 24 * * *", 1), ("* * 0 * *", 2), ("* * 32 * *", 2),
        ("* * * 13 *", 3), ("* * * * 8", 4), ("x * * * *", 0), ("*/0 * * * *", 0), ("5-1 * * * *", 0), ("1- * * * *", 0),
        ("-1 * * * *", 0), ("1,, * * * *", 0), ("１ * * * *", 0), ("9999999 * * * *", 0), ("* * * foo *", 3), ("*/x * * * *", 0), ("L * * * *", 0), ("* * LW * *", 2),
    ],
)  # fmt: skip
def test_a_text_that_is_no_schedule_names_its_field(source: str, field: int) -> None:
    with pytest.raises(CronError) as caught:
        parse(source)
    assert caught.value.field == field


def trigger(**more: Any) -> Trigger:
    return Trigger("schedule", entity="order", cron="0 2 * * *", **more)


def test_what_was_missed_is_caught_up_as_the_rule_says() -> None:
    last, now = START, START + timedelta(days=3)
    planned = [datetime(2026, 3, day, 18, 0, tzinfo=UTC) for day in (2, 3, 4)]
    assert due(trigger(catch_up="all"), last, now, SHANGHAI) == tuple(planned)
    assert due(trigger(catch_up="once"), last, now, SHANGHAI) == (planned[-1],)
    assert due(trigger(catch_up="skip"), last, now, SHANGHAI) == ()
    assert due(trigger(catch_up="skip"), last, planned[-1] + timedelta(minutes=5), SHANGHAI) == (planned[-1],)
    assert due(trigger(), last, last, SHANGHAI) == ()


def test_a_long_pause_owes_a_thousand_at_most() -> None:
    every = replace(trigger(catch_up="all"), cron="* * * * *")
    owed = due(every, START, START + timedelta(days=2), SHANGHAI)
    assert len(owed) == 1000
    assert owed[-1] == START + timedelta(days=2)


# Relative dates


def late(**more: Any) -> Trigger:
    return Trigger("relative_date", entity="order", date_field="due", **more)


def falls(one: Trigger, day: date, last: date | None, today: date) -> bool:
    where = due_dates(one, last, today)
    return where is not None and matches(where, {"due": day, "remark": "x"})


def test_a_date_has_come_on_its_day_shifted_by_the_rule() -> None:
    today = date(2026, 3, 10)
    for days, expected in ((0, today), (3, date(2026, 3, 7)), (-3, date(2026, 3, 13))):
        one = late(days=days)
        assert falls(one, expected, None, today)
        assert not falls(one, expected + timedelta(days=1), None, today)
        assert not falls(one, expected - timedelta(days=1), None, today)


def test_days_that_were_missed_are_caught_up_to_a_month_back() -> None:
    today = date(2026, 3, 10)
    assert falls(late(), date(2026, 3, 8), date(2026, 3, 7), today)
    assert not falls(late(), date(2026, 3, 7), date(2026, 3, 7), today)
    assert falls(late(), date(2026, 2, 7), date(2025, 1, 1), today)
    assert not falls(late(), date(2026, 2, 6), date(2025, 1, 1), today)
    assert not falls(late(catch_up="skip"), date(2026, 3, 8), date(2026, 3, 7), today)
    assert due_dates(late(), today, today) is None
    assert due_dates(replace(late(), date_field=None), None, today) is None


def days_for(one: Trigger, today: date) -> set[date]:
    """The dates in records for which a rule runs today."""
    near = (today + timedelta(days=i) for i in range(-40, 40))
    where = due_dates(one, None, today, CHINA.is_worked)
    assert where is not None
    return {d for d in near if matches(where, {"due": d, "remark": "x"})}


def test_days_from_a_date_may_be_working_days() -> None:
    """The holiday of 2025 lasts from 1 to 8 October."""
    before = late(days=-3, working_days="count")
    assert day_of(before, date(2025, 10, 10), CHINA.is_worked) == date(2025, 9, 29)
    assert days_for(before, date(2025, 9, 29)) == {date(2025, 10, 10)}
    after = late(days=1, working_days="count")
    assert days_for(after, date(2025, 10, 9)) == {date(2025, 9, 30)} | {
        date(2025, 10, d) for d in range(1, 9)
    }
    assert days_for(after, date(2025, 10, 4)) == set()


def test_a_day_off_moves_the_run_and_loses_no_record() -> None:
    on_the_day = late(working_days="next")
    assert days_for(on_the_day, date(2025, 10, 5)) == set()
    assert days_for(on_the_day, date(2025, 10, 9)) == {date(2025, 10, d) for d in range(1, 10)}
    assert days_for(late(working_days="previous"), date(2025, 9, 30)) == {
        date(2025, 9, 30),
        *(date(2025, 10, d) for d in range(1, 9)),
    }


@pytest.mark.parametrize("working", [None, "next", "previous", "count"])
@pytest.mark.parametrize("days", [-7, -1, 0, 1, 12])
def test_every_date_has_its_day(working: Any, days: int) -> None:
    """Over two years each date runs on exactly one day, the one that is worked out from the date."""
    one = late(days=days, working_days=working)
    for i in range(0, 500, 3):
        base = date(2025, 1, 1) + timedelta(days=i)
        today = day_of(one, base, CHINA.is_worked)
        assert base in days_for(one, today)
        assert base not in days_for(one, today + timedelta(days=1))


def test_the_rules_own_filter_limits_whose_date_counts() -> None:
    today = date(2026, 3, 10)
    assert falls(late(filter={"field": "remark", "op": "=", "value": "x"}), today, None, today)
    assert not falls(late(filter={"field": "remark", "op": "=", "value": "y"}), today, None, today)


def test_a_date_fires_once_and_again_when_it_is_moved() -> None:
    one = rule("late", late(), refuse())
    first, moved = order(due=date(2026, 3, 5)), order(due=date(2026, 3, 6))
    assert fire_key(one, first) == "2026-03-05"
    assert fire_key(one, first) != fire_key(one, moved)
    assert fire_key(one, order(due=datetime(2026, 3, 5, 9, 0, tzinfo=UTC))) == "2026-03-05"
    assert fire_key(one, None, START) == START.isoformat()
    by_business = rule("b", replace(late(), date_field="business_date"), refuse())
    assert fire_key(by_business, order().but(business_date=date(2026, 3, 4))) == "2026-03-04"
    assert fire_key(one, order()) == ""
