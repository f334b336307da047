"""Calendar: which days are worked, and what is so many working days away. Pure; the days are data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

FARTHEST = 3660
"""A calendar in which nobody ever works must not be searched for ever."""


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Every day off the ``weekend`` (0 is Monday) is worked, but no ``holidays``; ``workdays`` are worked whatever else is said of them."""

    weekend: frozenset[int] = frozenset({5, 6})
    holidays: frozenset[date] = field(default_factory=frozenset)
    workdays: frozenset[date] = field(default_factory=frozenset)

    def is_worked(self, day: date) -> bool:
        if day in self.workdays:
            return True
        return day not in self.holidays and day.weekday() not in self.weekend

    def after(self, day: date, count: int) -> date:
        """The day that is ``count`` working days after ``day``."""
        at = day
        for _ in range(FARTHEST):
            if count <= 0:
                break
            at += timedelta(days=1)
            count -= self.is_worked(at)
        return at

    def shifted(self, day: date, count: int) -> date:
        """The day that is ``count`` working days after ``day``, or (negative) before it."""
        if count >= 0:
            return self.after(day, count)
        at = day
        for _ in range(FARTHEST):
            if count == 0:
                break
            at -= timedelta(days=1)
            count += self.is_worked(at)
        return at
