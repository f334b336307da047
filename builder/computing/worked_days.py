"""Worked days: moments of working time, and what is so many working days away. Pure, and exact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

FARTHEST = 3660
"""Days that are looked at: ten years."""
Worked = Callable[[date], bool]
Moment = tuple[date, Fraction]
"""A day, and how much of its working time has passed."""
START, END = Fraction(0), Fraction(1)


@dataclass(frozen=True)
class WorkedDays:
    """The working days."""

    is_worked: Worked

    def worked(self, moment: Moment) -> Moment:
        """The moment, or the beginning of the next day that is worked."""
        day, share = moment
        if share < END and self.is_worked(day):
            return moment
        return self.next(day), START

    def worked_before(self, moment: Moment) -> Moment:
        """The moment, or the end of the last day before it that is worked."""
        day, share = moment
        if share > START and self.is_worked(day):
            return moment
        return self.previous(day), END

    def next(self, day: date) -> date:
        return self._beyond(day, 1)

    def previous(self, day: date) -> date:
        return self._beyond(day, -1)

    def _beyond(self, day: date, step: int) -> date:
        """The nearest worked day in that direction. In a calendar in which nobody ever works, the day beside it."""
        at = day
        for _ in range(FARTHEST):
            at += timedelta(days=step)
            if self.is_worked(at):
                return at
        return day + timedelta(days=step)

    def later(self, moment: Moment, count: int) -> Moment:
        """So many working days later: at the end of a day, not at the beginning of the next."""
        day, share = moment
        for _ in range(count):
            day = self.next(day)
        return (day, share) if share > START or count == 0 else (self.previous(day), END)

    def sooner(self, moment: Moment, count: int) -> Moment:
        day, share = moment
        for _ in range(count):
            day = self.previous(day)
        return (day, share) if share < END or count == 0 else (self.next(day), START)
