"""Timing: when a schedule runs, in words. Nobody who works with an app reads cron."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from builder.metadata.cron import Cron, CronError, parse

Say = Callable[..., str]
"""Words of our own by key, with what fills them."""

EVERY_DAY, EVERY_MONTH, EVERY_MINUTE = 7, 12, 60
SHORT = 30
"""A month of more days than that is every day; ``*/2`` is not."""
MONDAY_TO_FRIDAY = frozenset(range(1, 6))
MOST_TIMES = 4


def schedule_words(cron: str, working: str | None, say: Say) -> str:
    """*every working day at 08:00*; what is no schedule is said to be none."""
    try:
        times = parse(cron)
    except CronError:
        return say("when.unknown")
    day, time = _days(times, working, say), _times(times, say)
    if _is_fixed(times):
        return say("when.sentence", day=day, time=time)
    return time if _is_daily(times) and not working else say("when.rounds", day=day, time=time)


def date_words(date: str, days: int, working: str | None, say: Say) -> str:
    """*3 days before the due date*; ``date`` is what the date is called."""
    which = "on" if days == 0 else "before" if days < 0 else "after"
    kind = "worked" if working == "count" and days else "days"
    said = say(f"when.{kind}.{which}", n=abs(days), date=date)
    return _moved(said, working, say)


def _moved(said: str, working: str | None, say: Say) -> str:
    return say(f"when.moved.{working}", day=said) if working in {"next", "previous"} else said


def _days(times: Cron, working: str | None, say: Say) -> str:
    days = _counted(times, say) if working == "count" else _plain(times, say)
    if working == "only":
        days = _in_months(times, say("when.worked"), say) if _is_daily(times) else say("when.only", day=days)
    return _moved(days, working, say)


def _is_daily(times: Cron) -> bool:
    return (
        times.any_day and len(times.weekdays) == EVERY_DAY and not times.last_day and len(times.days) > SHORT
    )


def _plain(times: Cron, say: Say) -> str:
    month = _month_days(times, say)
    week = _week_days(times, say)
    if _is_daily(times):
        return _in_months(times, say("when.daily"), say)
    if not week:
        return month
    if times.any_day and not times.last_day:
        return _in_months(times, week, say)
    return say("when.either", one=month, other=week)


def _week_days(times: Cron, say: Say) -> str:
    if len(times.weekdays) == EVERY_DAY:
        return ""
    if times.weekdays == MONDAY_TO_FRIDAY:
        return say("when.monday_to_friday")
    named = (say(f"when.weekday.{day}") for day in sorted(times.weekdays, key=lambda d: (d - 1) % EVERY_DAY))
    return say("when.weekly", days=say("when.and").join(named))


def _month_days(times: Cron, say: Say) -> str:
    return _of_months(times, say("when.and").join(_named(times, "when.day", say)), say)


def _of_months(times: Cron, days: str, say: Say) -> str:
    months = _months(times, say)
    return say("when.yearly", days=days, months=months) if months else say("when.monthly", days=days)


def _counted(times: Cron, say: Say) -> str:
    if times.any_day:
        return _in_months(times, say("when.worked"), say)
    return _of_months(times, say("when.and").join(_named(times, "when.worked_day", say)), say)


def _named(times: Cron, key: str, say: Say) -> Iterable[str]:
    for day in sorted(times.days):
        yield say(f"{key}.{day}") if key == "when.worked_day" and day == 1 else say(key, n=day, nth=_nth(day))
    if times.last_day:
        yield say(f"{key}.last")


def _nth(day: int) -> str:
    """*1st*, *2nd*, *23rd*."""
    ending = "th" if day in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


def _months(times: Cron, say: Say) -> str:
    if len(times.months) == EVERY_MONTH:
        return ""
    return say("when.and").join(say(f"when.month.{month}") for month in sorted(times.months))


def _in_months(times: Cron, days: str, say: Say) -> str:
    months = _months(times, say)
    return say("when.in_months", day=days, months=months) if months else days


def _is_fixed(times: Cron) -> bool:
    return len(times.hours) * len(times.minutes) <= MOST_TIMES


def _times(times: Cron, say: Say) -> str:
    if _is_fixed(times):
        return say("when.and").join(f"{h:02d}:{m:02d}" for h in times.hours for m in times.minutes)
    if not times.every_hour or len(times.hours) < 24:
        span = say("when.hours", first=f"{times.hours[0]:02d}", last=f"{times.hours[-1]:02d}")
    else:
        span = ""
    return span + _minutes(times, say)


def _minutes(times: Cron, say: Say) -> str:
    if len(times.minutes) == 1:
        return say("when.hourly", m=f"{times.minutes[0]:02d}")
    step = times.minutes[1] - times.minutes[0]
    if times.minutes == tuple(range(times.minutes[0], EVERY_MINUTE, step)) and times.minutes[0] < step:
        return say("when.each_minute") if step == 1 else say("when.each_minutes", n=step)
    return say("when.at_minutes", minutes=say("when.and").join(f"{m:02d}" for m in times.minutes))
