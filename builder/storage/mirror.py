"""What the process mirror is made of: visits of states, approvals given, how long steps of approvals took, and linked documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, and_, func, select, type_coerce

from builder.storage.slots import SlotMap
from builder.storage.sql.arrays import ids_in
from builder.storage.sql.epochs import epoch
from builder.storage.tables.flow import approval, approval_task, decision
from builder.storage.tables.machinery import command_log
from builder.storage.tables.records import record_link, state_span

Span = tuple[datetime, datetime]
"""From (inclusive) and until (exclusive)."""
VisitRow = tuple[int, int, str, int, int | None, int]
"""Entity, record, state uid, entered, left, actor."""


@dataclass(frozen=True, slots=True)
class StepRow:
    """One person's turn in an approval: opened, decided (None: not yet), in seconds."""

    entity_id: int
    transition: str
    node_uid: str
    record_id: int
    assignee_id: int
    opened: int
    decided: int | None
    status: str


def visits(conn: Connection, ws: int, entity_ids: Sequence[int], span: Span) -> Iterator[VisitRow]:
    """Visits of states that began within ``span``, record by record, in the order in which they happened."""
    own = state_span.c
    # Instants as plain text or numbers: nothing is converted row by row.
    entered, left = epoch(conn, own.entered_at), epoch(conn, own.left_at)
    query = (
        select(own.entity_id, own.record_id, type_coerce(own.state, String), entered, left, own.actor_id)
        .where(own.ws == ws, ids_in(own.entity_id, "entities"), *_within(own.entered_at, span))
        .order_by(own.entity_id, own.record_id, own.entered_cmd)
    )
    yield from map(tuple, conn.execute(query, {"entities": list(entity_ids)}))


def _within(column: ColumnElement[datetime], span: Span) -> tuple[ColumnElement[bool], ...]:
    return column >= span[0], column < span[1]


def approvals_given(conn: Connection, ws: int, entity_ids: Sequence[int], span: Span) -> Mapping[str, int]:
    """How many approvals of each transition (uid) were given in that time."""
    own = approval.c
    query = (
        select(own.transition_uid, func.count())
        .where(own.ws == ws, ids_in(own.entity_id, "entities"), own.state == "approved")
        .where(*_within(own.ended_at, span))
        .group_by(own.transition_uid)
    )
    return {uid: int(count) for uid, count in conn.execute(query, {"entities": list(entity_ids)})}


def approval_steps(
    conn: Connection, ws: int, entity_ids: Sequence[int], span: Span, *, limit: int = 50_000
) -> tuple[StepRow, ...]:
    """People's turns that opened in that time, with when each was decided."""
    own, made = approval_task.c, decision.c
    joined = approval_task.join(
        approval, (approval.c.ws == own.ws) & (approval.c.approval_id == own.approval_id)
    ).outerjoin(
        decision,
        and_(
            made.ws == own.ws,
            made.approval_id == own.approval_id,
            made.node_uid == own.node_uid,
            made.round == own.round,
            made.user_id == own.assignee_id,
        ),
    )
    names = (
        approval.c.entity_id,
        approval.c.transition_uid,
        own.node_uid,
        approval.c.record_id,
        own.assignee_id,
    )
    query = (
        select(*names, epoch(conn, own.opened_at), epoch(conn, func.min(made.at)), own.status)
        .select_from(joined)
        .where(own.ws == ws, ids_in(approval.c.entity_id, "entities"), *_within(own.opened_at, span))
        .where(own.status.not_in(("told", "timer", "waiting")))
        .group_by(*names, own.task_id, own.opened_at, own.status)
        .limit(limit)
    )
    return tuple(StepRow(*row) for row in conn.execute(query, {"entities": list(entity_ids)}))


def hand_offs(
    conn: Connection, ws: int, entity_ids: Sequence[int], span: Span
) -> Mapping[tuple[int, int], int]:
    """How many documents were made of others in that time, by the pair of entities."""
    own, log = record_link.c, command_log.c
    query = (
        select(own.from_entity, own.to_entity, func.count())
        .select_from(record_link.join(command_log, (log.ws == own.ws) & (log.cmd == own.cmd)))
        .where(own.ws == ws, ids_in(own.from_entity, "entities"), *_within(log.at, span))
        .group_by(own.from_entity, own.to_entity)
    )
    found = conn.execute(query, {"entities": list(entity_ids)})
    return {(one, other): int(count) for one, other, count in found}


def linked(
    conn: Connection, maps: SlotMap, ws: int, source: str, target: str, *, limit: int = 300
) -> tuple[tuple[int, int], ...]:
    """The latest documents of ``target`` that were made of one of ``source``: pairs of ids."""
    own = record_link.c
    pair = (own.from_entity == maps.entity_id(source)) & (own.to_entity == maps.entity_id(target))
    query = select(own.from_id, own.to_id).where(own.ws == ws, pair).order_by(own.cmd.desc()).limit(limit)
    return tuple((row[0], row[1]) for row in conn.execute(query))


def makers(conn: Connection, ws: int, entity_ids: Sequence[int], span: Span) -> Mapping[tuple[int, str], int]:
    """How many steps each kind of actor (people, programs, rules, the clock) made of each entity."""
    own, log = state_span.c, command_log.c
    joined = state_span.join(command_log, (log.ws == own.ws) & (log.cmd == own.entered_cmd))
    query: Any = (
        select(own.entity_id, log.actor_kind, func.count())
        .select_from(joined)
        .where(own.ws == ws, ids_in(own.entity_id, "entities"), *_within(own.entered_at, span))
        .group_by(own.entity_id, log.actor_kind)
    )
    found = conn.execute(query, {"entities": list(entity_ids)})
    return {(entity, kind): int(count) for entity, kind, count in found}


def entered(conn: Connection, ws: int, entity_id: int, record_ids: Sequence[int]) -> Mapping[int, int]:
    """Since when these records are in the state in which they are (seconds since 1970)."""
    own = state_span.c
    query = select(own.record_id, epoch(conn, own.entered_at)).where(
        own.ws == ws, own.entity_id == entity_id, own.left_at.is_(None), ids_in(own.record_id, "ids")
    )
    return {record: int(at) for record, at in conn.execute(query, {"ids": list(record_ids)})}


def waiting(
    conn: Connection, maps: SlotMap, ws: int, entity: str, since: datetime
) -> tuple[tuple[str, int, int], ...]:
    """Of records that are in their state since before ``since``: the state (uid), how many, and since when the oldest is (seconds since 1970)."""
    own, table = state_span.c, maps.entity(entity).table
    record = table.c
    joined = state_span.join(
        table,
        and_(record.ws == own.ws, record.entity_id == own.entity_id, record.id == own.record_id),
    )
    query = (
        select(type_coerce(own.state, String), func.count(), epoch(conn, func.min(own.entered_at)))
        .select_from(joined)
        .where(own.ws == ws, own.entity_id == maps.entity_id(entity), own.left_at.is_(None))
        .where(own.entered_at < since, record.archived_at.is_(None))
        .group_by(own.state)
    )
    return tuple((state, int(count), int(oldest)) for state, count, oldest in conn.execute(query))
