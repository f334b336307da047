"""Two nodes of the engine that die and stand still at random, on a clock that a file tells.

``python -m tests.runtime.nodes URL FOLDER SEED DEATHS`` forks two children that do what a worker does, over and over: schedules, messages, jobs.
Each is given a number of statements after which it kills itself, or, just before it begins a transaction, stands still. Whenever one of them
falls, the clock goes on, past the ends of leases too, and another takes its place; one that stands goes on when the next one falls, with
leases in its hands that are no longer its own. At last a child that nothing happens to works until nothing is left to do.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import event

from builder.config import Settings
from builder.runtime import jobs
from builder.runtime.engine import Engine
from builder.runtime.jobs import KINDS
from builder.runtime.scheduler import Scheduler
from builder.storage import outbox
from builder.storage.database import Database
from builder.storage.prepared import watchers
from tests.runtime import adding

WS = 1
RELAYED = ("rule", "notification", "event")
SHORTEST, LONGEST = 3, 260
"""How many statements a child lives: from its first look at the clock to the middle of its work."""


class FileClock:
    """A clock that shows what stands in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def now(self) -> datetime:
        return datetime.fromisoformat(self.path.read_text())

    def advance(self, by: timedelta) -> None:
        later = (self.now() + by).isoformat()
        # Nobody reads half a time.
        fresh = self.path.with_suffix(".new")
        fresh.write_text(later)
        fresh.replace(self.path)


@dataclass
class Fate:
    """What happens to a child after so many statements."""

    statements: int
    stands: bool

    def befall(self, database: Database) -> None:
        """Let it happen to this process, which works on the database."""
        watchers.append(self._said)
        for engine in (database.readers, database.writers):
            event.listen(engine, "before_cursor_execute", self._count)
            event.listen(engine, "commit", self._count)
        if database.dialect == "postgresql":
            event.listen(database.writers, "begin", self._begin)

    def _said(self, text: str) -> None:
        if text == "BEGIN IMMEDIATE":
            self._begin()
        self._count()

    def _count(self, *_: object) -> None:
        self.statements -= 1
        if self.statements <= 0 and not self.stands:
            os.kill(os.getpid(), signal.SIGKILL)

    def _begin(self, *_: object) -> None:
        # It holds no lock of the database while it stands, or nobody else could go on.
        if self.statements <= 0 and self.stands:
            self.stands, self.statements = False, random.randint(SHORTEST, LONGEST)
            os.kill(os.getpid(), signal.SIGSTOP)


def opened(url: str, folder: str, clock: FileClock) -> Engine:
    database = Database.open(url)
    return Engine(Settings(database=url, var=folder), database, clock)


def work(engine: Engine) -> None:
    scheduler = Scheduler(engine, WS)
    # As the scheduler calls them: what fails is logged, and tried again.
    ticks = [
        scheduler._guarded(do) for do in (scheduler.run_schedules, scheduler.relay.drain, scheduler.run_jobs)
    ]
    while True:
        for tick in ticks:
            tick()


def settle(engine: Engine, clock: FileClock) -> None:
    """Do everything that is left. Schedules owe nothing that lies after the end; what failed waits, and its time comes."""
    scheduler = Scheduler(engine, WS)
    scheduler.run_schedules()
    for _ in range(50):
        scheduler.relay.drain()
        while jobs.run_step(engine, WS):
            pass
        clock.advance(timedelta(hours=1, minutes=10))
        with engine.database.snapshot() as conn:
            waits = outbox.waiting(conn, WS, kinds=RELAYED, now=clock.now())
        if not waits and not engine.hands:
            return
    raise RuntimeError("something is never done")


def child(do: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        do()
        os._exit(0)
    finally:
        # Nothing of the parent may run on: neither its loop nor what it does at its end.
        traceback.print_exc()
        os._exit(1)


def main(url: str, folder: str, seed: str, deaths: str) -> None:
    chance, clock = random.Random(seed), FileClock(Path(folder) / "clock")
    KINDS.register("adding", adding.step)

    def live(fate: Fate) -> None:
        random.seed(fate.statements)
        engine = opened(url, folder, clock)
        fate.befall(engine.database)
        work(engine)

    def end() -> None:
        settle(opened(url, folder, clock), clock)

    told = {"kills": 0, "stops": 0}
    running: set[int] = set()
    try:
        while told["kills"] < int(deaths):
            while len(running) < 2:
                fate = Fate(chance.randint(SHORTEST, LONGEST), chance.random() < 0.3)
                running.add(child(partial(live, fate)))
            told[_next(running)] += 1
            clock.advance(timedelta(seconds=chance.randint(20, 200)))
    finally:
        for pid in running:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    clock.advance(timedelta(minutes=5))
    print(json.dumps({**told, "end": clock.now().isoformat()}), flush=True)
    _, status = os.waitpid(child(end), 0)
    raise SystemExit(os.waitstatus_to_exitcode(status))


def _next(running: set[int]) -> str:
    """Wait until one falls or stands still; whoever stood still until now goes on."""
    pid, status = os.waitpid(-1, os.WUNTRACED)
    stopped = os.WIFSTOPPED(status)
    if not stopped:
        running.discard(pid)
        if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
            raise SystemExit(f"a child ended by itself: {status}")
    for other in running - ({pid} if stopped else set()):
        os.kill(other, signal.SIGCONT)
    return "stops" if stopped else "kills"


if __name__ == "__main__":
    main(*sys.argv[1:])
