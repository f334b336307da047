"""Deadlines: until when something should be decided, and how long a wait lasts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from builder.changes import ApprovalTask
from builder.workflow.calendar import WorkingCalendar
from builder.workflow.subject import Subject


def due_at(node: Mapping[str, Any], subject: Subject) -> datetime | None:
    """The instant when a task of ``node`` that opens now is due; None: never. Working days keep the time of day where the work is
    done, whatever the clocks there do meanwhile."""
    days, hours, minutes = (node.get(name) or 0 for name in ("due_days", "due_hours", "due_minutes"))
    return within(subject.now, days, hours, minutes, calendar=subject.calendar, zone=subject.zone)


def within(
    now: datetime, days: int, hours: int, minutes: int, *, calendar: WorkingCalendar, zone: str
) -> datetime | None:
    """The instant so many working days, hours and minutes from now; None where that is none at all."""
    if not (days or hours or minutes):
        return None
    at = now
    if days:
        local = at.astimezone(ZoneInfo(zone))
        day = calendar.after(local.date(), days)
        at = local.replace(year=day.year, month=day.month, day=day.day).astimezone(at.tzinfo)
    return at + timedelta(hours=hours, minutes=minutes)


def overdue(tasks: Iterable[ApprovalTask], now: datetime) -> tuple[ApprovalTask, ...]:
    """Open tasks whose time is over, the longest waiting first."""
    late = [t for t in tasks if t.status == "open" and t.due_at is not None and t.due_at <= now]
    return tuple(sorted(late, key=lambda t: (t.due_at or now, t.id)))
