"""Functions on dates, instants and times. An instant becomes a day in the zone of the environment."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from builder.expressions.environment import Environment, day_of, local
from builder.expressions.functions.function import Parameter, add, asks, failed, whole
from builder.expressions.types import DATE, DATETIME, NUMBER, TEXT, Type, list_of

MOST_YEARS = 9999
MOST_STEPS = 4_000_000
MOST_WORKDAYS = 10_000
MINUTE, HOUR = 60, 3600
MONTHS = {"months": 1, "quarters": 3, "years": 12}
_DAYS = {"days": 1, "weeks": 7}
_SECONDS = {"minutes": MINUTE, "hours": HOUR}
UNITS = (*_SECONDS, *_DAYS, "workdays", *MONTHS)


def unit_of(unit: Any) -> str:
    """``days`` for ``'day'`` and ``'Days'`` too."""
    if unit in UNITS:
        return str(unit)
    found = str(unit).lower()
    found = found if found.endswith("s") else f"{found}s"
    if found not in UNITS:
        raise failed("unit", found=str(unit), expected=", ".join(UNITS))
    return found


def made(year: Any, month: Any, day: Any) -> date:
    """A day beyond the end of the month is refused."""
    y, m, d = whole(year, 1, MOST_YEARS), whole(month, 1, 12), whole(day, 1, 31)
    if d > monthrange(y, m)[1]:
        raise failed("day", found=f"{y:04}-{m:02}-{d:02}")
    return date(y, m, d)


def months_on(day: date, months: int) -> date:
    """As many months on; the last day of the month where it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if not 1 <= year <= MOST_YEARS:
        raise failed("range")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def days_on(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise failed("range") from None


def _free(holidays: Any) -> frozenset[Any]:
    return frozenset(day for day in holidays or () if day is not None)


def _is_workday(day: date, free: frozenset[Any]) -> bool:
    return day.weekday() < 5 and day not in free


def workdays_on(day: date, count: int, free: frozenset[Any] = frozenset()) -> date:
    """So many workdays on (or back); the day itself does not count."""
    step = 1 if count > 0 else -1
    for _ in range(abs(count)):
        day = days_on(day, step)
        while not _is_workday(day, free):
            day = days_on(day, step)
    return day


def _shifted(day: date, count: int, unit: str) -> date:
    if unit == "workdays":
        return workdays_on(day, whole(count, -MOST_WORKDAYS, MOST_WORKDAYS))
    if unit in MONTHS:
        return months_on(day, count * MONTHS[unit])
    return days_on(day, count * _DAYS[unit])


@asks
def shifted(env: Environment | None, value: Any, count: Any, unit: Any = "days") -> Any:
    """A day stays a day; an instant keeps its time of day, except where hours and minutes are added."""
    by, number = unit_of(unit), whole(count, -MOST_STEPS, MOST_STEPS)
    if by in _SECONDS:
        if not isinstance(value, datetime):
            raise failed("unit", found=by, expected=", ".join((*_DAYS, "workdays", *MONTHS)))
        try:
            return value.astimezone(UTC) + timedelta(seconds=number * _SECONDS[by])
        except OverflowError:
            raise failed("range") from None
    if isinstance(value, datetime):
        here = local(env, value)
        return datetime.combine(_shifted(here.date(), number, by), here.timetz()).astimezone(UTC)
    return _shifted(day_of(env, value), number, by)


@asks
def difference(env: Environment | None, start: Any, end: Any, unit: Any = "days") -> Decimal:
    """Whole units from ``start`` to ``end``: negative where the end is earlier."""
    by = unit_of(unit)
    if by in _SECONDS:
        # In UTC: between two instants of the same zone Python would subtract what the clock shows.
        passed = _instant(env, end) - _instant(env, start)
        return Decimal(_towards_zero(passed // timedelta(microseconds=1), _SECONDS[by] * 1_000_000))
    one, other = day_of(env, start), day_of(env, end)
    if by in MONTHS:
        return Decimal(_towards_zero(_months_between(one, other), MONTHS[by]))
    if by == "workdays":
        return Decimal(workdays_between(one, other))
    return Decimal(_towards_zero((other - one).days, _DAYS[by]))


def _instant(env: Environment | None, value: Any) -> datetime:
    if value.__class__ is datetime and value.tzinfo is UTC:
        return value
    return local(env, value).astimezone(UTC)


def _towards_zero(count: int, size: int) -> int:
    return count // size if count >= 0 else -(-count // size)


def _months_between(start: date, end: date) -> int:
    """Months that have passed completely. The last day of a short month completes it."""
    if end < start:
        return -_months_between(end, start)
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - (1 if months and months_on(start, months) > end else 0)


def workdays_between(start: date, end: date, free: frozenset[Any] = frozenset()) -> int:
    """Workdays after ``start``, up to and with ``end``."""
    if end < start:
        return -workdays_between(end, start, free)
    weeks, rest = divmod((end - start).days, 7)
    days = weeks * 5 + sum(1 for n in range(1, rest + 1) if (start.weekday() + n) % 7 < 5)
    return days - sum(1 for day in free if start < day <= end and day.weekday() < 5)


@asks
def networkdays(env: Environment | None, start: Any, end: Any, holidays: Any = ()) -> Decimal:
    """Both ends count."""
    one, other = day_of(env, start), day_of(env, end)
    free, sign = _free(holidays), 1
    if other < one:
        one, other, sign = other, one, -1
    return Decimal(sign * (workdays_between(one, other, free) + _is_workday(one, free)))


@asks
def workday(env: Environment | None, start: Any, count: Any, holidays: Any = ()) -> date:
    return workdays_on(day_of(env, start), whole(count, -MOST_WORKDAYS, MOST_WORKDAYS), _free(holidays))


def date_in(value: Any) -> date | None:
    """The day that ``2026-03-05``, ``2026/3/5`` or ``2026年3月5日`` writes; None for anything else."""
    parts = (
        str(value)
        .strip(" \t\r\n\u00a0\u3000")
        .removesuffix("日")
        .replace("年", "-")
        .replace("月", "-")
        .replace("/", "-")
        .split("-")
    )
    if [len(part) for part in parts] not in _LENGTHS or not all(p.isascii() and p.isdigit() for p in parts):
        return None
    y, m, d = (int(part) for part in parts)
    if not (y >= 1 and 1 <= m <= 12 and 1 <= d <= monthrange(y, m)[1]):
        return None
    return date(y, m, d)


_LENGTHS = [[4, m, d] for m in (1, 2) for d in (1, 2)]

_GROUP = "dates"
_MOMENT = (DATE, DATETIME)
_DATE = Parameter("date", _MOMENT)
_UNIT = Parameter("unit", (TEXT,), optional=True)
_START, _END = Parameter("start", _MOMENT), Parameter("end", _MOMENT)
_COUNT = Parameter("count", (NUMBER,))
_HOLIDAYS = Parameter("holidays", (list_of(DATE),), optional=True)


def _shifted_type(types: tuple[Type, ...]) -> Type:
    return types[0] if types else DATE


add(
    "DATE",
    _GROUP,
    (Parameter("year", (NUMBER,)), Parameter("month", (NUMBER,)), Parameter("day", (NUMBER,))),
    DATE,
    made,
    zh=("日期", "由年、月、日组成的日期。"),
    en=("Date", "The day of a year, month and day."),
    examples=(("DATE(2026, 2, 28)", "2026-02-28"),),
)
add(
    "DATEADD",
    _GROUP,
    (_DATE, _COUNT, _UNIT),
    _shifted_type,
    shifted,
    zh=(
        "日期加减",
        "加上若干天（days）、工作日（workdays）、周（weeks）、月（months）、季（quarters）、年（years），"
        "或小时（hours）、分钟（minutes）；负数为往前。月末不够时取当月最后一天。",
    ),
    en=(
        "Add to a date",
        "So many days (or workdays, weeks, months, quarters, years; hours and minutes of an instant) later; "
        "negative: earlier. In a month that is too short it is the last day.",
    ),
    examples=(
        ("DATEADD(DATE(2026, 3, 15), -30, 'days')", "2026-02-13"),
        ("DATEADD(DATE(2026, 1, 31), 1, 'months')", "2026-02-28"),
        ("DATEADD(DATE(2026, 3, 13), 1, 'workdays')", "2026-03-16"),
        ("DATEADD(NOW(), 2, 'hours')", "2026-03-15T10:30:00+00:00"),
    ),
    environment=True,
)
add(
    "DATEDIFF",
    _GROUP,
    (_START, _END, _UNIT),
    NUMBER,
    difference,
    zh=(
        "日期相差",
        "从第一个日期到第二个日期的天数，或单位（weeks、months、workdays、hours …）的整数；后者较早时为负。",
    ),
    en=(
        "Difference of dates",
        "Whole days (or other units) from the first date to the second; negative where the second is earlier.",
    ),
    examples=(
        ("DATEDIFF(DATE(2026, 3, 1), TODAY(), 'days')", "14"),
        ("DATEDIFF(DATE(2026, 1, 31), DATE(2026, 2, 28), 'months')", "1"),
        ("DATEDIFF(TODAY(), DATE(2026, 3, 1))", "-14"),
        ("DATEDIFF(DATE(2026, 3, 13), DATE(2026, 3, 16), 'workdays')", "1"),
    ),
    environment=True,
)
add(
    "WORKDAY",
    _GROUP,
    (_START, _COUNT, _HOLIDAYS),
    DATE,
    workday,
    zh=("第几个工作日", "若干个工作日之后的日期，跳过周末和给出的节假日。"),
    en=("Workday", "The date so many workdays on, past weekends and the holidays given."),
    examples=(
        ("WORKDAY(DATE(2026, 9, 30), 1, [DATE(2026, 10, 1), DATE(2026, 10, 2)])", "2026-10-05"),
        ("WORKDAY(DATE(2026, 3, 16), -1)", "2026-03-13"),
    ),
    environment=True,
)
add(
    "NETWORKDAYS",
    _GROUP,
    (_START, _END, _HOLIDAYS),
    NUMBER,
    networkdays,
    zh=("工作日数", "两个日期之间的工作日数，首尾都算，不含给出的节假日。"),
    en=(
        "Workdays between",
        "How many workdays there are from the first date to the second, both included, without the holidays given.",
    ),
    examples=(
        ("NETWORKDAYS(DATE(2026, 3, 13), DATE(2026, 3, 16))", "2"),
        ("NETWORKDAYS(DATE(2026, 10, 1), DATE(2026, 10, 2), [DATE(2026, 10, 1)])", "1"),
    ),
    environment=True,
)
add(
    "DATEVALUE",
    _GROUP,
    (Parameter("text", (TEXT,)),),
    DATE,
    date_in,
    zh=("文字转日期", "读出文字里写的日期，不是日期则为空。"),
    en=("Date in a text", "The date that the text writes; nothing where it is none."),
    examples=(
        ("DATEVALUE('2026/3/5')", "2026-03-05"),
        ("DATEVALUE('2026年3月5日')", "2026-03-05"),
        ("DATEVALUE('2026-02-30')", "None"),
    ),
)
