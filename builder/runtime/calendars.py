"""Calendars: which days an app works. The Chinese holidays that are known, and over them what its owner says of single days.

The owner's days are kept like a setting, under a name that no setting of a package can have: with everything that they were, and who
changed them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from builder.runtime.apps import LoadedApp
from builder.storage import apps as stored_apps
from builder.workflow.calendar import WorkingCalendar
from builder.workflow.chinese_holidays import CHINA

KEY = "builder.calendar"
HOLIDAY, WORKDAY = "holiday", "workday"
KINDS = (HOLIDAY, WORKDAY)


def own_days(conn: Any, ws: int, app: LoadedApp) -> Mapping[str, str]:
    """What the owner says of single days (ISO): *holiday* or *workday*. Read once for each change of a setting."""
    return _kept(conn, ws, app)[0]


def calendar_of(conn: Any, ws: int, app: LoadedApp) -> WorkingCalendar:
    """The days on which the app's people work."""
    return _kept(conn, ws, app)[1]


def _kept(conn: Any, ws: int, app: LoadedApp) -> tuple[Mapping[str, str], WorkingCalendar]:
    found: tuple[Mapping[str, str], WorkingCalendar] | None = app.kept.get(KEY)
    if found is None:
        own = stored_apps.settings(conn, ws, app.row.app_id).get(KEY) or {}
        found = app.kept[KEY] = own, with_days(CHINA, own)
    return found


def with_days(known: WorkingCalendar, own: Mapping[str, str]) -> WorkingCalendar:
    """A calendar in which what is said of single days goes before what was known."""
    if not own:
        return known
    days = {kind: {date.fromisoformat(day) for day, said in own.items() if said == kind} for kind in KINDS}
    return WorkingCalendar(
        known.weekend,
        (known.holidays - days[WORKDAY]) | days[HOLIDAY],
        (known.workdays - days[HOLIDAY]) | days[WORKDAY],
    )
