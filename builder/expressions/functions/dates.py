"""Functions on dates, instants and times. An instant becomes a day in the zone of the environment."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from builder.expressions.environment import Environment, day_of, local
from builder.expressions.functions.function import Parameter, add, asks, failed, whole
from builder.expressions.types import DATE, DATETIME, NUMBER, TEXT, TIME, Type, list_of

MOST_YEARS = 9999
MOST_STEPS = 4_000_000
MOST_WORKDAYS = 10_000
MINUTE, HOUR = 60, 3600
_MONTHS = {"months": 1, "quarters": 3, "years": 12}
_DAYS = {"days": 1, "weeks": 7}
_SECONDS = {"minutes": MINUTE, "hours": HOUR}
UNITS = (*_SECONDS, *_DAYS, "workdays", *_MONTHS)


def unit_of(unit: Any) -> str:
    """``days`` for ``'day'`` and ``'Days'`` too."""
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


def _months_on(day: date, months: int) -> date:
    """As many months on; the last day of the month where it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if not 1 <= year <= MOST_YEARS:
        raise failed("range")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _days_on(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise failed("range") from None


def _free(holidays: Any) -> frozenset[Any]:
    return frozenset(holidays or ())


def _is_workday(day: date, free: frozenset[Any]) -> bool:
    return day.weekday() < 5 and day not in free


def workdays_on(day: date, count: int, free: frozenset[Any] = frozenset()) -> date:
    """So many workdays on (or back); the day itself does not count."""
    step = 1 if count > 0 else -1
    for _ in range(abs(count)):
        day = _days_on(day, step)
        while not _is_workday(day, free):
            day = _days_on(day, step)
    return day


def _shifted(day: date, count: int, unit: str) -> date:
    if unit == "workdays":
        return workdays_on(day, whole(count, -MOST_WORKDAYS, MOST_WORKDAYS))
    if unit in _MONTHS:
        return _months_on(day, count * _MONTHS[unit])
    return _days_on(day, count * _DAYS[unit])


@asks
def shifted(env: Environment | None, value: Any, count: Any, unit: Any = "days") -> Any:
    """A day stays a day; an instant keeps its time of day, except where hours and minutes are added."""
    by, number = unit_of(unit), whole(count, -MOST_STEPS, MOST_STEPS)
    if by in _SECONDS:
        moment = local(env, value).astimezone(UTC)
        try:
            return moment + timedelta(seconds=number * _SECONDS[by])
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
        seconds = (local(env, end) - local(env, start)) // timedelta(seconds=1)
        return Decimal(_towards_zero(seconds, _SECONDS[by]))
    one, other = day_of(env, start), day_of(env, end)
    if by in _MONTHS:
        return Decimal(_towards_zero(_months_between(one, other), _MONTHS[by]))
    if by == "workdays":
        return Decimal(workdays_between(one, other))
    return Decimal(_towards_zero((other - one).days, _DAYS[by]))


def _towards_zero(count: int, size: int) -> int:
    return count // size if count >= 0 else -(-count // size)


def _months_between(start: date, end: date) -> int:
    """Months that have passed completely. The last day of a short month completes it."""
    if end < start:
        return -_months_between(end, start)
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - (1 if months and _months_on(start, months) > end else 0)


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
    free = _free(holidays)
    if other < one:
        return -networkdays(env, end, start, holidays)
    return Decimal(workdays_between(one, other, free) + _is_workday(one, free))


@asks
def workday(env: Environment | None, start: Any, count: Any, holidays: Any = ()) -> date:
    return workdays_on(day_of(env, start), whole(count, -MOST_WORKDAYS, MOST_WORKDAYS), _free(holidays))


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
        start = _days_on(day, -day.weekday())
        return start, _days_on(start, 6)
    if unit not in _MONTHS:
        raise failed("unit", found=unit, expected="days, weeks, months, quarters, years")
    size = _MONTHS[unit]
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
    shifted_to = _months_on(day_of(env, value).replace(day=1), whole(months, -MOST_STEPS, MOST_STEPS))
    return _period(shifted_to, "months")[1]


@asks
def days_in_month(env: Environment | None, value: Any) -> Decimal:
    given = day_of(env, value)
    return Decimal(monthrange(given.year, given.month)[1])


def date_in(value: Any) -> date | None:
    """The day that ``2026-03-05``, ``2026/3/5`` or ``2026年3月5日`` writes; None for anything else."""
    parts = (
        str(value)
        .strip()
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


def _part(name: str, call: Any, zh: tuple[str, str], en: tuple[str, str], *examples: tuple[str, str]) -> None:
    add(name, _GROUP, (_DATE,), NUMBER, call, zh=zh, en=en, examples=examples, environment=True)


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
