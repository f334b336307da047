"""Chores: what the engine does for itself by the clock. Of several nodes one does each at its time, under a lease; what a node that has
lost its lease still meant to write is not written."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter_ns
from typing import Any

from builder.runtime import anchoring, lateness, replay_jobs, upkeep
from builder.runtime.engine import Engine
from builder.runtime.relay import told
from builder.runtime.rounds import ROUNDS, lease_name
from builder.storage import schedules
from builder.storage.fencing import FencedError, fenced
from builder.storage.schedules import EVERYWHERE
from builder.storage.upkeep import Upkeep

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=15)


@dataclass(frozen=True)
class Chore:
    """``work`` is done ``every`` so often; it must bear being done twice. ``key`` names its words, *chore.<key>*."""

    key: str
    every: timedelta
    work: Callable[[Engine, int], Any]

    @property
    def name(self) -> str:
        """Under which its lease stands."""
        return lease_name(self.key)


def tend(known: Upkeep, engine: Engine, ws: int) -> None:
    """Keep the database in shape: tables made ahead, statistics, anchors of the log."""
    known.run(ws, engine.clock.now())
    anchoring.keep(engine, ws)


def chores_of(engine: Engine) -> tuple[Chore, ...]:
    """Everything that an engine does by the clock."""
    works: Mapping[str, Callable[[Engine, int], Any]] = {
        "remind": lateness.see_to,
        "replay": replay_jobs.start_waiting,
        "reindex": upkeep.index_anew,
        "tend": partial(tend, Upkeep(engine.database)),
        "tidy": upkeep.tidy,
    }
    return tuple(Chore(key, every, works[key]) for key, every in ROUNDS.items())


def run_due(engine: Engine, ws: int, chore: Chore) -> bool:
    """Do the chore if its time has come and nobody else does it; whether it was done."""
    now = engine.clock.now()
    with engine.database.snapshot() as conn:
        if not schedules.due(conn, ws, EVERYWHERE, chore.name, now):
            return False
    with engine.database.write(job=True) as conn:
        fence = schedules.claim(conn, ws, EVERYWHERE, chore.name, now=now, lease_until=now + LEASE, due=True)
    if fence is None:
        return False
    _work(engine, ws, chore, fence, now)
    return True


def _work(engine: Engine, ws: int, chore: Chore, fence: int, now: datetime) -> None:
    started, error = perf_counter_ns(), ""
    hold = partial(_hold, engine=engine, ws=ws, name=chore.name, fence=fence)
    try:
        with fenced(hold):
            chore.work(engine, ws)
    except FencedError:
        log.warning("chore %s is in other hands", chore.key)
        return
    except Exception as caught:
        log.exception("chore %s failed", chore.key)
        error = told(caught)
    with engine.database.write(job=True) as conn:
        schedules.release(
            conn,
            ws,
            EVERYWHERE,
            chore.name,
            fence,
            next_at=now + chore.every,
            last_at=now,
            ran_at=now,
            micros=(perf_counter_ns() - started) // 1000,
            error=error,
        )


def _hold(conn: Any, *, engine: Engine, ws: int, name: str, fence: int) -> bool:
    until = engine.clock.now() + LEASE
    return schedules.hold(conn, ws, EVERYWHERE, name, fence, lease_until=until)
