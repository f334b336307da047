"""Undoing: a whole import is taken back, newest record first: drafts go, masters are archived, what has posted is reversed, and records
that were there before get their values back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from builder.commands import Actor, DeleteRecord, FireTransition, UpdateRecord
from builder.errors import BuilderError, ConflictError, ForbiddenError, NotFoundError, Problem
from builder.record import Record
from builder.runtime import jobs
from builder.runtime.context import Context
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.imports.previewing import problems_of
from builder.runtime.imports.restoring import earlier
from builder.runtime.imports.running import import_of, kept_of, kept_problems
from builder.runtime.jobs import Advance
from builder.runtime.opening import open_reading
from builder.storage.jobs import JobRow

STEP = 100


@dataclass
class _Mine:
    """One record of the import: the rows that it came from, and the versions that it got, where it was there before."""

    id: str
    rows: list[int]
    versions: set[int] = field(default_factory=set)
    is_new: bool = False


def start_undo(engine: Engine, actor: Actor, id: int) -> int:
    """Queue taking back a finished import; the new job's id."""
    row, _ = import_of(engine, actor, id)
    with engine.database.snapshot() as conn:
        if not open_reading(engine, conn, actor, row.args["app"], engine.clock.now()).kernel.may_command:
            raise ForbiddenError(deed="token")
    if row.kind != "import":
        raise NotFoundError(job=True)
    if row.state not in {"done", "failed", "cancelled"}:
        raise ConflictError("IMPORT_RUNNING")
    args = {"app": row.args["app"], "entity": row.args["entity"], "file": row.args["file"], "job": row.job_id}
    return jobs.start(engine, actor, "import_undo", args)


def run_undo(engine: Engine, row: JobRow, actor: Actor) -> Advance:
    """The job kind *import_undo*: the next records, newest first. What cannot be taken back is kept with the reason."""
    kept = kept_of(engine, row.args["file"])
    mine = _mine(kept.outcomes())
    cursor = row.cursor or {"at": 0, "undone": 0, "failed": 0}
    at = cursor["at"]
    done = [_undo(engine, actor, row, one) for one in mine[at : at + STEP]]
    refused = [o for o in done if "problems" in o]
    replace(kept, undo=row.job_id).note(refused)
    made = {
        "at": at + len(done),
        "undone": cursor["undone"] + len(done) - len(refused),
        "failed": cursor["failed"] + len(refused),
    }
    progress = {"undone": made["undone"], "failed": made["failed"], "total": len(mine)}
    return Advance(made if made["at"] < len(mine) else None, progress)


def _mine(outcomes: Mapping[int, Mapping[str, Any]]) -> Sequence[_Mine]:
    """Records that the import made or changed, the newest first; a record that several rows speak of comes once."""
    found: dict[str, _Mine] = {}
    for _, one in sorted(outcomes.items(), reverse=True):
        if "id" not in one or one.get("change") == "unchanged":
            continue
        known = found.setdefault(one["id"], _Mine(one["id"], one["rows"]))
        known.is_new = known.is_new or "change" not in one
        known.versions.add(one.get("version", 0))
    return tuple(found.values())


def _undo(engine: Engine, actor: Actor, row: JobRow, mine: _Mine) -> Mapping[str, Any]:
    """Take back one record; or why it stays."""
    id = engine.database.read_id(mine.id)
    try:
        if id is None:
            raise NotFoundError
        _taken_back(engine, actor, row, mine, id)
    except BuilderError as error:
        # What others have built upon stays, and what lies in closed days.
        return {"rows": mine.rows, "problems": kept_problems(problems_of(error))}
    return {"rows": mine.rows}


def _taken_back(engine: Engine, actor: Actor, row: JobRow, mine: _Mine, id: int) -> None:
    app, entity = row.args["app"], row.args["entity"]
    key = f"undo:{row.args['job']}:{id}"
    send = Dispatcher(engine)
    with engine.database.snapshot() as conn:
        ctx = open_reading(engine, conn, actor, app, engine.clock.now())
        record = ctx.load(entity, id)
        before = None if mine.is_new else earlier(ctx, record, frozenset(mine.versions))
        back = _way_back(ctx, record) if mine.is_new else None
    if before is not None:
        if before:
            send(actor, UpdateRecord(app, entity, id, before, record.version), key=key)
    elif back is not None:
        send(actor, FireTransition(app, entity, id, back), key=f"{key}:reverse")
    else:
        send(actor, DeleteRecord(app, entity, id), key=key)


def _way_back(ctx: Context, record: Record) -> str | None:
    """The transition that takes back what was posted; none for a draft or a master."""
    workflow = ctx.app.package.workflow_of(record.entity)
    if workflow is None or record.state == workflow.initial:
        return None
    back = next((t for t in workflow.transitions if t.reverses and record.state in t.from_), None)
    if back is None:
        state = workflow.state(record.state)
        label = state.label if state is not None else ""
        raise ConflictError("UNDO_NO_WAY", problems=[Problem("UNDO_NO_WAY", "", {"state": label})])
    return back.key


jobs.KINDS.register("import_undo", run_undo)
