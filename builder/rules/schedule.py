"""Schedule: what the clock owes. What was missed, whose date has come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

from builder.metadata.rule import Rule, Trigger
from builder.record import Record
from builder.rules.cron import parse, times

GRACE = timedelta(minutes=5)
MISSED = 1000
LOOK_BACK = 31


def due(trigger: Trigger, last: datetime, now: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The planned instants after ``last`` up to ``now`` that are to be run: ``all`` of them (at most 1000), ``once`` the latest, ``skip`` only
    one that is at most five minutes old. Each is the fire key of its run."""
    cron = parse(trigger.cron or "")
    missed: list[datetime] = []
    for instant in takewhile(lambda t: t <= now, times(cron, last, zone)):
        missed.append(instant)
        if len(missed) > MISSED:
            missed.pop(0)
    if trigger.catch_up == "all":
        return tuple(missed)
    latest = missed[-1:]
    if trigger.catch_up == "skip":
        latest = [t for t in latest if now - t <= GRACE]
    return tuple(latest)


def due_dates(trigger: Trigger, last: date | None, today: date) -> Mapping[str, Any] | None:
    """The filter for records of a relative-date rule whose day has come since ``last`` (exclusive; None: only today), with the rule's own
    filter. A missed day is caught up as the policy says, at most a month back. None: nothing can be due."""
    if not trigger.date_field:
        return None
    first = today
    if trigger.catch_up != "skip" and last is not None:
        first = max(last + timedelta(days=1), today - timedelta(days=LOOK_BACK))
    if first > today:
        return None
    shift = timedelta(days=trigger.days)
    span: list[Mapping[str, Any]] = [
        {"field": trigger.date_field, "op": ">=", "value": (first - shift).isoformat()},
        {"field": trigger.date_field, "op": "<=", "value": (today - shift).isoformat()},
    ]
    if trigger.filter:
        span.append(trigger.filter)
    return {"and": span}


def fire_key(rule: Rule, record: Record | None, planned: datetime | None = None) -> str:
    """What makes a timed run happen once: the planned instant, or the date in the record (a date that is moved fires again)."""
    if planned is not None:
        return planned.isoformat()
    value = record.get(rule.when.date_field or "") if record else None
    if value is None and record is not None and rule.when.date_field == "business_date":
        value = record.business_date
    day = value.date() if isinstance(value, datetime) else value
    return day.isoformat() if isinstance(day, date) else ""
