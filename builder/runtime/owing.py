"""Owing: what the clock owes an app by now, as messages; each is stored once, whoever finds it and however often."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from builder.changes import Message
from builder.clock import business_date
from builder.metadata.cron import at_time as at_time_of
from builder.metadata.rule import Rule
from builder.record import Record
from builder.rules.conditions import is_switched_off
from builder.rules.engine import message
from builder.rules.schedule import due, due_dates, fire_key
from builder.runtime.calendars import calendar_of
from builder.runtime.context import Context
from builder.storage.schedules import ScheduleRow

KINDS = frozenset({"schedule", "relative_date"})
PAGE = 1000
"""Records are read by pages: however many there are, none is left out."""


@dataclass(frozen=True)
class Owed:
    """What a timed rule owes: its messages, and the times that were planned for them."""

    rule: Rule
    messages: tuple[Message, ...] = ()
    planned: tuple[datetime, ...] = ()

    def only(self, fresh: frozenset[str]) -> Owed:
        """Without the messages whose key is not among these; a date that brought none is no run."""
        messages = tuple(m for m in self.messages if m.dedupe_key in fresh)
        if self.rule.when.kind == "relative_date" and not messages:
            return replace(self, messages=(), planned=())
        return replace(self, messages=messages)


def timed_rules(ctx: Context) -> list[Rule]:
    """The rules of the app that wait for a time, at the time of day that their settings say."""
    return [_as_set(ctx, rule) for rule in ctx.app.package.rules if rule.when.kind in KINDS]


def _as_set(ctx: Context, rule: Rule) -> Rule:
    when = rule.when
    if when.time is None or when.cron is None:
        return rule
    clock = str(ctx.reader.setting(when.time) or "")
    return replace(rule, when=replace(when, cron=at_time_of(when.cron, clock, when.minutes)))


def owed(ctx: Context, rule: Rule, row: ScheduleRow | None, now: datetime, zone: ZoneInfo) -> Owed:
    """What the rule owes since it was last looked at. One that is seen for the first time owes nothing of the past; one that is off or paused
    owes nothing."""
    if (
        not rule.enabled
        or is_switched_off(ctx.facts, rule)
        or (row is not None and row.paused_at is not None)
    ):
        return Owed(rule)
    last = row.last_at if row is not None else None
    is_worked = calendar_of(ctx.conn, ctx.ws, ctx.app).is_worked
    if rule.when.kind == "schedule":
        planned = due(rule.when, last or now, now, zone, is_worked)
        return Owed(rule, tuple(_of_times(ctx, rule, planned)), planned)
    today = business_date(now, zone.key)
    since = business_date(last, zone.key) if last is not None else None
    # The day itself is looked at again at every tick: a date entered this morning is still due today, and its key keeps it to once.
    first = min(since, today - timedelta(days=1)) if since else None
    where = due_dates(rule.when, first, today, is_worked)
    return Owed(rule, tuple(_of_dates(ctx, rule, where)), (_day_begins(today, zone),))


def _day_begins(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _of_times(ctx: Context, rule: Rule, planned: Iterable[datetime]) -> Iterator[Message]:
    for at in planned:
        yield from at_time(ctx, rule, at)


def at_time(ctx: Context, rule: Rule, planned: datetime) -> Iterator[Message]:
    """The messages of one run of a schedule: for each of its records, or one that is about none."""
    event = {"kind": "schedule", "planned": planned.isoformat()}
    if not rule.when.entity:
        yield message(ctx.app.key, rule, None, 0, event, planned.isoformat())
        return
    for record in _all(ctx, rule.when.entity, rule.when.filter):
        yield message(ctx.app.key, rule, record.entity, record.id, event, planned.isoformat())


def _of_dates(ctx: Context, rule: Rule, where: Mapping[str, Any] | None) -> Iterator[Message]:
    if where is None or not rule.when.entity:
        return
    for record in _all(ctx, rule.when.entity, where):
        key = fire_key(rule, record)
        yield message(ctx.app.key, rule, record.entity, record.id, {"kind": "relative_date"}, key)


def _all(ctx: Context, entity: str, where: Mapping[str, Any] | None) -> Iterator[Record]:
    after = 0
    while True:
        beyond: Mapping[str, Any] = {"field": "id", "op": ">", "value": after}
        limits = [*([where] if where else []), *([beyond] if after else [])]
        found = ctx.reader.find(entity, {"and": limits} if limits else None, sort=[("id", False)], limit=PAGE)
        yield from found
        if len(found) < PAGE:
            return
        after = found[-1].id
