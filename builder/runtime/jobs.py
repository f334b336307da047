"""Jobs: long work in steps that survive a restart. Each step is safe to repeat; the cursor says where to go on.

A kind of job is a function that does one step from a cursor and says what the next cursor is (None: finished).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from builder.commands import Actor
from builder.errors import ForbiddenError, NotFoundError
from builder.registry import Registry
from builder.runtime.auth import actor_of
from builder.runtime.engine import Engine
from builder.runtime.playing import system
from builder.runtime.relay import told
from builder.storage import accounts, jobs
from builder.storage.jobs import JobRow

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)


@dataclass(frozen=True)
class Advance:
    """What one step came to: where to go on (None: finished), how far it is, what the job has made."""

    cursor: Any
    progress: Mapping[str, Any] = field(default_factory=dict)


Work = Callable[[Engine, JobRow, Actor], Advance]
KINDS: Registry[Work] = Registry("job kind")


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
    if row is None or (row.user_id != actor.user_id and not actor.is_admin):
        raise NotFoundError(job=True)
    return row


def cancel(engine: Engine, actor: Actor, id: int) -> None:
    """Stop after the step that runs now. A finished job stays as it is."""
    if actor.scope and not any(scope.endswith(":write") for scope in actor.scope):
        raise ForbiddenError(deed="token")
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
    try:
        done = KINDS.get(row.kind)(engine, row, _actor(engine, ws, row))
    except Exception as error:
        log.exception("job %s (%s) failed", row.job_id, row.kind)
        with engine.database.single() as conn:
            jobs.finish(
                conn,
                ws,
                row.job_id,
                row.fence,
                state="failed",
                progress=row.progress or {},
                error=told(error),
            )
        return True
    with engine.database.single() as conn:
        if done.cursor is None:
            jobs.finish(conn, ws, row.job_id, row.fence, state="done", progress=done.progress, error="")
        else:
            jobs.advance(conn, ws, row.job_id, row.fence, cursor=done.cursor, progress=done.progress)
    return True


def _actor(engine: Engine, ws: int, row: JobRow) -> Actor:
    if not row.user_id:
        return system(ws)
    with engine.database.snapshot() as conn:
        user = accounts.user(conn, ws, row.user_id)
    if user is None or user.status != "active":
        raise NotFoundError(user=True)
    scope = tuple(row.args.get("scope", ()))
    return actor_of(ws, user, kind="token" if scope else "user", scope=scope)
