"""Functions on the parts of dates and instants, and on the weeks, months, quarters and years around them."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from builder.expressions.environment import Environment, day_of, local
from builder.expressions.functions.dates import MONTHS, MOST_STEPS, days_on, months_on, unit_of
from builder.expressions.functions.function import Parameter, add, asks, failed, whole
from builder.expressions.types import DATE, DATETIME, NUMBER, TEXT, TIME


@asks
def day_part(env: Environment | None, value: Any) -> date:
    return day_of(env, value)


@asks
def time_part(env: Environment | None, value: Any) -> time:
    return local(env, value).time()


@asks
def combined(env: Environment | None, day: Any, clock: Any) -> datetime:
    return local(env, day).replace(hour=clock.hour, minute=clock.minute, second=clock.second).astimezone(UTC)


@asks
def year(env: Environment | None, value: Any) -> Decimal:
    return Decimal(day_of(env, value).year)


@asks
def month(env: Environment | None, value: Any) -> Decimal:
    return Decimal(day_of(env, value).month)


@asks
def day(env: Environment | None, value: Any) -> Decimal:
    return Decimal(day_of(env, value).day)


@asks
def quarter(env: Environment | None, value: Any) -> Decimal:
    return Decimal((day_of(env, value).month + 2) // 3)


@asks
def weekday(env: Environment | None, value: Any) -> Decimal:
    """Monday is 1, Sunday is 7."""
    return Decimal(day_of(env, value).isoweekday())


@asks
def week(env: Environment | None, value: Any) -> Decimal:
    """The week by ISO 8601: it begins on Monday, and the first one has a Thursday of the year."""
    return Decimal(day_of(env, value).isocalendar().week)


def _clock(env: Environment | None, value: Any) -> Any:
    return value if isinstance(value, time) else local(env, value)


@asks
def hour(env: Environment | None, value: Any) -> Decimal:
    return Decimal(_clock(env, value).hour)


@asks
def minute(env: Environment | None, value: Any) -> Decimal:
    return Decimal(_clock(env, value).minute)


def _first_month(day: date, size: int) -> int:
    return (day.month - 1) // size * size + 1


def _period(day: date, unit: str) -> tuple[date, date]:
    """First and last day of the week, month, quarter or year around a day."""
    if unit == "days":
        return day, day
    if unit == "weeks":
        start = days_on(day, -day.weekday())
        return start, days_on(start, 6)
    if unit not in MONTHS:
        raise failed("unit", found=unit, expected="days, weeks, months, quarters, years")
    size = MONTHS[unit]
    first = _first_month(day, size)
    last = first + size - 1
    return date(day.year, first, 1), date(day.year, last, monthrange(day.year, last)[1])


@asks
def period_start(env: Environment | None, value: Any, unit: Any = "months") -> date:
    return _period(day_of(env, value), unit_of(unit))[0]


@asks
def period_end(env: Environment | None, value: Any, unit: Any = "months") -> date:
    return _period(day_of(env, value), unit_of(unit))[1]


@asks
def end_of_month(env: Environment | None, value: Any, months: Any = 0) -> date:
    shifted_to = months_on(day_of(env, value).replace(day=1), whole(months, -MOST_STEPS, MOST_STEPS))
    return _period(shifted_to, "months")[1]


@asks
def days_in_month(env: Environment | None, value: Any) -> Decimal:
    given = day_of(env, value)
    return Decimal(monthrange(given.year, given.month)[1])


_GROUP = "periods"
_MOMENT = (DATE, DATETIME)
_DATE, _UNIT = Parameter("date", _MOMENT), Parameter("unit", (TEXT,), optional=True)


def _part(name: str, call: Any, zh: tuple[str, str], en: tuple[str, str], *examples: tuple[str, str]) -> None:
    add(name, _GROUP, (_DATE,), NUMBER, call, zh=zh, en=en, examples=examples, environment=True)


_part(
    "YEAR",
    year,
    ("年", "日期的年份。"),
    ("Year", "The year of the date."),
    ("YEAR(DATE(2026, 3, 5))", "2026"),
)
_part(
    "MONTH",
    month,
    ("月", "日期的月份。"),
    ("Month", "The month of the date."),
    ("MONTH(DATE(2026, 3, 5))", "3"),
)
_part(
    "DAY", day, ("日", "日期是当月几号。"), ("Day", "The day of the month."), ("DAY(DATE(2026, 3, 5))", "5")
)
_part(
    "QUARTER",
    quarter,
    ("季度", "日期所在的季度，1 到 4。"),
    ("Quarter", "The quarter of the year, 1 to 4."),
    ("QUARTER(DATE(2026, 5, 1))", "2"),
)
_part(
    "WEEKDAY",
    weekday,
    ("星期几", "星期一为 1，星期日为 7。"),
    ("Weekday", "1 for Monday to 7 for Sunday."),
    ("WEEKDAY(DATE(2026, 3, 15))", "7"),
    ("WEEKDAY(DATE(2026, 3, 16))", "1"),
)
_part(
    "WEEKNUM",
    week,
    ("第几周", "一年中的第几周（ISO 8601，周一开始）。"),
    ("Week number", "The week of the year by ISO 8601."),
    ("WEEKNUM(DATE(2026, 1, 1))", "1"),
    ("WEEKNUM(DATE(2027, 1, 1))", "53"),
)
_part(
    "DAYSINMONTH",
    days_in_month,
    ("当月天数", "日期所在的月有几天。"),
    ("Days in the month", "How many days the month has."),
    ("DAYSINMONTH(DATE(2028, 2, 1))", "29"),
)
for _name, _call, _zh, _en, _value in (
    ("HOUR", hour, ("时", "时刻的小时，0 到 23。"), ("Hour", "The hour of the time, 0 to 23."), "8"),
    ("MINUTE", minute, ("分", "时刻的分钟，0 到 59。"), ("Minute", "The minute of the time, 0 to 59."), "30"),
):
    add(
        _name,
        _GROUP,
        (Parameter("time", (DATETIME, TIME)),),
        NUMBER,
        _call,
        zh=_zh,
        en=_en,
        examples=((f"{_name}(NOW())", _value),),
        environment=True,
    )
for _name, _call, _zh, _en, _examples in (
    (
        "PERIODSTART",
        period_start,
        ("期初日", "日期所在的月（默认）、周、季或年的第一天。"),
        (
            "First day of the period",
            "The first day of the month (or of the week, quarter, year) around the date.",
        ),
        (
            ("PERIODSTART(DATE(2026, 3, 15))", "2026-03-01"),
            ("PERIODSTART(DATE(2026, 3, 15), 'weeks')", "2026-03-09"),
            ("PERIODSTART(DATE(2026, 5, 15), 'quarters')", "2026-04-01"),
        ),
    ),
    (
        "PERIODEND",
        period_end,
        ("期末日", "日期所在的月（默认）、周、季或年的最后一天。"),
        (
            "Last day of the period",
            "The last day of the month (or of the week, quarter, year) around the date.",
        ),
        (
            ("PERIODEND(DATE(2026, 2, 15))", "2026-02-28"),
            ("PERIODEND(DATE(2026, 2, 15), 'years')", "2026-12-31"),
        ),
    ),
):
    add(_name, _GROUP, (_DATE, _UNIT), DATE, _call, zh=_zh, en=_en, examples=_examples, environment=True)
add(
    "EOMONTH",
    _GROUP,
    (_DATE, Parameter("months", (NUMBER,), optional=True)),
    DATE,
    end_of_month,
    zh=("月末", "若干个月之后那个月的最后一天，默认当月。"),
    en=("End of month", "The last day of the month that is so many months (none) on."),
    examples=(("EOMONTH(DATE(2026, 1, 31), 1)", "2026-02-28"), ("EOMONTH(DATE(2026, 1, 5))", "2026-01-31")),
    environment=True,
)
add(
    "DATEOF",
    _GROUP,
    (Parameter("instant", _MOMENT),),
    DATE,
    day_part,
    zh=("取日期", "时刻所在的那一天。"),
    en=("Date of", "The day of an instant."),
    examples=(("DATEOF(NOW())", "2026-03-15"),),
    environment=True,
)
add(
    "TIMEOF",
    _GROUP,
    (Parameter("instant", (DATETIME,)),),
    TIME,
    time_part,
    zh=("取时间", "时刻在当天的钟点。"),
    en=("Time of", "The time of day of an instant."),
    examples=(("TIMEOF(NOW())", "08:30:00"),),
    environment=True,
)
add(
    "DATETIME",
    _GROUP,
    (Parameter("date", (DATE,)), Parameter("time", (TIME,))),
    DATETIME,
    combined,
    zh=("日期加时间", "由日期和钟点组成的时刻。"),
    en=("Instant", "The instant of a day and a time of day."),
    examples=(("DATETIME(DATE(2026, 3, 5), TIMEOF(NOW()))", "2026-03-05T08:30:00+00:00"),),
    environment=True,
)
