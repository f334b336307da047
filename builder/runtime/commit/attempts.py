"""Attempts: what an approver tried and why it was refused, and which rules refused a command. Their loss is harmless."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING

from builder.commands import ActOnTask
from builder.errors import BuilderError, ReadOnlyError
from builder.runtime.engine import Engine
from builder.storage import flow, rule_runs
from builder.storage.errors import StorageError

if TYPE_CHECKING:
    from builder.runtime.decide import Decided, Undone


log = logging.getLogger(__name__)


def record_attempt(engine: Engine, decided: Decided, error: BuilderError) -> None:
    """After the rollback, in a transaction of its own: the opinion stays and the task says what was in the way."""
    command = decided.command
    if not isinstance(command, ActOnTask):
        return
    problems = [
        {"code": p.code, "path": p.path, "params": {k: str(v) for k, v in p.params.items()}}
        for p in error.problems
    ] or [{"code": error.code, "path": error.path, "params": {}}]
    try:
        with engine.database.single() as conn:
            flow.add_attempt(
                conn,
                decided.actor.workspace,
                attempt_id=engine.database.new_id(),
                task_id=command.task_id,
                actor_id=decided.actor.user_id,
                opinion=command.opinion,
                problems=problems,
                now=decided.now,
            )
    except (StorageError, ReadOnlyError) as lost:
        # The person hears why the approval was refused, not that the note about it could not be kept.
        log.warning("attempt of task %d not kept: %s", command.task_id, lost)


def record_refusals(engine: Engine, ws: int, undone: Undone, now: datetime) -> None:
    """The rules that refused a command, for the log: nothing else of it was written."""
    app = undone.app
    if app is None or not undone.runs:
        return
    try:
        with engine.database.single() as conn:
            # There is no such command: the number only keeps these runs apart from others.
            cmd, app_id = engine.database.new_id(), app.row.app_id
            rule_runs.append(conn, ws, app.maps, app.package, undone.runs, app_id=app_id, cmd=cmd, now=now)
    except (StorageError, ReadOnlyError) as lost:
        log.warning("refusals of rules not kept: %s", lost)
