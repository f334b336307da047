"""Jobs: long work in steps. A step is leased; when its worker dies, another goes on from the last cursor.

What a step commits is fenced: a worker that has lost its lease commits nothing more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, insert, or_, select, update

from builder.storage.tables.machinery import job

WAITING, RUNNING, CANCELLED, FAILED = "waiting", "running", "cancelled", "failed"
LONGEST_ERROR = 500


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job. ``state``: waiting, running, done, failed, cancelled. ``cursor`` says where to go on, ``fence`` names the lease."""

    job_id: int
    kind: str
    args: Mapping[str, Any]
    cursor: Any
    progress: Mapping[str, Any] | None
    state: str
    fence: int
    cmd: int
    user_id: int
    created_at: datetime
    error: str
    deaths: int = 0


_COLUMNS = [job.c[name] for name in JobRow.__dataclass_fields__]


def add(
    conn: Connection, ws: int, *, job_id: int, kind: str, args: Mapping[str, Any], user_id: int, now: datetime
) -> None:
    """Put a job into the queue."""
    row = {"job_id": job_id, "kind": kind, "args": dict(args), "user_id": user_id, "created_at": now}
    conn.execute(insert(job), {"ws": ws, "state": WAITING, **row})


def get(conn: Connection, ws: int, job_id: int) -> JobRow | None:
    row = conn.execute(select(*_COLUMNS).where(job.c.ws == ws, job.c.job_id == job_id)).one_or_none()
    return JobRow(*row) if row is not None else None


def of(conn: Connection, ws: int, user_id: int | None = None, *, limit: int = 50) -> tuple[JobRow, ...]:
    """Jobs of one person, or of everybody, the newest first."""
    query = select(*_COLUMNS).where(job.c.ws == ws)
    if user_id is not None:
        query = query.where(job.c.user_id == user_id)
    return tuple(JobRow(*row) for row in conn.execute(query.order_by(job.c.job_id.desc()).limit(limit)))


def claim(conn: Connection, ws: int, *, now: datetime, lease_until: datetime) -> JobRow | None:
    """Take the oldest job that waits or whose worker let its lease run out."""
    ready = or_(job.c.state == WAITING, and_(job.c.state == RUNNING, job.c.lease_until <= now))
    query = select(*_COLUMNS).where(job.c.ws == ws, ready).order_by(job.c.job_id).limit(1)
    row = conn.execute(query.with_for_update(skip_locked=True)).first()
    if row is None:
        return None
    found = JobRow(**row._mapping)
    deaths = found.deaths + (found.state == RUNNING)
    conn.execute(
        update(job)
        .where(job.c.ws == ws, job.c.job_id == found.job_id)
        .values(state=RUNNING, lease_until=lease_until, fence=job.c.fence + 1, deaths=deaths)
    )
    return replace(found, state=RUNNING, fence=found.fence + 1, deaths=deaths)


def hold(conn: Connection, ws: int, job_id: int, fence: int, lease_until: datetime) -> bool:
    """Lock the lease until the transaction ends and make it last longer; False where another has taken it."""
    return conn.execute(_own(ws, job_id, fence).values(lease_until=lease_until)).rowcount == 1


def advance(
    conn: Connection, ws: int, job_id: int, fence: int, *, cursor: Any, progress: Mapping[str, Any]
) -> bool:
    """Keep a step's end and let the next one be taken. False where the lease has gone to another or the job was cancelled."""
    _progress(conn, ws, job_id, fence, progress)
    done = conn.execute(
        _own(ws, job_id, fence)
        .where(job.c.state == RUNNING)
        .values(state=WAITING, cursor=cursor, lease_until=None, deaths=0)
    )
    return done.rowcount == 1


def finish(
    conn: Connection, ws: int, job_id: int, fence: int, *, state: str, progress: Mapping[str, Any], error: str
) -> bool:
    """End the job. One that was cancelled meanwhile stays so."""
    _progress(conn, ws, job_id, fence, progress)
    done = conn.execute(
        _own(ws, job_id, fence)
        .where(job.c.state == RUNNING)
        .values(state=state, error=error[:LONGEST_ERROR], lease_until=None)
    )
    return done.rowcount == 1


def cancel(conn: Connection, ws: int, job_id: int) -> bool:
    """Stop after the step that runs now; False where it had ended."""
    query = update(job).where(job.c.ws == ws, job.c.job_id == job_id, job.c.state.in_((WAITING, RUNNING)))
    return conn.execute(query.values(state=CANCELLED)).rowcount == 1


def _progress(conn: Connection, ws: int, job_id: int, fence: int, progress: Mapping[str, Any]) -> None:
    """How far it is, as far as the lease is still held."""
    conn.execute(_own(ws, job_id, fence).values(progress=dict(progress)))


def _own(ws: int, job_id: int, fence: int) -> Any:
    return update(job).where(job.c.ws == ws, job.c.job_id == job_id, job.c.fence == fence)


def unfinished(conn: Connection, ws: int, kind: str) -> tuple[JobRow, ...]:
    """Jobs of that kind that wait or run."""
    query = select(*_COLUMNS).where(job.c.ws == ws, job.c.kind == kind, job.c.state.in_((WAITING, RUNNING)))
    return tuple(JobRow(*row) for row in conn.execute(query))
