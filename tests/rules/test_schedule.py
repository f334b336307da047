"""What the clock owes: cron, what was missed, whose date has come."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from builder.metadata.filter import matches
from builder.metadata.rule import Trigger
from builder.rules.cron import CronError, parse, times
from builder.rules.schedule import due, due_dates, fire_key
from tests.rules.office import order, refuse, rule

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
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


@pytest.mark.parametrize(
    ("source", "field"),
    [
        ("", 0), ("* * * *", 4), ("* * * * * *", 4), ("60 * * * *", 0), ("* 24 * * *", 1), ("* * 0 * *", 2), ("* * 32 * *", 2),
        ("* * * 13 *", 3), ("* * * * 8", 4), ("x * * * *", 0), ("*/0 * * * *", 0), ("5-1 * * * *", 0), ("1- * * * *", 0),
        ("-1 * * * *", 0), ("1,, * * * *", 0), ("１ * * * *", 0), ("9999999 * * * *", 0), ("* * * foo *", 3), ("*/x * * * *", 0),
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
    assert fire_key(by_business, replace(order(), business_date=date(2026, 3, 4))) == "2026-03-04"
    assert fire_key(one, order()) == ""
