"""Commands about time: an app's calendar, its timed rules, and what the engine does by the clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SaveCalendar:
    """Say of single days (ISO) of an app whether they are a *holiday* or a *workday*; an empty text leaves the day to the calendar that is
    known. Days that are not named stay as they are."""

    app: str
    days: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PauseSchedule:
    """Stop the clock of a timed rule (its key), or let it go on: what would have been in between is not caught up."""

    app: str
    rule: str
    paused: bool = True


@dataclass(frozen=True, slots=True)
class RunSchedule:
    """Run a timed rule now. Its own times stay as they are; a relative date that was due today and done is not done again."""

    app: str
    rule: str


@dataclass(frozen=True, slots=True)
class HastenChore:
    """Let a node of the engine do one of its own chores next, whatever its time."""

    chore: str
