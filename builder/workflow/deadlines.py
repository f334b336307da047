"""Deadlines: until when a task should be decided. Hours of the clock; working calendars come with calendars."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from builder.changes import ApprovalTask


def due_at(hours: int | None, opened_at: datetime) -> datetime | None:
    """The instant when a task opened at ``opened_at`` is due; None: never."""
    return None if hours is None else opened_at + timedelta(hours=hours)


def overdue(tasks: Iterable[ApprovalTask], now: datetime) -> tuple[ApprovalTask, ...]:
    """Open tasks whose time is over, the longest waiting first."""
    late = [t for t in tasks if t.status == "open" and t.due_at is not None and t.due_at <= now]
    return tuple(sorted(late, key=lambda t: (t.due_at or now, t.id)))
