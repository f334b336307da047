"""Lateness: what the clock owes approvals and tickets. What is due is read from the database, so that a restart loses nothing."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

from builder.changes import Message
from builder.commands import TimeOut
from builder.errors import BuilderError
from builder.runtime import tending
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.opening import open_reading
from builder.runtime.plans import has_ended
from builder.runtime.playing import system
from builder.runtime.representation import title_of
from builder.storage import apps as stored_apps
from builder.storage import late_tasks, outbox
from builder.storage.late_tasks import LateRow

log = logging.getLogger(__name__)

BACK_OFF = timedelta(minutes=30)
"""A step that is refused is tried again after a while, not at every tick."""


def see_to(engine: Engine, ws: int = 1) -> int:
    """Do what definitions say about everything that is late by now, hand over what waits for people who have left, and see to tickets; how
    much that was."""
    with engine.database.snapshot() as conn:
        if has_ended(conn, ws, engine.clock.now()):
            return 0
        late = (*late_tasks.orphaned(conn, ws), *late_tasks.overdue(conn, ws, engine.clock.now()))
        keys = {row.app_id: row.key for row in stored_apps.apps(conn, ws)}
    for row in late:
        if row.app_id in keys:
            _see_to(engine, ws, keys[row.app_id], row)
    return len(late) + tending.see_to(engine, ws)


def _see_to(engine: Engine, ws: int, app: str, row: LateRow) -> None:
    actor = replace(system(ws), kind="timer")
    # Two nodes that look at the same moment do it once: the key is claimed in the same transaction.
    key = f"late:{row.task_id}:{row.due_at.isoformat()}"
    try:
        Dispatcher(engine)(actor, TimeOut(app, row.approval_id, row.task_id), key=key)
    except BuilderError as error:
        log.warning("late task %d: %s", row.task_id, error.code)
        _tell(engine, ws, app, row)


def _tell(engine: Engine, ws: int, app: str, row: LateRow) -> None:
    """The owners hear once a day what keeps an approval from going on by itself."""
    now = engine.clock.now()
    with engine.database.snapshot() as conn:
        ctx = open_reading(engine, conn, system(ws), app, now)
        found = ctx.reader.approval(row.approval_id)
        record = (
            ctx.reader.get(found[0].entity, [found[0].record_id]).get(found[0].record_id) if found else None
        )
        entity = ctx.app.package.entity(found[0].entity) if found else None
        owners = ctx.directory.app_owners()
    body = {
        "kind": "NOTICE_STUCK",
        "code": "NOTICE_STUCK",
        "params": {"title": title_of(entity, record) if entity and record else ""},
        "app": app,
        "entity": found[0].entity if found else "",
        "record_id": found[0].record_id if found else 0,
        "task_id": row.task_id,
    }
    messages = [
        Message(
            "notification",
            {**body, "user_id": user},
            dedupe_key=f"NOTICE_STUCK:{row.task_id}:{now.date()}:{user}",
        )
        for user in owners
    ]
    with engine.database.write(job=True) as conn:
        late_tasks.put_off(conn, ws, row.task_id, now + BACK_OFF)
        outbox.append(conn, ws, messages, cmd=0, now=now, new_id=engine.database.new_id)
    engine.wake.set()
