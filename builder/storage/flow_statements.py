"""Statements about approvals that every action on one needs, built once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Table, bindparam, select

from builder.changes import Decision
from builder.storage.flow_rows import TASK
from builder.storage.prepared import Prepared
from builder.storage.sql.arrays import ids_in
from builder.storage.sql.conflicts import insert_for
from builder.storage.tables.apps import app, entity
from builder.storage.tables.flow import approval, approval_task, decision

_WS: BindParameter[Any] = bindparam("ws")


def asked(where: ColumnElement[bool]) -> Prepared:
    """Approvals with the key of their app. The statement's parameters are ``ws`` and those of ``where``."""
    joined = approval.join(app, (app.c.ws == approval.c.ws) & (app.c.app_id == approval.c.app_id))
    query = select(approval, app.c.key.label("app_key")).select_from(joined)
    return Prepared(query.where(approval.c.ws == _WS, where).order_by(approval.c.approval_id))


_OF_RECORD = (approval.c.entity_id == bindparam("entity")) & (approval.c.record_id == bindparam("record"))
_OF_TASK = select(approval_task.c.approval_id).where(
    approval_task.c.ws == _WS, approval_task.c.task_id == bindparam("task")
)
RUNNING = asked(_OF_RECORD & approval.c.ended_at.is_(None))
BY_TASK = asked(approval.c.approval_id == _OF_TASK.scalar_subquery())
BY_ID = asked(approval.c.approval_id == bindparam("id"))
TASKS = Prepared(
    select(approval_task.c.task_id.label("id"), *TASK)
    .where(approval_task.c.ws == _WS, ids_in(approval_task.c.approval_id, "ids"))
    .order_by(approval_task.c.task_id)
)
APP_OF_TASK = Prepared(
    select(app.c.key)
    .select_from(
        approval_task.join(
            approval,
            (approval.c.ws == approval_task.c.ws) & (approval.c.approval_id == approval_task.c.approval_id),
        ).join(app, (app.c.ws == approval.c.ws) & (app.c.app_id == approval.c.app_id))
    )
    .where(approval_task.c.ws == _WS, approval_task.c.task_id == bindparam("task"))
)
LOCK = Prepared(
    select(approval.c.approval_id, approval.c.version)
    .where(approval.c.ws == _WS, ids_in(approval.c.approval_id, "ids"))
    .order_by(approval.c.approval_id)
    .with_for_update()
)
APP_OF_ENTITY = Prepared(
    select(entity.c.app_id).where(entity.c.ws == _WS, entity.c.entity_id == bindparam("entity"))
)


def _put(table: Table, key: Sequence[str], columns: Sequence[str]) -> Prepared:
    """Write a row, in place of the one of the same key."""

    def build(dialect: str) -> Any:
        made = insert_for(dialect, table)
        changed = {name: made.excluded[name] for name in columns if name not in key}
        return made.on_conflict_do_update(index_elements=list(key), set_=changed)

    return Prepared(build, columns=columns)


PUT_APPROVAL = _put(approval, ("ws", "approval_id"), [column.name for column in approval.columns])
PUT_TASK = _put(approval_task, ("ws", "task_id"), ["ws", "task_id", *(column.name for column in TASK)])
ADD_DECISION = Prepared(decision.insert(), columns=["ws", "cmd", "at", *Decision.__dataclass_fields__])
