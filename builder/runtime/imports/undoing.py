"""Undoing: a whole import is taken back, newest record first: drafts go, masters are archived, what has posted is reversed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.commands import Actor, DeleteRecord, FireTransition
from builder.errors import BuilderError, ConflictError, ForbiddenError
from builder.runtime import jobs
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.imports.running import import_of, kept_of
from builder.runtime.jobs import Advance
from builder.runtime.opening import open_reading
from builder.storage.jobs import JobRow

STEP = 100


def start_undo(engine: Engine, actor: Actor, id: int) -> int:
    """Queue taking back a finished import; the new job's id."""
    row, _ = import_of(engine, actor, id)
    with engine.database.snapshot() as conn:
        if not open_reading(engine, conn, actor, row.args["app"], engine.clock.now()).kernel.may_command:
            raise ForbiddenError(deed="token")
    if row.state not in {"done", "failed", "cancelled"}:
        raise ConflictError("IMPORT_RUNNING")
    args = {"app": row.args["app"], "entity": row.args["entity"], "file": row.args["file"], "job": row.job_id}
    return jobs.start(engine, actor, "import_undo", args)


def run_undo(engine: Engine, row: JobRow, actor: Actor) -> Advance:
    """The job kind *import_undo*: the next records, newest first."""
    outcomes = kept_of(engine, row.args["file"]).outcomes()
    ids = [o["id"] for _, o in sorted(outcomes.items(), reverse=True) if "id" in o]
    cursor = row.cursor or {"at": 0, "undone": 0, "failed": 0}
    at = cursor["at"]
    done = [_undo(engine, actor, row.args, shown) for shown in ids[at : at + STEP]]
    made = {
        "at": at + len(done),
        "undone": cursor["undone"] + sum(done),
        "failed": cursor["failed"] + len(done) - sum(done),
    }
    progress = {"undone": made["undone"], "failed": made["failed"], "total": len(ids)}
    return Advance(made if made["at"] < len(ids) else None, progress)


def _undo(engine: Engine, actor: Actor, args: Mapping[str, Any], shown: str) -> bool:
    """Whether the record is gone, archived or reversed now."""
    id = engine.database.read_id(shown)
    if id is None:
        return False
    send = Dispatcher(engine)
    app, entity = args["app"], args["entity"]
    key = f"undo:{args['job']}:{id}"
    try:
        with engine.database.snapshot() as conn:
            ctx = open_reading(engine, conn, actor, app, engine.clock.now())
            record = ctx.load(entity, id)
            workflow = ctx.app.package.workflow_of(entity)
        if workflow is not None and record.state != workflow.initial:
            back = next((t for t in workflow.transitions if t.reverses and record.state in t.from_), None)
            if back is None:
                return False
            send(actor, FireTransition(app, entity, id, back.key), key=f"{key}:reverse")
            return True
        send(actor, DeleteRecord(app, entity, id), key=key)
    except BuilderError:
        # What others have built upon stays; the count of failures says so.
        return False
    return True


jobs.KINDS.register("import_undo", run_undo)
