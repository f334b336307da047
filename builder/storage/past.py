"""The past of many records at once: which changed in a period, every version of them since, approvals that began, rules that ran."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, distinct, func, select

from builder.metadata.package import Package
from builder.storage.shapes import shape_of
from builder.storage.slots import SlotMap
from builder.storage.sql.arrays import ids_in
from builder.storage.tables.flow import approval
from builder.storage.tables.machinery import command_log, rule_run
from builder.storage.tables.records import history


@dataclass(frozen=True, slots=True)
class PastRow:
    """One version of a record, with who made it and when; its changes as the history keeps them, states by key."""

    version: int
    cmd: int
    at: datetime
    actor_id: int
    changes: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Ran:
    """A run of a rule: what came of it, what it did, what its condition looked at."""

    outcome: str
    steps: Sequence[Mapping[str, Any]]
    inputs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Begun:
    """An approval that began, with the definition that it began with."""

    transition_uid: str
    definition: Mapping[str, Any]
    started_by: int
    started_at: datetime


def _within(
    ws: int, entity_id: int, since: datetime, until: datetime
) -> tuple[Any, tuple[ColumnElement[bool], ...]]:
    joined = history.join(
        command_log, (command_log.c.ws == history.c.ws) & (command_log.c.cmd == history.c.cmd)
    )
    own = (history.c.ws == ws, history.c.entity_id == entity_id)
    return joined, (*own, command_log.c.at >= since, command_log.c.at < until)


def count(conn: Connection, ws: int, entity_id: int, since: datetime, until: datetime) -> int:
    """How many records of an entity changed in a period."""
    joined, where = _within(ws, entity_id, since, until)
    query = select(func.count(distinct(history.c.record_id))).select_from(joined).where(*where)
    return int(conn.execute(query).scalar_one())


def changed(
    conn: Connection, ws: int, entity_id: int, since: datetime, until: datetime, *, after: int, limit: int
) -> list[int]:
    """The next records of an entity that changed in a period, by id."""
    joined, where = _within(ws, entity_id, since, until)
    query = (
        select(history.c.record_id)
        .select_from(joined)
        .where(*where, history.c.record_id > after)
        .group_by(history.c.record_id)
        .order_by(history.c.record_id)
        .limit(limit)
    )
    return list(conn.execute(query).scalars())


def versions(
    conn: Connection,
    maps: SlotMap,
    package: Package,
    ws: int,
    entity: str,
    ids: Sequence[int],
    since: datetime,
) -> dict[int, list[PastRow]]:
    """All versions of these records since then, each record's newest first. Personal values, which lie apart, are not among them."""
    shape = shape_of(maps, package, entity)
    h, log = history.c, command_log.c
    joined = history.join(command_log, (log.ws == h.ws) & (log.cmd == h.cmd))
    query = (
        select(h.record_id, h.version, h.cmd, log.at, log.actor_id, h.changes)
        .select_from(joined)
        .where(h.ws == ws, h.entity_id == shape.entity_id, ids_in(h.record_id, "ids"), log.at >= since)
        .order_by(h.record_id, h.version.desc())
    )
    found: dict[int, list[PastRow]] = {}
    for row in conn.execute(query, {"ids": list(ids)}):
        changes = [_named(shape, part) for part in row.changes]
        found.setdefault(row.record_id, []).append(
            PastRow(row.version, row.cmd, row.at, row.actor_id, changes)
        )
    return found


def _named(shape: Any, part: Mapping[str, Any]) -> Mapping[str, Any]:
    if part["field"] != "state":
        return part
    return {**part, **{side: shape.state_key(part.get(side)) for side in ("before", "after")}}


def ran(conn: Connection, ws: int, rule_uid: str, ids: Sequence[int]) -> dict[tuple[int, int], Ran]:
    """The runs of a rule about these records, by (command, record id)."""
    c = rule_run.c
    query = select(c.cmd, c.record_id, c.outcome, c.steps, c.inputs).where(
        c.ws == ws, c.rule_uid == rule_uid, ids_in(c.record_id, "ids")
    )
    rows = conn.execute(query, {"ids": list(ids)})
    return {(row.cmd, row.record_id): Ran(row.outcome, row.steps, row.inputs) for row in rows}


def begun(conn: Connection, ws: int, entity_id: int, ids: Sequence[int]) -> dict[int, list[Begun]]:
    """The approvals of these records, by record."""
    c = approval.c
    query = select(c.record_id, c.transition_uid, c.definition, c.started_by, c.started_at).where(
        c.ws == ws, c.entity_id == entity_id, ids_in(c.record_id, "ids")
    )
    found: dict[int, list[Begun]] = {}
    for row in conn.execute(query.order_by(c.approval_id), {"ids": list(ids)}):
        found.setdefault(row.record_id, []).append(
            Begun(row.transition_uid, row.definition, row.started_by, row.started_at)
        )
    return found
