"""Delivery: what a person wants to be told how, and when: by kind of notice, in one mail or many, and not at night. Pure: time is given.

The inbox always has everything. E-mail is a choice for each kind; quiet hours hold back whatever rings, but for the kinds that are urgent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from builder.workflow.calendar import WorkingCalendar

KINDS: Mapping[str, frozenset[str]] = {
    "approval": frozenset({"NOTICE_TASK", "NOTICE_URGED", "NOTICE_LATE"}),
    "decided": frozenset(
        {"NOTICE_APPROVED", "NOTICE_REJECTED", "NOTICE_RETURNED", "NOTICE_TERMINATED", "NOTICE_REOPENED"}
        | {"NOTICE_TAKEN", "NOTICE_PATH_CHANGED"}
    ),
    "copy": frozenset({"NOTICE_CC", "NOTICE_COMMENT"}),
    "mention": frozenset({"NOTICE_MENTIONED"}),
    "ticket": frozenset(),
    "failed": frozenset({"NOTICE_STUCK"}),
    "rule": frozenset({"rule"}),
    "other": frozenset(),
}
"""The kinds that a person chooses for, each with the codes of its notices."""
TICKET = "NOTICE_TICKET"
OFF, NOW, HOURLY, DAILY, WORKDAY = "off", "now", "hourly", "daily", "workday"
MODES = (OFF, NOW, HOURLY, DAILY, WORKDAY)
DIGESTS = frozenset({HOURLY, DAILY, WORKDAY})
EVENING, MORNING = time(18), time(9)
"""When the digest of a day goes out, and the one that waits for the working day."""


@dataclass(frozen=True, slots=True)
class Choices:
    """``modes``: how each kind is mailed, where the person said so. ``urgent`` kinds come in quiet hours too. Quiet from a time of the wall
    clock to another, the next day's where it is not later; none where one of them is missing. ``handles``: how the robots of each vendor call the
    person."""

    modes: Mapping[str, str] = field(default_factory=dict)
    urgent: frozenset[str] = frozenset()
    quiet_from: time | None = None
    quiet_to: time | None = None
    handles: Mapping[str, str] = field(default_factory=dict)

    def mode(self, kind: str, otherwise: str = OFF) -> str:
        return self.modes.get(kind, otherwise)


def kind_of(code: str) -> str:
    """The kind that a notice's code belongs to."""
    if code.startswith(TICKET):
        return "ticket"
    return next((kind for kind, codes in KINDS.items() if code in codes), "other")


def goes_out(mode: str, at: datetime, zone: ZoneInfo, calendar: WorkingCalendar) -> datetime:
    """When a mail about what was told ``at`` that moment goes out."""
    wall = at.astimezone(zone)
    if mode == HOURLY:
        return at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    if mode == DAILY:
        return _next(wall, EVENING, zone)
    if mode == WORKDAY:
        found = _next(wall, MORNING, zone)
        while not calendar.is_worked(found.astimezone(zone).date()):
            found = _next(found.astimezone(zone), MORNING, zone)
        return found
    return at


def quiet_until(choices: Choices, kind: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Until when nothing of this kind may ring; None: it may now."""
    first, last = choices.quiet_from, choices.quiet_to
    if first is None or last is None or first == last or kind in choices.urgent:
        return None
    wall = now.astimezone(zone)
    at = wall.time()
    is_quiet = first <= at < last if first < last else at >= first or at < last
    return _next(wall, last, zone) if is_quiet else None


def _next(wall: datetime, at: time, zone: ZoneInfo) -> datetime:
    """The next moment after ``wall`` at which the clock shows ``at``."""
    day: date = wall.date()
    found = datetime.combine(day, at, zone).astimezone(UTC)
    while found <= wall.astimezone(UTC):
        day += timedelta(days=1)
        found = datetime.combine(day, at, zone).astimezone(UTC)
    return found


URGENT, MAIL, QUIET, ROBOT, EVERY = "urgent", "email", "quiet", "robot", "*"
Row = tuple[str, str, str, str, str]


def read(rows: Iterable[Row]) -> Choices:
    """The choices of stored rows: kind, channel, how, from, to."""
    modes: dict[str, str] = {}
    urgent: set[str] = set()
    quiet: tuple[time | None, time | None] = (None, None)
    handles: dict[str, str] = {}
    for kind, channel, how, first, last in rows:
        if channel == MAIL and how in MODES:
            modes[kind] = how
        elif channel == URGENT:
            urgent.add(kind)
        elif channel == ROBOT:
            handles[kind] = how
        elif channel == QUIET:
            quiet = clock(first), clock(last)
    return Choices(modes, frozenset(urgent), *quiet, handles)


def written(choices: Choices) -> tuple[Row, ...]:
    """The rows that ``read`` makes the same choices of."""
    rows: list[Row] = [(kind, MAIL, mode, "", "") for kind, mode in choices.modes.items()]
    rows += [(kind, URGENT, "", "", "") for kind in sorted(choices.urgent)]
    rows += [(vendor, ROBOT, handle, "", "") for vendor, handle in choices.handles.items()]
    if choices.quiet_from is not None and choices.quiet_to is not None:
        rows.append((EVERY, QUIET, "", shown(choices.quiet_from), shown(choices.quiet_to)))
    return tuple(rows)


def clock(text: Any) -> time | None:
    """A time of the wall clock, ``HH:MM``; None for anything else."""
    if not isinstance(text, str) or len(text) != 5 or text[2] != ":":
        return None
    hour, minute = text[:2], text[3:]
    if not (text.isascii() and hour.isdigit() and minute.isdigit()) or int(hour) > 23 or int(minute) > 59:
        return None
    return time(int(hour), int(minute))


def shown(at: time | None) -> str:
    return at.strftime("%H:%M") if at is not None else ""
