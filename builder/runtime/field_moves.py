"""Field moves: the job that carries records along when fields of big entities change their place, and ends in the flip.

Each step is one batch and a pause, so that people who work do not notice. A step that died is done again; its batch changes nothing then.
"""

from __future__ import annotations

import time
from typing import Any

from builder.commands import Actor
from builder.metadata.loading import load_trusted
from builder.runtime import jobs
from builder.runtime.engine import Engine
from builder.runtime.jobs import Advance
from builder.storage import apps as stored_apps
from builder.storage import preparing
from builder.storage.database import gate
from builder.storage.errors import RetryError
from builder.storage.jobs import JobRow
from builder.storage.preparing import MOVE, MoveRow
from builder.storage.publishing import Version, flip


def run_move(engine: Engine, row: JobRow, actor: Actor) -> Advance:
    """The job kind *move*: the next batch, or the flip where all records have moved."""
    ws, app_id = actor.workspace, row.args["app_id"]
    cursor = row.cursor or {"at": 0, "after": 0, "done": 0}
    try:
        with engine.database.write(job=True) as conn:
            gate(conn, app_id)
            move = preparing.move_of(conn, ws, app_id)
            if move is None or not move.is_running or move.job_id != row.job_id:
                return Advance(None, row.progress or {})
            maps = engine.apps.load(conn, ws, row.args["app"]).maps
            at, after, count = preparing.carry_on(
                conn, ws, maps, cursor["at"], cursor["after"], engine.settings.move_batch
            )
    except RetryError:
        return Advance(cursor, row.progress or {})
    done = cursor["done"] + count
    progress = {"done": done, "total": max(move.total, done), "version": move.version}
    if after is None and at + 1 >= len(preparing.shadowed(maps)):
        return _flipped(engine, row, ws, move, cursor, progress)
    if engine.settings.move_pause:
        time.sleep(engine.settings.move_pause / 1000)
    following = {"at": at, "after": after} if after is not None else {"at": at + 1, "after": 0}
    return Advance({**following, "done": done}, progress)


def _flipped(
    engine: Engine, row: JobRow, ws: int, move: MoveRow, cursor: Any, progress: dict[str, Any]
) -> Advance:
    """The end, with the gate held alone for as long as a few statements take. Where it is not to be had the last batch comes again."""
    coming = _coming(move)
    try:
        with engine.database.write(job=True) as conn:
            gate(conn, move.app_id, exclusive=True)
            app = engine.apps.load(conn, ws, row.args["app"])
            problems = flip(conn, ws, move.app_id, app.maps, app.package, coming, engine.clock.now())
    except RetryError:
        return Advance(cursor, progress)
    # What stopped it is kept with the move and told on the page of versions; the job has nothing left to do.
    return Advance(None, {**progress, "stopped": True} if problems else progress)


def _coming(move: MoveRow) -> Version | None:
    """The version that waits for its records, read before the gate is asked for."""
    nodes = move.definitions
    if nodes is None:
        return None
    return Version(
        nodes, load_trusted(nodes), move.note, move.author_id, move.rolled_back_from, bool(move.lose)
    )


def resume_moves(engine: Engine, ws: int = 1) -> int:
    """Queue moves again whose job has failed (of a full disk, say) or was cancelled; how many."""
    started = 0
    with engine.database.snapshot() as conn:
        rows = stored_apps.apps(conn, ws)
        moves = [(row, preparing.move_of(conn, ws, row.app_id)) for row in rows]
        stuck = [
            (row, move)
            for row, move in moves
            if move is not None and move.is_running and not _is_alive(conn, ws, move)
        ]
    for row, move in stuck:
        with engine.database.write(job=True) as conn:
            gate(conn, row.app_id, exclusive=True)
            started += preparing.start_again(
                conn, ws, row.app_id, move.job_id, engine.database.new_id(), row.key, engine.clock.now()
            )
    return started


def _is_alive(conn: Any, ws: int, move: MoveRow) -> bool:
    job = preparing.job_of(conn, ws, move)
    return job is not None and job.state in {"waiting", "running"}


jobs.KINDS.register(MOVE, run_move)
