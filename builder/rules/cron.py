"""Cron: five fields (minute, hour, day of month, month, day of week) in workspace time.

``*``, numbers, ranges ``1-5``, steps ``*/15`` and lists ``1,15`` are understood; months and week days also by their first three English
letters; Sunday is 0 or 7. As everywhere, day of month and day of week are alternatives when both are limited.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
NAMES: tuple[Mapping[str, int], ...] = (
    {},
    {},
    {},
    {name: i for i, name in enumerate(MONTHS, 1)},
    {name: i for i, name in enumerate(DAYS)},
)
HORIZON = timedelta(days=366 * 8 + 2)


class CronError(ValueError):
    """The text is no schedule; ``field`` is the number of the wrong field, from 0."""

    def __init__(self, message: str, field: int) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Cron:
    """A parsed schedule: the minutes, hours, days, months and week days (Sunday 0) on which it runs."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool

    def runs_on(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        of_month = day.day in self.days
        of_week = (day.weekday() + 1) % 7 in self.weekdays
        if self.any_day or self.any_weekday:
            return of_month and of_week
        return of_month or of_week


def parse(source: str) -> Cron:
    """The schedule of five fields. Raises ``CronError``."""
    parts = source.lower().split()
    if len(parts) != 5:
        raise CronError(f"five fields are needed, not {len(parts)}", min(len(parts), 4))
    sets = [_field(part, i) for i, part in enumerate(parts)]
    weekdays = frozenset(0 if d == 7 else d for d in sets[4])
    return Cron(
        minutes=tuple(sorted(sets[0])),
        hours=tuple(sorted(sets[1])),
        days=frozenset(sets[2]),
        months=frozenset(sets[3]),
        weekdays=weekdays,
        any_day=parts[2].startswith("*"),
        any_weekday=parts[4].startswith("*"),
    )


def _field(part: str, index: int) -> set[int]:
    found: set[int] = set()
    for piece in part.split(","):
        found |= _piece(piece, index)
    return found


def _piece(piece: str, index: int) -> set[int]:
    low, high = RANGES[index]
    span, slash, step_text = piece.partition("/")
    step = _number(step_text, index) if slash else 1
    if step < 1:
        raise CronError(f"a step must be at least 1: {piece!r}", index)
    if span == "*":
        first, last = low, high
    else:
        start, dash, end = span.partition("-")
        first = _number(start, index)
        last = _number(end, index) if dash else (high if slash else first)
    if not low <= first <= last <= high:
        raise CronError(f"{piece!r} is outside {low}–{high}", index)
    return set(range(first, last + 1, step))


def _number(text: str, index: int) -> int:
    named = NAMES[index].get(text)
    if named is not None:
        return named
    if not (text.isascii() and text.isdigit() and len(text) <= 3):
        raise CronError(f"{text!r} is no number", index)
    return int(text)


def times(cron: Cron, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The instants (UTC) after ``after`` at which the schedule runs, in order, for eight years. A local time that the clock change skips runs
    at the next valid minute; one that comes twice runs the first time only."""
    day = after.astimezone(zone).date() - timedelta(days=1)
    last = day + HORIZON
    latest = after
    while day <= last:
        if cron.runs_on(day):
            for instant in _on(cron, day, zone):
                if instant > latest:
                    latest = instant
                    yield instant
        day += timedelta(days=1)


def _on(cron: Cron, day: date, zone: ZoneInfo) -> list[datetime]:
    found = {_instant(datetime.combine(day, time(h, m)), zone) for h in cron.hours for m in cron.minutes}
    return sorted(found)


def _instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a wall-clock time: the first one if it comes twice, the end of the gap if it never comes."""
    instant = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
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
