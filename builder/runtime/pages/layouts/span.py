"""Span: the days that are looked at, and the way to those before and after. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

WEEK = 7
ZOOMS: Mapping[str, Mapping[str, int]] = {
    "gantt": {"days": 4 * WEEK, "weeks": 13 * WEEK},
    "calendar": {"month": 0, "week": WEEK},
}
"""How many days each zoom of a layout shows; a month has as many as its weeks take."""
FIRST_YEAR, LAST_YEAR = 1900, 2900


@dataclass(frozen=True, slots=True)
class Span:
    """``count`` days from ``first`` on, always whole weeks; ``month`` is the first day of the month that is meant, if one is."""

    zoom: str
    first: date
    count: int
    month: date | None = None

    @property
    def last(self) -> date:
        return self.first + timedelta(days=self.count - 1)

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.first + timedelta(days=n) for n in range(self.count))

    @property
    def before(self) -> date:
        """A day of the span before this one."""
        if self.month is not None:
            return self.month - timedelta(days=1)
        return self.first - timedelta(days=self.count)

    @property
    def after(self) -> date:
        """A day of the span after this one."""
        return _next_month(self.month) if self.month is not None else self.last + timedelta(days=1)

    def column(self, day: date) -> int:
        """The place of a day, counted from 1; a day outside stands at the nearer end."""
        return min(max((day - self.first).days + 1, 1), self.count)


def span_of(kind: str, zoom: str, said: str, today: date) -> Span:
    """The span with the day that was asked for; today's where that is none."""
    zooms = ZOOMS[kind]
    zoom = zoom if zoom in zooms else next(iter(zooms))
    day = _day(said) or today
    if zoom != "month":
        return Span(zoom, _monday(day), zooms[zoom])
    month = day.replace(day=1)
    first, last = _monday(month), _next_month(month) - timedelta(days=1)
    weeks = (last - first).days // WEEK + 1
    return Span(zoom, first, weeks * WEEK, month)


def _day(said: str) -> date | None:
    try:
        day = date.fromisoformat(said)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _next_month(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)
