"""Cron: the instants at which a schedule runs, on the wall clock and the working days of where the work is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from builder.metadata.cron import Cron, CronError, parse

__all__ = ["Cron", "CronError", "Worked", "parse", "planned_days", "times"]

HORIZON = timedelta(days=366 * 8 + 2)
LONGEST_BREAK = 60
"""A calendar in which nobody ever works must not be searched for ever."""
DAY = timedelta(days=1)

Worked = Callable[[date], bool]
"""Whether a day is a working day."""


def times(
    cron: Cron,
    after: datetime,
    zone: ZoneInfo,
    working: str | None = None,
    is_worked: Worked = lambda day: True,
) -> Iterator[datetime]:
    """The instants (UTC) after ``after`` at which the schedule runs, in order, for eight years. A local time that the clock change skips runs
    at the next valid minute; one that comes twice runs the first time only, but a schedule of every hour runs in both hours. ``working``
    says what working days mean to it (see ``planned_days``)."""
    runs_on = planned_days(cron, working, is_worked)
    day = after.astimezone(zone).date() - DAY
    last = day + HORIZON
    latest = after
    while day <= last:
        if runs_on(day):
            for instant in _on(cron, day, zone):
                if instant > latest:
                    latest = instant
                    yield instant
        day += DAY


def planned_days(cron: Cron, working: str | None, is_worked: Worked) -> Worked:
    """Whether a schedule runs on a day. ``working`` *only*: if it is a working day; *next*, *previous*: what would fall on a day off moves to
    the nearest working day after or before it; *count*: the days of the month are counted in working days, the last is the last of them."""
    if working == "only":
        return lambda day: is_worked(day) and cron.runs_on(day)
    if working == "next":
        return lambda day: is_worked(day) and (cron.runs_on(day) or _moved(cron, day, -DAY, is_worked))
    if working == "previous":
        return lambda day: is_worked(day) and (cron.runs_on(day) or _moved(cron, day, DAY, is_worked))
    if working == "count":
        return lambda day: is_worked(day) and _counted(cron, day, is_worked)
    return cron.runs_on


def _moved(cron: Cron, day: date, step: timedelta, is_worked: Worked) -> bool:
    """Whether a day off in the break that touches ``day`` would have had a run."""
    at = day + step
    for _ in range(LONGEST_BREAK):
        if is_worked(at):
            break
        if cron.runs_on(at):
            return True
        at += step
    return False


def _counted(cron: Cron, day: date, is_worked: Worked) -> bool:
    if day.month not in cron.months or (day.weekday() + 1) % 7 not in cron.weekdays:
        return False
    worked = [
        d for d in (day.replace(day=1) + DAY * i for i in range(31)) if d.month == day.month and is_worked(d)
    ]
    if cron.last_day and day == worked[-1]:
        return True
    return cron.any_day or worked.index(day) + 1 in cron.days


def _on(cron: Cron, day: date, zone: ZoneInfo) -> list[datetime]:
    folds = (0, 1) if cron.every_hour else (0,)
    walls = [datetime.combine(day, time(h, m)) for h in cron.hours for m in cron.minutes]
    return sorted({_instant(wall, zone, fold) for wall in walls for fold in folds})


def _instant(local: datetime, zone: ZoneInfo, fold: int = 0) -> datetime:
    """The instant of a wall-clock time: the first or second one if it comes twice, the end of the gap if it never comes."""
    instant = local.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local:
        return instant
    return _gap_end(local, zone)


def _gap_end(local: datetime, zone: ZoneInfo) -> datetime:
    """The first minute after a gap in the local day."""
    at = local
    while True:
        at += timedelta(minutes=1)
        instant = at.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None) == at:
            return instant
