"""Schedule: what the clock owes. What was missed, whose date has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

from builder.metadata.rule import Rule, Trigger
from builder.record import Record
from builder.rules.cron import Worked, parse, times

GRACE = timedelta(minutes=5)
MISSED = 1000
LOOK_BACK = 31
FARTHEST = 3660
"""A calendar in which nobody ever works must not be searched for ever."""
ONE = timedelta(days=1)


def always(day: date) -> bool:
    """A calendar without a day off."""
    return True


def planned(
    trigger: Trigger, after: datetime, zone: ZoneInfo, is_worked: Worked = always
) -> Iterator[datetime]:
    """The instants after ``after`` at which a schedule runs, in order."""
    return times(parse(trigger.cron or ""), after, zone, trigger.working_days, is_worked)


def due(
    trigger: Trigger, last: datetime, now: datetime, zone: ZoneInfo, is_worked: Worked = always
) -> tuple[datetime, ...]:
    """The planned instants after ``last`` up to ``now`` that are to be run: ``all`` of them (at most 1000), ``once`` the latest, ``skip`` only
    one that is at most five minutes old. Each is the fire key of its run."""
    missed: list[datetime] = []
    for instant in takewhile(lambda t: t <= now, planned(trigger, last, zone, is_worked)):
        missed.append(instant)
        if len(missed) > MISSED:
            missed.pop(0)
    if trigger.catch_up == "all":
        return tuple(missed)
    latest = missed[-1:]
    if trigger.catch_up == "skip":
        latest = [t for t in latest if now - t <= GRACE]
    return tuple(latest)


def due_dates(
    trigger: Trigger, last: date | None, today: date, is_worked: Worked = always
) -> Mapping[str, Any] | None:
    """The filter for records of a relative-date rule whose day has come since ``last`` (exclusive; None: only today), with the rule's own
    filter. A missed day is caught up as the policy says, at most a month back. None: nothing can be due."""
    if not trigger.date_field:
        return None
    first = today
    if trigger.catch_up != "skip" and last is not None:
        first = max(last + timedelta(days=1), today - timedelta(days=LOOK_BACK))
    if first > today:
        return None
    earliest, latest = _dates_between(trigger, first, today, is_worked)
    span: list[Mapping[str, Any]] = [
        {"field": trigger.date_field, "op": ">=", "value": earliest.isoformat()},
        {"field": trigger.date_field, "op": "<=", "value": latest.isoformat()},
    ]
    if trigger.filter:
        span.append(trigger.filter)
    return {"and": span}


def day_of(trigger: Trigger, base: date, is_worked: Worked = always) -> date:
    """The day on which a relative-date rule runs for a record whose date is ``base``: so many days (working days, where they are counted)
    before or after it, moved off days on which nobody works where the rule says so."""
    if trigger.working_days == "count":
        return _worked_away(base, trigger.days, is_worked)
    day = base + timedelta(days=trigger.days)
    if trigger.working_days in {"next", "previous"}:
        return _nearest(day, 1 if trigger.working_days == "next" else -1, is_worked)
    return day


def _worked_away(day: date, count: int, is_worked: Worked) -> date:
    step = timedelta(days=1 if count > 0 else -1)
    left = abs(count)
    for _ in range(FARTHEST):
        if not left:
            break
        day += step
        left -= is_worked(day)
    return day


def _nearest(day: date, step: int, is_worked: Worked) -> date:
    at = day
    for _ in range(FARTHEST):
        if is_worked(at):
            return at
        at += timedelta(days=step)
    return day


def _dates_between(trigger: Trigger, first: date, last: date, is_worked: Worked) -> tuple[date, date]:
    """The earliest and the latest date in a record for which the rule runs from ``first`` to ``last``. A later date never runs earlier, so
    that a look around the middle finds both ends."""
    guess = timedelta(days=trigger.days)
    runs: Callable[[date], date] = lambda base: day_of(trigger, base, is_worked)  # noqa: E731
    return _edge(first - guess, lambda d: runs(d) >= first), _edge(
        last - guess, lambda d: runs(d) > last
    ) - ONE


def _edge(start: date, is_past: Worked) -> date:
    """The first date that is past, where every date after one that is past is past too."""
    at = start
    while is_past(at):
        at -= ONE
    while not is_past(at):
        at += ONE
    return at


def fire_key(rule: Rule, record: Record | None, planned: datetime | None = None) -> str:
    """What makes a timed run happen once: the planned instant, or the date in the record (a date that is moved fires again)."""
    if planned is not None:
        return planned.isoformat()
    value = record.get(rule.when.date_field or "") if record else None
    if value is None and record is not None and rule.when.date_field == "business_date":
        value = record.business_date
    day = value.date() if isinstance(value, datetime) else value
    return day.isoformat() if isinstance(day, date) else ""
