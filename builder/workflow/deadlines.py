"""Deadlines: until when something should be decided, and how long a wait lasts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from builder.changes import ApprovalTask
from builder.workflow.subject import Subject


def due_at(node: Mapping[str, Any], subject: Subject) -> datetime | None:
    """The instant when a task of ``node`` that opens now is due; None: never. Working days keep the time of day where the work is
    done, whatever the clocks there do meanwhile."""
    days, hours, minutes = (node.get(name) for name in ("due_days", "due_hours", "due_minutes"))
    if not (days or hours or minutes):
        return None
    at = subject.now
    if days:
        local = at.astimezone(ZoneInfo(subject.zone))
        day = subject.calendar.after(local.date(), days)
        at = local.replace(year=day.year, month=day.month, day=day.day).astimezone(at.tzinfo)
    return at + timedelta(hours=hours or 0, minutes=minutes or 0)


def overdue(tasks: Iterable[ApprovalTask], now: datetime) -> tuple[ApprovalTask, ...]:
    """Open tasks whose time is over, the longest waiting first."""
    late = [t for t in tasks if t.status == "open" and t.due_at is not None and t.due_at <= now]
    return tuple(sorted(late, key=lambda t: (t.due_at or now, t.id)))
