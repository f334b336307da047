"""Handlers of create, update, delete and restore: the decided record, and what happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.changes import NumberRequest
from builder.commands import CreateRecord, DeleteRecord, RestoreRecord, UpdateLines, UpdateRecord
from builder.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from builder.events import Event, RecordChanged, RecordCreated, RecordDeleted
from builder.metadata.entity import Entity, Field
from builder.record import Record
from builder.rules.editing import uneditable
from builder.runtime.channels import channel_of_record
from builder.runtime.context import Context
from builder.runtime.handlers.open_balances import open_balances
from builder.runtime.handlers.shaping import changed_fields, frozen_problems, shape
from builder.runtime.numbers import request_for
from builder.runtime.veiling import veiled


def create_record(ctx: Context, command: CreateRecord) -> tuple[Record, list[Event]]:
    """A new record, shaped by defaults, formulas and before-rules, and valid."""
    return create_of(ctx, command.entity, command.values, command.source)


def create_of(
    ctx: Context, key: str, values: Mapping[str, Any], source: str = ""
) -> tuple[Record, list[Event]]:
    """``create_record`` for one of many, of which nobody made a command of its own."""
    entity = _own(ctx, "create", key)
    blank = blank_record(ctx, entity, source)
    record, problems = ctx.input.apply(entity, blank, values, deed="create")
    record = shape(ctx, entity, record, None, problems, deed="create")
    stored = ctx.pending.put(None, record)
    assert stored is not None
    give_numbers(ctx, entity, stored, "create")
    return stored, [RecordCreated(stored)]


def _own(ctx: Context, deed: str, key: str) -> Entity:
    """The entity of records that have a life of their own. Lines change with their document alone: its state, its totals and what it
    posted are at stake. Rules may mark a line."""
    entity = ctx.kernel.check(deed, key)
    if entity.kind == "lines" and (deed == "create" or ctx.kernel.actor.kind in {"user", "token"}):
        raise NotFoundError(entity=entity.key)
    return entity


def blank_record(ctx: Context, entity: Entity, source: str = "") -> Record:
    """A new record that says nothing yet. All of one command begin alike but for their ids."""
    at = (entity.key, source, ctx.kernel.actor.kind)
    actor, known = ctx.pending.blanks.get(at, (None, None))
    if known is None or actor is not ctx.actor:
        known = _blank(ctx, entity, source)
        ctx.pending.blanks[at] = ctx.actor, known
    return known.but(id=ctx.pending.new_id())


def _blank(ctx: Context, entity: Entity, source: str) -> Record:
    workflow = ctx.app.package.workflow_of(entity.key)
    return Record(
        entity=entity.key,
        id=0,
        values={},
        lines={field.key: () for field in entity.line_fields},
        state=workflow.initial if workflow else None,
        owner_id=ctx.actor.user_id,
        org_unit_id=ctx.actor.org_unit_id,
        business_date=ctx.pending.today if entity.kind in {"document", "log"} else None,
        created_by=ctx.actor.user_id,
        created_via=channel_of_record(ctx, source),
        created_at=ctx.pending.now,
        updated_by=ctx.actor.user_id,
        updated_at=ctx.pending.now,
        package_version=ctx.app.row.live_version,
    )


def update_record(ctx: Context, command: UpdateRecord) -> tuple[Record, list[Event]]:
    """The record with what was sent laid over it. Nothing changes where nothing is different."""
    entity = _own(ctx, "update", command.entity)
    if entity.kind == "lines":
        return update_lines(ctx, _of_document(ctx, entity, command))
    before = ctx.load(command.entity, command.id, "update")
    check_version(ctx, before, command.version)
    look = veiled(ctx, before)
    if not may_edit(look, entity, before):
        raise ForbiddenError("STATE_CLOSED", entity=entity.label, state=state_label(ctx, before))
    checked = command.version is not None
    return change_record(ctx, entity, before, command.values, checked=checked, look=look)


def _of_document(ctx: Context, entity: Entity, command: UpdateRecord) -> UpdateLines:
    """The change of a line as one of its document: its totals, its checks and its history are at stake."""
    line = ctx.reader.get(entity.key, [command.id]).get(command.id)
    owner = ctx.app.package.entity(entity.parent or "")
    if line is None or owner is None:
        raise NotFoundError(entity=entity.key)
    header = ctx.reader.get(owner.key, [line.parent_id]).get(line.parent_id)
    rows = header.lines.items() if header else ()
    key = next((k for k, lines in rows if any(own.id == line.id for own in lines)), None)
    if key is None:
        raise NotFoundError(entity=entity.key)
    return UpdateLines(command.app, owner.key, line.parent_id, key, {command.id: command.values})


def update_lines(ctx: Context, command: UpdateLines) -> tuple[Record, list[Event]]:
    """The document with what was sent laid over its lines. A line that is gone meanwhile is no longer changed."""
    entity = ctx.kernel.check("update", command.entity)
    before = ctx.load(command.entity, command.id, "update")
    if not ctx.kernel.is_app:
        raise NotFoundError(entity=entity.key)
    rows = [
        {"id": line.id, **command.values.get(line.id, {})} for line in before.lines.get(command.lines, ())
    ]
    return change_record(ctx, entity, before, {command.lines: rows}, checked=False)


def change_record(
    ctx: Context,
    entity: Entity,
    before: Record,
    values: Mapping[str, Any],
    *,
    checked: bool,
    look: Context | None = None,
) -> tuple[Record, list[Event]]:
    """Lay ``values`` over ``before``, shape and judge the whole. ``look`` knows the fields that the actor sees of this very record."""
    if before.archived_at is not None:
        raise ConflictError("ARCHIVED", entity=entity.label)
    record, problems = (look or ctx).input.apply(entity, before, values, deed="update")
    if not ctx.kernel.is_app:
        problems.extend(uneditable(ctx.facts, before, record))
    record = shape(ctx, entity, record, before, problems, deed="update")
    fields = changed_fields(before, record)
    if not fields:
        return before, []
    problems = frozen_problems(ctx, entity, before, record)
    if problems:
        raise InvalidError("POSTED", problems=problems)
    stored = ctx.pending.put(before, record, checked=checked)
    assert stored is not None
    return stored, [RecordChanged(before, stored, fields)]


def delete_record(ctx: Context, command: DeleteRecord) -> tuple[Record, list[Event]]:
    """A document goes while it is a draft that never posted; a master record is archived."""
    entity = _own(ctx, "delete", command.entity)
    before = _to_delete(ctx, entity, command.id)
    check_version(ctx, before, command.version)
    workflow = ctx.app.package.workflow_of(entity.key)
    if workflow is not None and before.state != workflow.initial:
        raise ForbiddenError("STATE_CLOSED", entity=entity.label, state=state_label(ctx, before))
    if ctx.reader.has_posted(ctx.ref(before)):
        raise ConflictError("POSTED", entity=entity.label)
    problems = open_balances(ctx, entity, before)
    if problems:
        raise ConflictError("BALANCE_OPEN", problems=problems, entity=entity.label)
    ctx.pending.put(before, before.but(archived_at=ctx.pending.now), checked=True)
    return before, [RecordDeleted(before)]


def restore_record(ctx: Context, command: RestoreRecord) -> tuple[Record, list[Event]]:
    """An archived record comes back, if its unique keys are still free."""
    entity = _own(ctx, "delete", command.entity)
    before = _to_delete(ctx, entity, command.id)
    if before.archived_at is None:
        return before, []
    stored = ctx.pending.put(before, before.but(archived_at=None))
    assert stored is not None
    return stored, [RecordCreated(stored)]


def _to_delete(ctx: Context, entity: Entity, id: int) -> Record:
    """The record, if the actor may delete it. Of one that it sees and that is somebody else's it is told just that."""
    before = ctx.load(entity.key, id)
    if not ctx.in_scope(before, "delete"):
        if any(
            ctx.kernel.deletes_own(entity.key, g) for r, _ in ctx.kernel.grants if (g := r.grant(entity.key))
        ):
            raise ForbiddenError("DELETE_OWN", deed="delete", entity=entity.label)
        raise NotFoundError(entity=entity.key)
    return before


def check_version(ctx: Context, record: Record, version: int | None) -> None:
    """409 with both versions where the actor saw another one."""
    if version is not None and version != record.version:
        raise ConflictError("VERSION_CONFLICT", yours=version, current=record.version)


def may_edit(ctx: Context, entity: Entity, record: Record) -> bool:
    """Whether the state is open for editing, to this actor."""
    workflow = ctx.app.package.workflow_of(entity.key)
    if workflow is None or ctx.kernel.is_app:
        return True
    state = workflow.state(record.state)
    return state is not None and state.editable and ctx.kernel.may_update_in(entity.key, record.state)


def state_label(ctx: Context, record: Record) -> Any:
    workflow = ctx.app.package.workflow_of(record.entity)
    state = workflow.state(record.state) if workflow else None
    return state.label if state else ""


def give_numbers(ctx: Context, entity: Entity, record: Record, at: str) -> None:
    """Ask commit for the numbers due now: at creation, or when the record first leaves its initial state."""
    for field in entity.record_fields:
        if field.series is None or not field.is_numbered or record.values.get(field.key):
            continue
        if field.series.at == at:
            request = _request(ctx, entity, record, field)
            if request not in ctx.pending.numbers:
                ctx.pending.numbers.append(request)


def _request(ctx: Context, entity: Entity, record: Record, field: Field) -> NumberRequest:
    assert field.series is not None
    day = record.business_date or ctx.pending.today
    by_unit = field.series.per_org_unit or "{org}" in field.series.pattern
    unit = ctx.directory.unit_key(record.org_unit_id) if by_unit else ""
    return request_for(entity.key, record.id, field.key, field.series, day, unit)
