"""Flow: approvals with their tasks, decisions and attempts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select

from builder.changes import Approval, ApprovalTask, Decision
from builder.record import Ref
from builder.storage.flow_rows import approval_of, approval_row, decision_row, task_row, transition_of
from builder.storage.flow_statements import (
    ADD_DECISION,
    APP_OF_ENTITY,
    APP_OF_TASK,
    BY_ID,
    BY_TASK,
    LOCK,
    PUT_APPROVAL,
    PUT_TASK,
    RUNNING,
    TASKS,
)
from builder.storage.slots import SlotMap
from builder.storage.sql.arrays import ids_in
from builder.storage.tables.apps import app
from builder.storage.tables.flow import approval, attempt, decision


@dataclass(frozen=True, slots=True)
class TrailRow:
    """A decision that was made about a record."""

    transition: str
    node_uid: str
    round: int
    user_id: int
    on_behalf_of: int
    action: str
    opinion: str
    at: datetime


def running(
    conn: Connection, ws: int, maps: SlotMap, ref: Ref
) -> tuple[tuple[Approval, tuple[ApprovalTask, ...]], ...]:
    """Running approvals of a record, each with all its tasks."""
    rows = RUNNING.named(conn, {"ws": ws, "entity": maps.entity_id(ref.entity), "record": ref.id})
    return _joined(conn, ws, maps, rows)


def running_in(conn: Connection, ws: int, maps: SlotMap, app_id: int, most: int) -> tuple[Approval, ...]:
    """Running approvals of an app, the oldest first."""
    own = (approval.c.ws == ws) & (approval.c.app_id == app_id) & approval.c.ended_at.is_(None)
    ids = select(approval.c.approval_id).where(own).order_by(approval.c.approval_id).limit(most)
    return tuple(one for one, _ in _with_tasks(conn, ws, maps, approval.c.approval_id.in_(ids)))


def decided_nodes(conn: Connection, ws: int, ids: Sequence[int]) -> frozenset[tuple[int, int, str]]:
    """Approval, round and node of everything that was recorded about these approvals."""
    if not ids:
        return frozenset()
    query = select(decision.c.approval_id, decision.c.round, decision.c.node_uid).distinct()
    query = query.where(decision.c.ws == ws, ids_in(decision.c.approval_id, "ids"))
    return frozenset((row[0], row[1], row[2]) for row in conn.execute(query, {"ids": list(ids)}))


def approval_of_task(
    conn: Connection, ws: int, maps: SlotMap, task_id: int
) -> tuple[Approval, tuple[ApprovalTask, ...]] | None:
    """The approval that a task belongs to, running or ended, with all its tasks."""
    found = _joined(conn, ws, maps, BY_TASK.named(conn, {"ws": ws, "task": task_id}))
    return found[0] if found else None


def approval_by_id(
    conn: Connection, ws: int, maps: SlotMap, id: int
) -> tuple[Approval, tuple[ApprovalTask, ...]] | None:
    """One approval, running or ended, with all its tasks."""
    found = _joined(conn, ws, maps, BY_ID.named(conn, {"ws": ws, "id": id}))
    return found[0] if found else None


def last_returned(conn: Connection, ws: int, maps: SlotMap, ref: Ref, transition_uid: str) -> Approval | None:
    """The record's latest approval by that transition, if it ended by being returned."""
    of_record = (approval.c.entity_id == maps.entity_id(ref.entity)) & (approval.c.record_id == ref.id)
    latest = (
        select(approval.c.approval_id)
        .where(approval.c.ws == ws, of_record, approval.c.transition_uid == transition_uid)
        .order_by(approval.c.ended_at.desc(), approval.c.approval_id.desc())
        .limit(1)
    )
    last = approval.c.approval_id == latest.scalar_subquery()
    found = _with_tasks(conn, ws, maps, last & (approval.c.state == "returned"))
    return found[0][0] if found else None


def last_approval(
    conn: Connection, ws: int, maps: SlotMap, ref: Ref
) -> tuple[Approval, tuple[ApprovalTask, ...]] | None:
    """The record's latest approval, running or ended, with all its tasks."""
    of_record = (approval.c.entity_id == maps.entity_id(ref.entity)) & (approval.c.record_id == ref.id)
    latest = (
        select(approval.c.approval_id)
        .where(approval.c.ws == ws, of_record)
        .order_by(approval.c.started_at.desc(), approval.c.approval_id.desc())
        .limit(1)
    )
    found = _with_tasks(conn, ws, maps, approval.c.approval_id == latest.scalar_subquery())
    return found[0] if found else None


def app_of_task(conn: Connection, ws: int, task_id: int) -> str | None:
    """The key of the app that a task belongs to."""
    found = APP_OF_TASK.first(conn, {"ws": ws, "task": task_id})
    return str(found[0]) if found else None


def trail(conn: Connection, maps: SlotMap, ws: int, ref: Ref) -> tuple[TrailRow, ...]:
    """Every decision about a record, oldest first."""
    names = ("node_uid", "round", "user_id", "on_behalf_of", "action", "opinion", "at")
    joined = decision.join(
        approval, (approval.c.ws == decision.c.ws) & (approval.c.approval_id == decision.c.approval_id)
    )
    query = (
        select(approval.c.transition_uid, approval.c.definition, *(decision.c[name] for name in names))
        .select_from(joined)
        .where(approval.c.ws == ws, approval.c.entity_id == maps.entity_id(ref.entity))
        .where(approval.c.record_id == ref.id)
        .order_by(decision.c.at, decision.c.cmd)
    )
    entity_key = ref.entity
    return tuple(
        TrailRow(transition_of(maps, entity_key, row.transition_uid, row.definition), *row[2:])
        for row in conn.execute(query)
    )


def lock(conn: Connection, ws: int, ids: Sequence[int]) -> dict[int, int]:
    """Lock the approvals, id by id, and give for each the version that a change of it makes: one more than it has, 1 for one that is
    not there yet."""
    known = {row[0]: row[1] for row in LOCK.all(conn, {"ws": ws, "ids": sorted(set(ids))})}
    return {id: known.get(id, 0) + 1 for id in ids}


def write(
    conn: Connection,
    maps: SlotMap,
    ws: int,
    approvals: Sequence[Approval],
    tasks: Sequence[ApprovalTask],
    decisions: Sequence[Decision],
    *,
    cmd: int,
    now: datetime,
) -> None:
    """Write what changed. Approvals that end come first: another one of the same transition may begin."""
    for one in sorted(approvals, key=lambda a: (a.ended_at is None, a.id)):
        entity_id = maps.entity_id(one.entity)
        of = APP_OF_ENTITY.first(conn, {"ws": ws, "entity": entity_id})
        assert of is not None
        PUT_APPROVAL.run(conn, approval_row(ws, one, entity_id, of[0]))
    if tasks:
        PUT_TASK.run_many(conn, [task_row(ws, task) for task in tasks])
    if decisions:
        ADD_DECISION.run_many(conn, [decision_row(ws, made, cmd, now) for made in decisions])


def add_attempt(
    conn: Connection,
    ws: int,
    *,
    attempt_id: int,
    task_id: int,
    actor_id: int,
    opinion: str,
    problems: Sequence[Mapping[str, Any]],
    now: datetime,
) -> None:
    """Keep what was tried on a task and why it was refused."""
    row = {"attempt_id": attempt_id, "task_id": task_id, "actor_id": actor_id, "opinion": opinion}
    conn.execute(insert(attempt), {"ws": ws, **row, "problems": list(problems), "at": now})


def _with_tasks(
    conn: Connection, ws: int, maps: SlotMap, where: ColumnElement[bool]
) -> tuple[tuple[Approval, tuple[ApprovalTask, ...]], ...]:
    """By a condition that few ask: what every action asks is prepared."""
    joined = approval.join(app, (app.c.ws == approval.c.ws) & (app.c.app_id == approval.c.app_id))
    query = select(approval, app.c.key.label("app_key")).select_from(joined)
    rows = conn.execute(query.where(approval.c.ws == ws, where).order_by(approval.c.approval_id)).all()
    return _joined(conn, ws, maps, rows)


def _joined(
    conn: Connection, ws: int, maps: SlotMap, rows: Sequence[Any]
) -> tuple[tuple[Approval, tuple[ApprovalTask, ...]], ...]:
    """The approvals of these rows, each with its tasks."""
    found = [made for row in rows if (made := approval_of(maps, row)) is not None]
    if not found:
        return ()
    tasks = _tasks(conn, ws, [one.id for one in found])
    return tuple((one, tuple(tasks.get(one.id, ()))) for one in found)


def _tasks(conn: Connection, ws: int, approvals: Sequence[int]) -> dict[int, list[ApprovalTask]]:
    found: dict[int, list[ApprovalTask]] = {}
    for row in TASKS.named(conn, {"ws": ws, "ids": list(approvals)}):
        found.setdefault(row.approval_id, []).append(ApprovalTask(**row._mapping))
    return found
