"""Jobs: long work in steps that survive a restart. Each step is safe to repeat; the cursor says where to go on.

A kind of job is a function that does one step from a cursor and says what the next cursor is (None: finished).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from builder.commands import Actor
from builder.errors import BuilderError, NotFoundError
from builder.registry import Registry
from builder.runtime.auth import actor_of
from builder.runtime.engine import Engine
from builder.runtime.granting import check_writing, reaches
from builder.runtime.playing import system
from builder.runtime.relay import told
from builder.storage import accounts, jobs
from builder.storage.errors import StorageError
from builder.storage.fencing import FencedError, fenced
from builder.storage.jobs import JobRow

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
MOST_DEATHS = 5
"""A step in which so many workers died one after the other is not given to another one."""


@dataclass(frozen=True)
class Advance:
    """What one step came to: where to go on (None: finished), how far it is, what the job has made."""

    cursor: Any
    progress: Mapping[str, Any] = field(default_factory=dict)


Work = Callable[[Engine, JobRow, Actor], Advance]
KINDS: Registry[Work] = Registry("job kind")
CHANNELS = {"import": "import", "import_undo": "import"}
"""By which channel what these jobs write came in."""


def start(engine: Engine, actor: Actor, kind: str, args: Mapping[str, Any]) -> int:
    """Put a job into the queue; its id. What a token starts reaches no further than the token."""
    KINDS.get(kind)
    id = engine.database.new_id()
    with engine.database.single() as conn:
        jobs.add(
            conn,
            actor.workspace,
            job_id=id,
            kind=kind,
            args={**args, "scope": list(actor.scope)} if actor.scope else args,
            user_id=actor.user_id,
            now=engine.clock.now(),
        )
    engine.wake.set()
    return id


def job_of(engine: Engine, actor: Actor, id: int) -> JobRow:
    """The actor's job; 404 for another's."""
    with engine.database.snapshot() as conn:
        row = jobs.get(conn, actor.workspace, id)
    if row is None or (row.user_id != actor.user_id and not actor.is_admin) or not is_reached(actor, row):
        raise NotFoundError(job=True)
    return row


def is_reached(actor: Actor, row: JobRow) -> bool:
    """Whether a token that was made for some apps reaches this job."""
    return reaches(actor, row.args.get("app"))


def cancel(engine: Engine, actor: Actor, id: int) -> None:
    """Stop after the step that runs now. A finished job stays as it is."""
    check_writing(actor)
    row = job_of(engine, actor, id)
    with engine.database.single() as conn:
        jobs.cancel(conn, actor.workspace, row.job_id)


def run_step(engine: Engine, ws: int = 1) -> bool:
    """Take one waiting job, or one whose worker died, and do its next step. False where there is nothing to do."""
    now = engine.clock.now()
    with engine.database.write(job=True) as conn:
        row = jobs.claim(conn, ws, now=now, lease_until=now + LEASE)
    if row is None:
        return False
    engine.hands[row.job_id] = row.fence
    try:
        _step(engine, ws, row)
    except FencedError:
        # Whoever has the lease now does the step; what this one meant to write was not written.
        log.warning("job %s (%s) is in other hands", row.job_id, row.kind)
    finally:
        engine.hands.pop(row.job_id, None)
    return True


def _step(engine: Engine, ws: int, row: JobRow) -> None:
    """Do the next step, and keep how it ended."""
    try:
        if row.deaths >= MOST_DEATHS:
            raise BuilderError("JOB_DIED")
        with fenced(lambda conn: _hold(conn, engine, ws, row.job_id, row.fence)):
            done = KINDS.get(row.kind)(engine, row, _actor(engine, ws, row))
    except FencedError:
        raise
    except Exception as error:
        log.exception("job %s (%s) failed", row.job_id, row.kind)
        _end(engine, ws, row, "failed", row.progress or {}, told(error))
        return
    if done.cursor is None:
        _end(engine, ws, row, "done", done.progress, "")
        return
    with engine.database.single() as conn:
        jobs.advance(conn, ws, row.job_id, row.fence, cursor=done.cursor, progress=done.progress)


def _end(engine: Engine, ws: int, row: JobRow, state: str, progress: Mapping[str, Any], error: str) -> None:
    with engine.database.single() as conn:
        jobs.finish(conn, ws, row.job_id, row.fence, state=state, progress=progress, error=error)


def _hold(conn: Any, engine: Engine, ws: int, job_id: int, fence: int) -> bool:
    return jobs.hold(conn, ws, job_id, fence, engine.clock.now() + LEASE)


def renew(engine: Engine, ws: int = 1) -> None:
    """Make the leases of the steps that run in this process last longer, for steps that take long without writing anything."""
    for job_id, fence in list(engine.hands.items()):
        try:
            with engine.database.write(job=True) as conn:
                _hold(conn, engine, ws, job_id, fence)
        except StorageError:
            # The step itself is writing: that renews it too.
            log.info("the lease of job %s was not renewed", job_id)


def _actor(engine: Engine, ws: int, row: JobRow) -> Actor:
    if not row.user_id:
        return system(ws)
    with engine.database.snapshot() as conn:
        user = accounts.user(conn, ws, row.user_id)
    if user is None or user.status != "active":
        raise NotFoundError(user=True)
    scope = tuple(row.args.get("scope", ()))
    found = actor_of(ws, user, kind="token" if scope else "user", scope=scope)
    return replace(found, channel=CHANNELS.get(row.kind, ""))
