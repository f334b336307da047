"""Schedules: everything that happens by the clock, in words, with its next and its last run; and the calendar that says which days are
worked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, request
from werkzeug.wrappers import Response as BaseResponse

from builder.clock import business_date
from builder.commands import HastenChore, PauseSchedule, RunSchedule
from builder.errors import BuilderError
from builder.metadata.rule import Rule
from builder.rules.cron import CronError
from builder.rules.schedule import planned
from builder.runtime.calendars import calendar_of
from builder.runtime.context import Context
from builder.runtime.owing import timed_rules
from builder.runtime.pages import addresses
from builder.runtime.pages.admin.calendars import add_calendar, calendar_shown
from builder.runtime.pages.admin.told import done, outcome
from builder.runtime.pages.paths import label_of
from builder.runtime.pages.site import Site
from builder.runtime.pages.words import Words
from builder.runtime.rounds import ROUNDS, lease_name
from builder.storage import jobs, outbox, rule_runs, schedules
from builder.storage.jobs import JobRow
from builder.storage.schedules import EVERYWHERE, ScheduleRow
from builder.web.timing import date_words, schedule_words

AHEAD = 3
MOST_RUNS = 500
MOST_JOBS = 20
LOOKS: Mapping[str, str] = {
    "waiting": "blue",
    "running": "blue",
    "done": "green",
    "failed": "red",
    "cancelled": "gray",
}
MILLION = 1_000_000


def add_schedules(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/schedules``."""

    @pages.get("/a/<app>/schedules")
    def schedules_page(app: str) -> str:
        with site.reading(app) as ctx:
            return page(site, ctx)

    @pages.post("/a/<app>/schedules/<rule>/run")
    def schedule_run(app: str, rule: str) -> str | BaseResponse:
        return _send(site, app, RunSchedule(app, rule), "schedule_run")

    @pages.post("/a/<app>/schedules/<rule>/pause")
    def schedule_pause(app: str, rule: str) -> str | BaseResponse:
        return _send(site, app, PauseSchedule(app, rule), "schedule_paused")

    @pages.post("/a/<app>/schedules/<rule>/resume")
    def schedule_resume(app: str, rule: str) -> str | BaseResponse:
        return _send(site, app, PauseSchedule(app, rule, paused=False), "schedule_resumed")

    @pages.post("/a/<app>/schedules/engine/<chore>")
    def chore_run(app: str, chore: str) -> str | BaseResponse:
        return _send(site, app, HastenChore(chore), "chore_hastened")

    add_calendar(pages, site, page)


def _send(site: Site, app: str, command: Any, told: str) -> str | BaseResponse:
    try:
        site.door.send(site.actor(), command, request.form.get("key") or None)
    except BuilderError as error:
        if error.status != 409:
            raise
        with site.reading(app) as ctx:
            return page(site, ctx, error=error)
    return done(addresses.built_in_page(app, "schedules"), told)


def page(site: Site, ctx: Context, *, error: BuilderError | None = None) -> str:
    """The page for who looks after the app."""
    ctx.kernel.require("settings")
    words = site.words()
    given_up = Counter(
        str(m.body.get("rule")) for m in outbox.parked(ctx.conn, ctx.ws) if m.body.get("app") == ctx.app.key
    )
    drawn = Drawn(ctx, words, schedules.rows(ctx.conn, ctx.ws, ctx.app.row.app_id), given_up)
    is_admin = ctx.actor.is_admin or ctx.actor.kind == "system"
    return site.page(
        "admin/schedules.html",
        at=addresses.built_in_page(ctx.app.key, "schedules"),
        runs_at=addresses.built_in_page(ctx.app.key, "runs"),
        rules=[drawn.rule(rule) for rule in timed_rules(ctx)],
        owners=words.say("when.and").join(
            filter(None, map(ctx.directory.name_of, ctx.directory.app_owners()))
        ),
        chores=list(drawn.chores()) if is_admin else [],
        jobs=list(drawn.jobs()) if is_admin else [],
        calendar=calendar_shown(ctx, words),
        key=ctx.engine.new_key(),
        **outcome(words, error),
    )


@dataclass(frozen=True)
class Drawn:
    """Timed rules, chores and jobs as the page shows them to one reader."""

    ctx: Context
    words: Words
    rows: Mapping[str, ScheduleRow]
    given_up: Mapping[str, int]

    def rule(self, rule: Rule) -> Mapping[str, Any]:
        row = self.rows.get(rule.uid)
        is_paused = row is not None and row.paused_at is not None
        state = "off" if not rule.enabled else "paused" if is_paused else "on"
        return {
            "key": rule.key,
            "label": self.words.of(rule.label, rule.key),
            "when": self._when(rule),
            "catch_up": self.words.say(f"times.catch_up.{rule.when.catch_up}"),
            "state": state,
            "state_label": self.words.say(f"times.state.{state}"),
            "next": [self.words.instant(at) for at in self._next(rule)] if state == "on" else [],
            "last": self._last(rule, row),
            "paused": self._paused(row) if row is not None and is_paused else "",
        }

    def _when(self, rule: Rule) -> str:
        when, package = rule.when, self.ctx.app.package
        entity = package.entity(when.entity or "")
        if when.kind == "schedule":
            said = schedule_words(when.cron or "", when.working_days, self.words.say)
            setting = package.setting(when.time or "")
            if setting is not None:
                said = self.words.say(
                    "when.by_setting", when=said, setting=self.words.of(setting.label, setting.key)
                )
        else:
            path = str(when.date_field)
            name = self.words.of(label_of(package, entity, path)) if entity is not None else path
            said = date_words(name, when.days, when.working_days, self.words.say)
        said = said[:1].upper() + said[1:]
        if entity is None:
            return said
        of = "times.for_some" if when.filter else "times.for_each"
        return self.words.say(of, when=said, entity=self.words.of(entity.label, entity.key))

    def _next(self, rule: Rule) -> list[datetime]:
        now, zone = self.ctx.pending.now, ZoneInfo(self.ctx.engine.settings.timezone)
        if rule.when.kind == "schedule":
            is_worked = calendar_of(self.ctx.conn, self.ctx.ws, self.ctx.app).is_worked
            try:
                return list(islice(planned(rule.when, now, zone, is_worked), AHEAD))
            except CronError:
                return []
        following = business_date(now, zone.key) + timedelta(days=1)
        return [datetime.combine(following, time(0), tzinfo=zone)]

    def _last(self, rule: Rule, row: ScheduleRow | None) -> Mapping[str, Any] | None:
        """When it ran, for how many records, and what came of it as far as that is known."""
        if row is None or row.ran_at is None:
            return None
        wanted = rule_runs.Wanted(self.ctx.app.row.app_id, rule.uid, since=row.ran_at)
        runs = rule_runs.find(self.ctx.conn, self.ctx.ws, wanted, limit=MOST_RUNS)
        outcomes = Counter("refused" if run.outcome == "refused" else "done" for run in runs)
        given_up = self.given_up.get(rule.key, 0)
        ends = [run.at for run in runs if run.at is not None]
        return {
            "at": self.words.instant(row.ran_at),
            "ago": self.words.ago(row.ran_at),
            "found": self.words.say("times.found", n=row.found),
            "done": self.words.say("times.done", n=outcomes["done"]) if outcomes["done"] else "",
            "refused": self.words.say("times.refused", n=outcomes["refused"]) if outcomes["refused"] else "",
            "failed": self.words.say("times.failed", n=given_up) if given_up else "",
            "took": self._took(int((max(ends) - row.ran_at) / timedelta(microseconds=1))) if ends else "",
            "by": self.words.say("times.by", name=self.ctx.directory.name_of(row.run_by))
            if row.run_by
            else "",
        }

    def _paused(self, row: ScheduleRow) -> str:
        name = self.ctx.directory.name_of(row.paused_by) or self.words.say("page.system")
        return self.words.say("times.paused_by", name=name, when=self.words.instant(row.paused_at))

    def _took(self, micros: int) -> str:
        """A second and more by tenths, less in milliseconds."""
        if micros >= MILLION:
            tenths = micros * 10 // MILLION
            return self.words.say("times.seconds", n=f"{tenths // 10}.{tenths % 10}")
        return self.words.say("times.millis", n=max(micros // 1000, 1))

    def chores(self) -> Iterator[Mapping[str, Any]]:
        known = schedules.rows(self.ctx.conn, self.ctx.ws, EVERYWHERE)
        for key, every in ROUNDS.items():
            row = known.get(lease_name(key))
            ran = row is not None and row.ran_at is not None
            minutes = every // timedelta(minutes=1)
            yield {
                "key": key,
                "label": self.words.say(f"times.chore.{key}"),
                "help": self.words.say(f"times.chore.{key}.help"),
                "every": self.words.say("when.each_minutes", n=minutes)
                if minutes > 1
                else self.words.say("times.each_seconds", n=every // timedelta(seconds=1)),
                "last": self.words.ago(row.ran_at) if row is not None and ran else "",
                "took": self._took(row.micros) if row is not None and ran else "",
                "error": row.error if row is not None else "",
            }

    def jobs(self) -> Iterator[Mapping[str, Any]]:
        for row in jobs.of(self.ctx.conn, self.ctx.ws, limit=MOST_JOBS):
            yield self._job(row)

    def _job(self, row: JobRow) -> Mapping[str, Any]:
        kind = f"times.job.{row.kind}"
        progress = row.progress or {}
        return {
            "label": self.words.say(kind if self.words.knows(kind) else "times.job.other"),
            "state": self.words.say(f"times.job_state.{row.state}"),
            "colour": LOOKS.get(row.state, "gray"),
            "when": self.words.instant(row.created_at),
            "who": self.ctx.directory.name_of(row.user_id) if row.user_id else self.words.say("page.system"),
            "progress": f"{progress['done']} / {progress['total']}"
            if {"done", "total"} <= {*progress}
            else "",
            "error": self.words.message(row.error.split(",")[0].strip(), {}) if row.error else "",
        }
