"""Inbox: what waits for one person's decision, over all apps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from builder.changes import ApprovalTask
from builder.commands import Actor
from builder.errors import BuilderError, NotFoundError
from builder.metadata.entity import Entity
from builder.metadata.text import Text
from builder.metadata.workflow import Transition
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.engine import Engine
from builder.runtime.opening import open_reading, today_of
from builder.runtime.veiling import hidden_from
from builder.storage import apps as stored_apps
from builder.storage import delegations
from builder.storage import inbox as stored
from builder.storage.inbox import InboxRow

MOST = 200


@dataclass(frozen=True)
class InboxItem:
    """One open decision with the record it is about and why the last try was refused (empty: no try)."""

    task: ApprovalTask
    app: str
    app_label: Text
    entity: Entity
    record: Record
    transition: Transition | None
    node_label: Text
    submitter: str
    attempt: Sequence[Mapping[str, Any]]
    opened_at: datetime
    state: str = "running"
    hidden: frozenset[str] = frozenset()
    """Fields that the step keeps from whoever decides."""


Which = Literal["mine", "done", "started", "cc"]


def inbox(
    engine: Engine,
    conn: Any,
    actor: Actor,
    now: datetime,
    *,
    which: Which = "mine",
    limit: int = MOST,
) -> tuple[InboxItem, ...]:
    """Open tasks of the actor and of those for whom the actor stands in today, oldest first; or what ``which`` names
    (decided, submitted, copies), latest first. Those of apps or records that the actor may no longer see are left out."""
    keys = {row.app_id: row.key for row in stored_apps.apps(conn, actor.workspace)}
    by_app: dict[str, list[InboxRow]] = {}
    for row in _rows(conn, actor, now, which, limit):
        key = keys.get(row.app_id)
        if key is not None:
            by_app.setdefault(key, []).append(row)
    found: list[InboxItem] = []
    for key, rows in by_app.items():
        try:
            ctx = open_reading(engine, conn, actor, key, now)
        except NotFoundError:
            continue
        items = _items(ctx, rows)
        # What waits for a decision may be seen by whoever decides; what is over only by those who may read it anyway.
        found.extend(i for i in items if which == "mine" or _is_readable(ctx, i.record))
    return tuple(sorted(found, key=lambda item: (item.opened_at, item.task.id), reverse=which != "mine"))


def _is_readable(ctx: Context, record: Record) -> bool:
    try:
        ctx.load(record.entity, record.id)
    except BuilderError:
        return False
    return True


def _rows(conn: Any, actor: Actor, now: datetime, which: Which, limit: int) -> Sequence[InboxRow]:
    ws, user = actor.workspace, actor.user_id
    if which != "mine":
        return stored.seen_by(conn, ws, user, which, limit=limit)
    instead = delegations.given_to(conn, ws, user, today_of(conn, actor, now))
    return stored.inbox(conn, ws, user, instead_of=instead, limit=limit)


def _items(ctx: Context, rows: Sequence[InboxRow]) -> list[InboxItem]:
    """An approver may see the record that waits for the decision even where no role shows it."""
    found: list[InboxItem] = []
    ids: dict[str, list[int]] = {}
    for row in rows:
        key = ctx.app.maps.entity_by_id(row.entity_id)
        if key is not None:
            ids.setdefault(key, []).append(row.record_id)
    records = {key: ctx.reader.get(key, of) for key, of in ids.items()}
    for row in rows:
        key = ctx.app.maps.entity_by_id(row.entity_id)
        entity = ctx.app.package.entity(key) if key else None
        record = records[key].get(row.record_id) if key else None
        if entity is not None and record is not None:
            found.append(
                _item(ctx, row, entity, record, hidden_from(ctx, record) if row.hides else frozenset())
            )
    return found


def _item(ctx: Context, row: InboxRow, entity: Entity, record: Record, hidden: frozenset[str]) -> InboxItem:
    workflow = ctx.app.package.workflow_of(entity.key)
    return InboxItem(
        task=row.task,
        app=ctx.app.key,
        app_label=ctx.app.package.app.label,
        entity=entity,
        record=record,
        transition=workflow.transition(row.transition) if workflow else None,
        node_label=row.node_label,
        submitter=ctx.directory.name_of(row.started_by),
        attempt=row.attempt,
        opened_at=row.task.opened_at,
        state=row.state,
        hidden=hidden,
    )
