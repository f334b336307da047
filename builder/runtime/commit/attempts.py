"""Attempts: what an approver tried and why it was refused, kept beside the open task. Its loss is harmless."""

from __future__ import annotations

from typing import TYPE_CHECKING

from builder.commands import ActOnTask
from builder.errors import BuilderError
from builder.runtime.engine import Engine
from builder.storage import flow

if TYPE_CHECKING:
    from builder.runtime.decide import Decided


def record_attempt(engine: Engine, decided: Decided, error: BuilderError) -> None:
    """After the rollback, in a transaction of its own: the opinion stays and the task says what was in the way."""
    command = decided.command
    if not isinstance(command, ActOnTask):
        return
    problems = [
        {"code": p.code, "path": p.path, "params": {k: str(v) for k, v in p.params.items()}}
        for p in error.problems
    ] or [{"code": error.code, "path": error.path, "params": {}}]
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
