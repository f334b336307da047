"""Late tasks: what of approvals is due by now, or waits for somebody who has left, read from the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select, update

from builder.storage.tables.flow import approval, approval_task
from builder.storage.tables.people import account


@dataclass(frozen=True, slots=True)
class LateRow:
    """A task that nobody has seen to: its time was over at ``due_at``, or it has waited since then for somebody who has left."""

    app_id: int
    approval_id: int
    task_id: int
    due_at: datetime


def overdue(conn: Connection, ws: int, now: datetime, *, limit: int = 200) -> tuple[LateRow, ...]:
    """Open tasks that are late, and waits that are over, the longest due first."""
    own = approval_task.c
    late = (own.status == "open") & (own.fire_no == 0)
    # Waits are few, and found among the approvals that run: no index is kept for them alone.
    rows = [*_due(conn, ws, late, now, limit), *_due(conn, ws, own.status == "timer", now, limit)]
    return tuple(sorted(rows, key=lambda row: (row.due_at, row.task_id))[:limit])


def orphaned(conn: Connection, ws: int, *, limit: int = 200) -> tuple[LateRow, ...]:
    """Tasks of running approvals whose person has no account in use any more, the oldest first."""
    own = approval_task.c
    joined = approval_task.join(
        account, (account.c.ws == own.ws) & (account.c.user_id == own.assignee_id)
    ).join(approval, (approval.c.ws == own.ws) & (approval.c.approval_id == own.approval_id))
    query = (
        select(approval.c.app_id, own.approval_id, own.task_id, own.opened_at)
        .select_from(joined)
        .where(own.ws == ws, account.c.status != "active", own.status.in_(("open", "waiting")))
        .where(approval.c.ended_at.is_(None))
        .order_by(own.opened_at, own.task_id)
        .limit(limit)
    )
    return tuple(LateRow(*row) for row in conn.execute(query))


def _due(conn: Connection, ws: int, where: ColumnElement[bool], now: datetime, limit: int) -> list[LateRow]:
    own = approval_task.c
    joined = approval_task.join(
        approval, (approval.c.ws == own.ws) & (approval.c.approval_id == own.approval_id)
    )
    query = (
        select(approval.c.app_id, own.approval_id, own.task_id, own.due_at)
        .select_from(joined)
        .where(own.ws == ws, approval.c.ended_at.is_(None), where, own.due_at <= now)
        .order_by(own.due_at, own.task_id)
        .limit(limit)
    )
    return [LateRow(*row) for row in conn.execute(query)]


def put_off(conn: Connection, ws: int, task_id: int, until: datetime) -> None:
    """Look at a late task again later: seeing to it was refused."""
    own = approval_task.c
    conn.execute(update(approval_task).where(own.ws == ws, own.task_id == task_id).values(due_at=until))
