"""Jobs: long work in steps. A worker takes one under a lease with a fence; one whose lease has ended is taken again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, or_, select, update

from builder.storage.columns import PG
from builder.storage.tables.machinery import job

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
SHOWN = 50


@dataclass(frozen=True, slots=True)
class JobRow:
    """``state``: waiting, running, done, failed, cancelled. ``cursor`` says where the next step begins (None: at the start)."""

    job_id: int
    kind: str
    args: Mapping[str, Any]
    cursor: Any
    progress: Mapping[str, Any] | None
    state: str
    fence: int
    user_id: int
    created_at: datetime
    error: str


COLUMNS = tuple(job.c[name] for name in JobRow.__dataclass_fields__)


def add(
    conn: Connection,
    ws: int,
    *,
    job_id: int,
    kind: str,
    args: Mapping[str, Any],
    user_id: int,
    now: datetime,
) -> None:
    conn.execute(
        job.insert().values(
            ws=ws, job_id=job_id, kind=kind, args=args, state=WAITING, user_id=user_id, created_at=now
        )
    )


def get(conn: Connection, ws: int, job_id: int) -> JobRow | None:
    row = conn.execute(select(*COLUMNS).where(job.c.ws == ws, job.c.job_id == job_id)).one_or_none()
    return JobRow(*row) if row is not None else None


def of_user(conn: Connection, ws: int, user_id: int, limit: int = SHOWN) -> tuple[JobRow, ...]:
    """A person's jobs, the newest first."""
    query = select(*COLUMNS).where(job.c.ws == ws, job.c.user_id == user_id)
    return tuple(JobRow(*row) for row in conn.execute(query.order_by(job.c.job_id.desc()).limit(limit)))


def unfinished(conn: Connection, ws: int, kind: str) -> tuple[JobRow, ...]:
    """The jobs of a kind that wait or run, the oldest first."""
    query = select(*COLUMNS).where(job.c.ws == ws, job.c.kind == kind, job.c.state.in_((WAITING, RUNNING)))
    return tuple(JobRow(*row) for row in conn.execute(query.order_by(job.c.job_id)))


def claim(conn: Connection, ws: int, *, now: datetime, lease_until: datetime) -> JobRow | None:
    """Take the oldest job that waits, or that a worker left behind. None where there is none."""
    free = or_(job.c.state == WAITING, and_(job.c.state == RUNNING, job.c.lease_until <= now))
    query = select(*COLUMNS).where(job.c.ws == ws, free).order_by(job.c.job_id).limit(1)
    if conn.dialect.name == PG:
        query = query.with_for_update(skip_locked=True)
    row = conn.execute(query).one_or_none()
    if row is None:
        return None
    found = JobRow(*row)
    conn.execute(
        update(job)
        .where(job.c.ws == ws, job.c.job_id == found.job_id)
        .values(state=RUNNING, lease_until=lease_until, fence=found.fence + 1)
    )
    return JobRow(*row[:5], RUNNING, found.fence + 1, *row[7:])


def _held(ws: int, job_id: int, fence: int) -> Any:
    """The job while this worker still has it and nobody has stopped it."""
    return and_(job.c.ws == ws, job.c.job_id == job_id, job.c.fence == fence, job.c.state == RUNNING)


def advance(
    conn: Connection, ws: int, job_id: int, fence: int, *, cursor: Any, progress: Mapping[str, Any]
) -> bool:
    """Keep where the next step begins and let any worker take it; False where the job is no longer this worker's."""
    values = {"cursor": cursor, "progress": progress, "state": WAITING, "lease_until": None}
    return bool(conn.execute(update(job).where(_held(ws, job_id, fence)).values(values)).rowcount)


def finish(
    conn: Connection,
    ws: int,
    job_id: int,
    fence: int,
    *,
    state: str,
    progress: Mapping[str, Any],
    error: str,
) -> bool:
    """End the job as ``done`` or ``failed``; False where it is no longer this worker's."""
    values = {"state": state, "progress": progress, "error": error, "lease_until": None}
    return bool(conn.execute(update(job).where(_held(ws, job_id, fence)).values(values)).rowcount)


def cancel(conn: Connection, ws: int, job_id: int) -> bool:
    """Stop a job that waits or runs; its running step ends, and no other begins."""
    own = and_(job.c.ws == ws, job.c.job_id == job_id, job.c.state.in_((WAITING, RUNNING)))
    return bool(conn.execute(update(job).where(own).values(state=CANCELLED, lease_until=None)).rowcount)
