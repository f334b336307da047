"""Scheduler: the clock's side of the engine. APScheduler only ticks; what is due is read from the database.

So a missed run is caught up by its declared policy, two processes never do the same work twice (messages carry a key that is
stored once), and a restart loses nothing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler

from builder.changes import Message
from builder.clock import business_date
from builder.metadata.rule import Rule
from builder.record import Record
from builder.rules.engine import message
from builder.rules.schedule import due, due_dates, fire_key
from builder.runtime import anchoring, backups, installing, jobs, replay_jobs, upkeep
from builder.runtime.context import Context
from builder.runtime.engine import Engine
from builder.runtime.imports import running, undoing
from builder.runtime.opening import open_reading
from builder.runtime.playing import system
from builder.runtime.relay import Relay
from builder.storage import apps as stored_apps
from builder.storage import outbox, schedules
from builder.storage.upkeep import Upkeep

log = logging.getLogger(__name__)

MOST_RECORDS = 10_000
WITH_JOBS = (backups, installing, replay_jobs, running, undoing, upkeep)
"""The modules that register kinds of jobs: a worker must know them all."""
KINDS = frozenset({"schedule", "relative_date"})


@dataclass
class Scheduler:
    """Runs relay, schedules and jobs of one workspace in the background. ``start`` and ``stop`` may each be called once."""

    engine: Engine
    ws: int = 1
    relay: Relay = field(init=False)

    def __post_init__(self) -> None:
        self.relay = Relay(self.engine, self.ws)
        self._upkeep = Upkeep(self.engine.database)
        self._stopping = threading.Event()
        self._ticks = BackgroundScheduler(timezone="UTC", job_defaults={"max_instances": 1, "coalesce": True})
        self._waiter = threading.Thread(target=self._listen, name="relay", daemon=True)

    def start(self) -> None:
        self._ticks.add_job(self._guarded(self.run_schedules), "interval", seconds=20)
        self._ticks.add_job(self._guarded(self.run_jobs), "interval", seconds=1)
        self._ticks.add_job(self._guarded(self.tend), "interval", minutes=5)
        self._ticks.add_job(
            self._guarded(lambda: upkeep.remind(self.engine, self.ws)), "interval", seconds=60
        )
        self._ticks.add_job(
            self._guarded(lambda: upkeep.index_anew(self.engine, self.ws)), "interval", seconds=30
        )
        self._ticks.add_job(
            self._guarded(lambda: replay_jobs.start_waiting(self.engine, self.ws)), "interval", seconds=60
        )
        self._ticks.add_job(self._guarded(lambda: upkeep.tidy(self.engine, self.ws)), "interval", minutes=30)
        self._ticks.start()
        self._waiter.start()

    def stop(self) -> None:
        """Stop ticking; what runs now finishes."""
        self._stopping.set()
        self.engine.wake.set()
        self._ticks.shutdown(wait=True)
        self._waiter.join(timeout=10)

    def _listen(self) -> None:
        """Deliver as soon as a commit leaves messages, and look once a second for those of other processes."""
        while not self._stopping.is_set():
            self.engine.wake.wait(timeout=1)
            self.engine.wake.clear()
            self._guarded(self.relay.drain)()

    def _guarded(self, work: Callable[[], object]) -> Callable[[], None]:
        """A tick that fails is logged and tried again at the next one: the background never dies of one bad row. None runs while a backup
        takes the place of the data."""

        def run() -> None:
            if self._stopping.is_set() or self.engine.standstill.is_on():
                return
            try:
                self.engine.renew()
                work()
            except Exception:
                log.exception("background work failed")

        return run

    def tend(self) -> None:
        """Keep the database in shape: tables made ahead, statistics, anchors of the log."""
        self._upkeep.run(self.ws, self.engine.clock.now())
        anchoring.keep(self.engine, self.ws)

    def run_jobs(self) -> None:
        """Do steps of jobs until none waits."""
        while not self._stopping.is_set() and jobs.run_step(self.engine, self.ws):
            pass

    def run_schedules(self) -> int:
        """Put into the outbox what the clock owes by now; how many messages."""
        with self.engine.database.snapshot() as conn:
            keys = [row.key for row in stored_apps.apps(conn, self.ws) if row.live_version]
        return sum(self._run_app(key) for key in keys)

    def _run_app(self, key: str) -> int:
        now = self.engine.clock.now()
        zone = ZoneInfo(self.engine.settings.timezone)
        with self.engine.database.snapshot() as conn:
            ctx = open_reading(self.engine, conn, system(self.ws), key, now)
            app_id = ctx.app.row.app_id
            last = schedules.last_runs(conn, self.ws, app_id)
            rules = [r for r in ctx.app.package.rules if r.enabled and r.when.kind in KINDS]
            planned = [(rule, tuple(owed(ctx, rule, last.get(rule.uid), now, zone))) for rule in rules]
        messages = [message for _, owing in planned for message in owing]
        if planned:
            with self.engine.database.write(job=True) as conn:
                outbox.append(conn, self.ws, messages, cmd=0, now=now, new_id=self.engine.database.new_id)
                for rule, _ in planned:
                    schedules.ran(conn, self.ws, app_id, rule.uid, at=now)
        made = len(messages)
        if made:
            self.engine.wake.set()
        return made


def owed(ctx: Context, rule: Rule, last: datetime | None, now: datetime, zone: ZoneInfo) -> Iterable[Message]:
    """The messages that a timed rule owes since it was last looked at. A rule seen for the first time owes nothing of the past."""
    if rule.when.kind == "schedule":
        for planned in due(rule.when, last or now, now, zone):
            event = {"kind": "schedule", "planned": planned.isoformat()}
            for entity, id in _targets(ctx, rule):
                yield message(ctx.app.key, rule, entity, id, event, planned.isoformat())
        return
    today = business_date(now, zone.key)
    since = business_date(last, zone.key) if last is not None else None
    for record in _due_records(ctx, rule, since, today):
        yield message(
            ctx.app.key, rule, record.entity, record.id, {"kind": "relative_date"}, fire_key(rule, record)
        )


def _targets(ctx: Context, rule: Rule) -> Iterable[tuple[str | None, int]]:
    if not rule.when.entity:
        return [(None, 0)]
    found = ctx.reader.find(rule.when.entity, rule.when.filter, limit=MOST_RECORDS)
    return [(record.entity, record.id) for record in found]


def _due_records(ctx: Context, rule: Rule, since: date | None, today: date) -> Iterable[Record]:
    # The day itself is looked at again at every tick: a date entered this morning is still due today, and its key keeps it to once.
    where = due_dates(rule.when, min(since, _day_before(today)) if since else None, today)
    if where is None or not rule.when.entity:
        return ()
    return ctx.reader.find(rule.when.entity, where, limit=MOST_RECORDS)


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)
