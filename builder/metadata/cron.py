"""Cron: five fields (minute, hour, day of month, month, day of week) that say when something happens, in workspace time.

``*``, numbers, ranges ``1-5``, steps ``*/15`` and lists ``1,15`` are understood; months and week days also by their first three English
letters; Sunday is 0 or 7; ``L`` as day of month is the last one. As everywhere, day of month and day of week are alternatives when both are
limited.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

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
DAY_FIELD = 2
LAST = "l"
LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""How many days each month can have."""
SHORTEST = 28
LAST_MINUTE = 24 * 60 - 1
MOST_WORKED = 23
"""A month has no more working days than that, unless its weekends are worked too."""


class CronError(ValueError):
    """The text is no schedule; ``field`` is the number of the wrong field, from 0."""

    def __init__(self, message: str, field: int) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Cron:
    """A parsed schedule: the minutes, hours, days, months and week days (Sunday 0) on which it runs. ``last_day``: on the last day of the
    month too; ``every_hour``: its hours are not limited, so that an hour that comes twice counts twice."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool
    last_day: bool = False
    every_hour: bool = False

    def runs_on(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        of_month = day.day in self.days or (self.last_day and (day + timedelta(days=1)).day == 1)
        of_week = (day.weekday() + 1) % 7 in self.weekdays
        if self.any_day or self.any_weekday:
            return of_month and of_week
        return of_month or of_week

    @property
    def never(self) -> bool:
        """Whether no day ever fits: 30 February."""
        if self.last_day or not self.any_weekday:
            return False
        return all(min(self.days) > LONGEST[month - 1] for month in self.months)

    @property
    def missing_months(self) -> tuple[int, ...]:
        """The months of the schedule in which none of its days exists every year: April for the 31st, February for the 29th."""
        if self.last_day or self.any_day or not self.any_weekday:
            return ()
        return tuple(m for m in sorted(self.months) if min(self.days) > monthrange(2025, m)[1])


def parse(source: str) -> Cron:
    """The schedule of five fields. Raises ``CronError``."""
    parts = source.lower().split()
    if len(parts) != 5:
        raise CronError(f"five fields are needed, not {len(parts)}", min(len(parts), 4))
    days = [piece for piece in parts[DAY_FIELD].split(",") if piece != LAST]
    sets = [_field(part, i) if i != DAY_FIELD else _pieces(days, i) for i, part in enumerate(parts)]
    return Cron(
        minutes=tuple(sorted(sets[0])),
        hours=tuple(sorted(sets[1])),
        days=frozenset(sets[DAY_FIELD]),
        months=frozenset(sets[3]),
        weekdays=frozenset(0 if d == 7 else d for d in sets[4]),
        any_day=parts[DAY_FIELD].startswith("*"),
        any_weekday=parts[4].startswith("*"),
        last_day=len(days) < len(parts[DAY_FIELD].split(",")),
        every_hour=parts[1].startswith("*"),
    )


def at_time(source: str, clock: str, minutes: int) -> str:
    """The schedule at the time of day ``clock`` (``16:05``), so many minutes later but on the same day; as it is where that is no time."""
    hour, colon, minute = clock.partition(":")
    if not (colon and hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60):
        return source
    whole = min(max(int(hour) * 60 + int(minute) + minutes, 0), LAST_MINUTE)
    return " ".join([str(whole % 60), str(whole // 60), *source.split()[2:]])


def _field(part: str, index: int) -> set[int]:
    return _pieces(part.split(","), index)


def _pieces(pieces: list[str], index: int) -> set[int]:
    found: set[int] = set()
    for piece in pieces:
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
