"""Handlers of time: the calendar of an app, pausing and running its timed rules, hastening what the engine does by the clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from builder.changes import SettingChange, Write
from builder.commands import HastenChore, PauseSchedule, RunSchedule, SaveCalendar
from builder.errors import ConflictError, InvalidError, NotFoundError, Problem
from builder.metadata.rule import Rule
from builder.runtime.calendars import KEY, KINDS
from builder.runtime.context import Context
from builder.runtime.owing import at_time, owed, timed_rules
from builder.runtime.root import Root
from builder.runtime.rounds import ROUNDS, lease_name
from builder.storage import outbox

MOST_DAYS = 2000
YEARS = range(2000, 2100)


def save_calendar(ctx: Context, command: SaveCalendar) -> Mapping[str, Any]:
    """Everything that is said of single days now. One setting holds it, so that what it was stays on record."""
    ctx.kernel.require("settings")
    before = ctx.reader.raw_setting(KEY) or {}
    problems = [p for day, kind in command.days.items() if (p := _wrong(day, kind)) is not None]
    days = {day: kind for day, kind in sorted({**before, **command.days}.items()) if kind}
    if len(days) > MOST_DAYS:
        problems.append(Problem("CALENDAR_FULL", "/days", {"most": MOST_DAYS}))
    if problems:
        raise InvalidError(problems=problems)
    ctx.pending.settings.append(SettingChange(KEY, before, days))
    return {"days": days}


def _wrong(day: str, kind: str) -> Problem | None:
    try:
        known = date.fromisoformat(day).year in YEARS and len(day) == len("2026-01-01")
    except ValueError:
        known = False
    if known and kind in {*KINDS, ""}:
        return None
    return Problem("CALENDAR_DAY", f"/days/{day[:20]}", {"day": day[:20]})


def pause_schedule(ctx: Context, command: PauseSchedule) -> Mapping[str, Any]:
    """The rule, and whether its clock stands."""
    ctx.kernel.require("settings")
    rule = _rule(ctx, command.rule)
    body = {"rule": rule.uid, "paused": command.paused}
    ctx.pending.writes.append(Write("schedule.pause", body))
    return {"rule": rule.key, "paused": command.paused}


def run_schedule(ctx: Context, command: RunSchedule) -> Mapping[str, Any]:
    """The rule, and for how many records it runs."""
    ctx.kernel.require("settings")
    rule = _rule(ctx, command.rule)
    if not rule.enabled:
        raise ConflictError("SCHEDULE_OFF")
    now = ctx.pending.now
    if rule.when.kind == "schedule":
        messages = list(at_time(ctx, rule, now))
    else:
        # As if it had never been looked at: today's dates, and of those what is not done yet.
        found = owed(ctx, rule, None, now, ZoneInfo(ctx.engine.settings.timezone))
        messages = list(found.only(outbox.fresh(ctx.conn, ctx.ws, found.messages)).messages)
    ctx.pending.messages.extend(messages)
    ctx.pending.writes.append(Write("schedule.ran", {"rule": rule.uid, "found": len(messages)}))
    return {"rule": rule.key, "records": len(messages)}


def _rule(ctx: Context, key: str) -> Rule:
    found = next((rule for rule in timed_rules(ctx) if rule.key == key), None)
    if found is None:
        raise NotFoundError(rule=key)
    return found


def hasten_chore(root: Root, command: HastenChore) -> Mapping[str, Any]:
    """The chore, which some node does within seconds."""
    root.require_admin()
    if command.chore not in ROUNDS:
        raise NotFoundError(chore=command.chore)
    root.pending.writes.append(Write("chore.hasten", {"name": lease_name(command.chore)}))
    return {"chore": command.chore}
