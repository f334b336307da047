"""Scheduler: the clock's side of the engine. APScheduler only ticks; what is due is read from the database.

So a missed run is caught up by its declared policy, two processes never do the same work twice (they work under leases, and who has lost
one writes nothing more), and a restart loses nothing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler

from builder.clock import business_date
from builder.runtime import backups, chores, installing, jobs, replay_jobs, scenario_jobs, upkeep
from builder.runtime.engine import Engine
from builder.runtime.imports import running, undoing
from builder.runtime.opening import open_reading
from builder.runtime.owing import Owed, owed, timed_rules
from builder.runtime.plans import has_ended
from builder.runtime.playing import system
from builder.runtime.relay import Relay
from builder.runtime.trying import history
from builder.storage import apps as stored_apps
from builder.storage import outbox, schedules
from builder.storage.fencing import FencedError, fenced
from builder.storage.schedules import ScheduleRow

log = logging.getLogger(__name__)

WITH_JOBS = (backups, history, installing, replay_jobs, running, scenario_jobs, undoing, upkeep)
"""The modules that register kinds of jobs: a worker must know them all."""
LEASE = timedelta(minutes=2)
NAME = "engine.schedules"
"""The lease under which one node at a time puts down what the clock owes an app."""


@dataclass
class Scheduler:
    """Runs relay, schedules and jobs of one workspace in the background. ``start`` and ``stop`` may each be called once."""

    engine: Engine
    ws: int = 1
    relay: Relay = field(init=False)

    def __post_init__(self) -> None:
        self.relay = Relay(self.engine, self.ws)
        self.chores = chores.chores_of(self.engine)
        self._stopping = threading.Event()
        self._ticks = BackgroundScheduler(timezone="UTC", job_defaults={"max_instances": 1, "coalesce": True})
        self._waiter = threading.Thread(target=self._listen, name="relay", daemon=True)

    def start(self) -> None:
        self._ticks.add_job(self._guarded(self.run_schedules), "interval", seconds=20)
        self._ticks.add_job(self._guarded(self.run_jobs), "interval", seconds=1)
        self._ticks.add_job(self._guarded(partial(jobs.renew, self.engine, self.ws)), "interval", seconds=60)
        for chore in self.chores:
            # Looked at more often than it is done: which node does it is told by the database.
            work = self._guarded(partial(chores.run_due, self.engine, self.ws, chore))
            self._ticks.add_job(work, "interval", seconds=15)
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
            self._guarded(self._deliver)()

    def _deliver(self) -> None:
        """Messages wait while the plan has ended, as everything does that would write."""
        with self.engine.database.snapshot() as conn:
            is_over = has_ended(conn, self.ws, self.engine.clock.now())
        if not is_over:
            self.relay.drain()

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

    def run_jobs(self) -> None:
        """Do steps of jobs until none waits."""
        while not self._stopping.is_set() and jobs.run_step(self.engine, self.ws):
            pass

    def run_schedules(self) -> int:
        """Put into the outbox what the clock owes by now; how many messages."""
        with self.engine.database.snapshot() as conn:
            if has_ended(conn, self.ws, self.engine.clock.now()):
                return 0
            keys = [row.key for row in stored_apps.apps(conn, self.ws) if row.live_version]
        return sum(self._run_app(key) for key in keys)

    def _run_app(self, key: str) -> int:
        """One app's. Most looks find nothing and write nothing."""
        found = self._look(key)
        if not found.news:
            return 0
        now = self.engine.clock.now()
        with self.engine.database.write(job=True) as conn:
            fence = schedules.claim(conn, self.ws, found.app_id, NAME, now=now, lease_until=now + LEASE)
        if fence is None:
            return 0
        try:
            with fenced(lambda conn: self._hold(conn, found.app_id, fence)):
                # Somebody else may have put it down between the look and the lease.
                return self._put_down(self._look(key))
        except FencedError:
            log.warning("schedules of %s are in other hands", key)
            return 0
        finally:
            with self.engine.database.write(job=True) as conn:
                schedules.release(conn, self.ws, found.app_id, NAME, fence)

    def _hold(self, conn: Any, app_id: int, fence: int) -> bool:
        until = self.engine.clock.now() + LEASE
        return schedules.hold(conn, self.ws, app_id, NAME, fence, lease_until=until)

    def _look(self, key: str) -> Look:
        """What the clock owes the app now, without what is in the outbox already."""
        now = self.engine.clock.now()
        zone = ZoneInfo(self.engine.settings.timezone)
        with self.engine.database.snapshot() as conn:
            ctx = open_reading(self.engine, conn, system(self.ws), key, now)
            app_id = ctx.app.row.app_id
            rules = timed_rules(ctx)
            rows = schedules.rows(conn, self.ws, app_id) if rules else {}
            found = [owed(ctx, rule, rows.get(rule.uid), now, zone) for rule in rules]
            fresh = outbox.fresh(conn, self.ws, [m for one in found for m in one.messages])
        return Look(app_id, now, zone.key, rows, tuple(one.only(fresh) for one in found))

    def _put_down(self, look: Look) -> int:
        """Messages and how far the clock was read in one transaction: neither is ever without the other."""
        messages = [message for one in look.owed for message in one.messages]
        with self.engine.database.write(job=True) as conn:
            outbox.append(conn, self.ws, messages, cmd=0, now=look.now, new_id=self.engine.database.new_id)
            for one in look.owed:
                schedules.ran(conn, self.ws, look.app_id, one.rule.uid, at=look.now)
                if one.messages or one.planned:
                    self._keep(conn, look, one)
        if messages:
            self.engine.wake.set()
        return len(messages)

    def _keep(self, conn: Any, look: Look, one: Owed) -> None:
        schedules.kept(
            conn,
            self.ws,
            look.app_id,
            one.rule.uid,
            planned=one.planned[-1],
            at=look.now,
            found=len(one.messages),
        )


@dataclass(frozen=True)
class Look:
    """What one look at an app's clock found."""

    app_id: int
    now: datetime
    zone: str
    rows: dict[str, ScheduleRow]
    owed: tuple[Owed, ...]

    @property
    def news(self) -> bool:
        """Whether there is anything to put down: a message, a time that has passed, a rule not seen before, a day that began."""
        return any(one.messages or self._is_behind(one) for one in self.owed)

    def _is_behind(self, one: Owed) -> bool:
        row = self.rows.get(one.rule.uid)
        if row is None or row.last_at is None:
            return True
        if one.rule.when.kind == "schedule" and one.planned:
            return True
        return business_date(row.last_at, self.zone) < business_date(self.now, self.zone)
