"""Inbox: approval tasks as one person sees them, over all apps: what waits, and what was decided, submitted or copied."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, func, select

from builder.changes import ApprovalTask
from builder.metadata.text import Text
from builder.storage.flow_rows import TASK, TRANSITION_KEY, hides, label_of
from builder.storage.sql.arrays import ids_in, one_of
from builder.storage.tables.flow import approval, approval_task, attempt

MOST_EACH = 20
"""Open tasks that one person may have on one record."""


@dataclass(frozen=True, slots=True)
class InboxRow:
    """An open task with what it is about; ``attempt`` are the problems of its last try (empty: none). ``hides``: its step keeps fields
    from whom it asks."""

    app_id: int
    entity_id: int
    record_id: int
    transition: str
    node_label: Text
    started_by: int
    task: ApprovalTask
    attempt: Sequence[Mapping[str, Any]] = ()
    state: str = "running"
    hides: bool = False


def inbox(
    conn: Connection,
    ws: int,
    user_id: int,
    *,
    instead_of: Sequence[tuple[int, int]] = (),
    limit: int = 200,
) -> tuple[InboxRow, ...]:
    """Open tasks of one person and of those for whom that one stands in (person and app, 0: every one), the longest waiting first."""
    return _inbox(conn, ws, _open_for(user_id, instead_of), limit)


def on(
    conn: Connection,
    ws: int,
    user_id: int,
    entity_id: int,
    ids: Collection[int],
    *,
    instead_of: Sequence[tuple[int, int]] = (),
) -> tuple[InboxRow, ...]:
    """The same, of these records alone."""
    about = (approval.c.entity_id == entity_id) & one_of(approval.c.record_id, ids)
    return _inbox(conn, ws, _open_for(user_id, instead_of) & about, len(ids) * MOST_EACH)


def _open_for(user_id: int, instead_of: Sequence[tuple[int, int]]) -> ColumnElement[bool]:
    mine = approval_task.c.assignee_id == user_id
    for other, app_id in instead_of:
        theirs = approval_task.c.assignee_id == other
        mine |= theirs & (approval.c.app_id == app_id) if app_id else theirs
    return mine & (approval_task.c.status == "open")


def waiting(conn: Connection, ws: int, user_id: int) -> int:
    """How many open tasks a person has."""
    own = approval_task.c
    query = select(func.count()).where(own.ws == ws, own.assignee_id == user_id, own.status == "open")
    return int(conn.execute(query).scalar_one())


def seen_by(
    conn: Connection, ws: int, user_id: int, which: Literal["done", "started", "cc"], *, limit: int = 200
) -> tuple[InboxRow, ...]:
    """What a person has decided, has submitted (one task stands for each approval), or got a copy of; the latest first."""
    own = approval_task.c
    if which == "started":
        latest = (
            select(func.min(own.task_id))
            .join(approval, (approval.c.ws == own.ws) & (approval.c.approval_id == own.approval_id))
            .where(own.ws == ws, approval.c.started_by == user_id, own.assignee_id != 0)
            .group_by(own.approval_id)
        )
        return _inbox(conn, ws, own.task_id.in_(latest), limit, ended=True)
    decided = ("approved", "rejected", "returned", "transferred") if which == "done" else ("told",)
    where = (own.assignee_id == user_id) & own.status.in_(decided)
    return _inbox(conn, ws, where, limit, ended=True)


def _inbox(
    conn: Connection, ws: int, where: ColumnElement[bool], limit: int, *, ended: bool = False
) -> tuple[InboxRow, ...]:
    joined = approval_task.join(
        approval,
        (approval.c.ws == approval_task.c.ws) & (approval.c.approval_id == approval_task.c.approval_id),
    )
    names = ("app_id", "entity_id", "record_id", "definition", "transition_uid", "started_by", "state")
    about = [approval.c[name].label(f"a_{name}") for name in names]
    query = (
        select(approval_task.c.task_id.label("id"), *TASK, *about)
        .select_from(joined)
        .where(approval_task.c.ws == ws, where)
        .limit(limit)
    )
    at, id = approval_task.c.opened_at, approval_task.c.task_id
    query = query.order_by(at.desc(), id.desc()) if ended else query.order_by(at, id)
    if not ended:
        query = query.where(approval.c.ended_at.is_(None))
    rows = conn.execute(query).all()
    tried = _last_attempts(conn, ws, [row.id for row in rows])
    return tuple(_inbox_row(row, tried.get(row.id, ())) for row in rows)


def _inbox_row(row: Row[Any], tried: Sequence[Mapping[str, Any]]) -> InboxRow:
    found = dict(row._mapping)
    about = {name: found.pop(name) for name in [key for key in found if key.startswith("a_")]}
    definition = about["a_definition"]
    return InboxRow(
        app_id=about["a_app_id"],
        entity_id=about["a_entity_id"],
        record_id=about["a_record_id"],
        transition=str(definition.get(TRANSITION_KEY, about["a_transition_uid"])),
        node_label=label_of(definition.get("nodes", ()), found["node_uid"]),
        started_by=about["a_started_by"],
        state=about["a_state"],
        hides=hides(definition.get("nodes", ()), found["node_uid"]),
        task=ApprovalTask(**found),
        attempt=tried,
    )


def _last_attempts(conn: Connection, ws: int, tasks: Sequence[int]) -> dict[int, Sequence[Mapping[str, Any]]]:
    if not tasks:
        return {}
    query = select(attempt.c.task_id, attempt.c.problems).where(
        attempt.c.ws == ws, ids_in(attempt.c.task_id, "ids")
    )
    return {row[0]: row[1] for row in conn.execute(query.order_by(attempt.c.at), {"ids": list(tasks)})}
