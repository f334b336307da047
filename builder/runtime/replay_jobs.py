"""Replay jobs: replays that are too long for one request, as a job, lane by lane; and what waits is found by the clock too."""

from __future__ import annotations

from typing import Any

from builder.commands import Actor, ReplayLedger
from builder.ledger.waiting import waiting
from builder.runtime import jobs
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.jobs import Advance
from builder.runtime.playing import system
from builder.storage import apps as stored_apps
from builder.storage import jobs as stored_jobs
from builder.storage.jobs import JobRow

KIND = "replay"


def run_replay(engine: Engine, row: JobRow, actor: Actor) -> Advance:
    """The job kind *replay*: the next lane, whatever its length. A step that committed before a crash answers again as it did."""
    cursor = row.cursor or {"done": 0, "total": 0}
    command = ReplayLedger(row.args["app"], row.args["ledger"], most=0)
    answer = Dispatcher(engine)(actor, command, key=f"replay:{row.job_id}:{cursor['done']}")
    done, left = cursor["done"] + answer["lanes"], answer["waiting"]
    total = max(cursor["total"], done + left)
    following = {"done": done, "total": total} if left and answer["lanes"] else None
    return Advance(following, {"done": done, "total": total})


def start(engine: Engine, actor: Actor, app: str, ledger: str) -> int:
    """Put the replay of everything that waits into the queue; the job's id."""
    return jobs.start(engine, actor, KIND, {"app": app, "ledger": ledger})


def start_waiting(engine: Engine, ws: int = 1) -> tuple[int, ...]:
    """Queue replays for ledgers some of whose lanes wait: what a request left or a crash cut off."""
    started: list[int] = []
    with engine.database.snapshot() as conn:
        late = [
            (row.key, key)
            for row in stored_apps.apps(conn, ws)
            if row.live_version
            for key in _late(engine, conn, ws, row.key)
        ]
        known = _queued(conn, ws)
    for app, ledger in late:
        if (app, ledger) not in known:
            started.append(start(engine, system(ws), app, ledger))
    return tuple(started)


def _late(engine: Engine, conn: Any, ws: int, app: str) -> list[str]:
    models = engine.apps.load(conn, ws, app).ledgers
    return [
        key
        for key, model in models.items()
        if model.cost is not None and model.ledger.order == "replay" and waiting(conn, model, ws)
    ]


def _queued(conn: Any, ws: int) -> set[tuple[str, str]]:
    return {(r.args["app"], r.args["ledger"]) for r in stored_jobs.unfinished(conn, ws, KIND)}


jobs.KINDS.register(KIND, run_replay)
