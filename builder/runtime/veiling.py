"""Veiling: what a step of an approval keeps from those whom it asks. Whoever looks at a record with a decision to make on it looks through
that step, whatever roles they hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from builder.changes import Approval, ApprovalTask
from builder.metadata.entity import Entity
from builder.record import Record, Ref
from builder.runtime.context import Context
from builder.runtime.overlapping import at_record, is_uneven
from builder.runtime.permissions import Kernel
from builder.runtime.subjects import subject_of
from builder.storage import delegations
from builder.storage import inbox as stored
from builder.workflow.definition import node_of
from builder.workflow.flow import fields_now

NOTHING: frozenset[str] = frozenset()


def veiled(ctx: Context, record: Record) -> Context:
    """The same look at the record with the roles that show it, without the fields that the reader's open tasks on it hide; the very same where
    that is all of them, and none."""
    ctx = at_record(ctx, record)
    keys = hidden_from(ctx, record) if may_hide(ctx, record.entity) else NOTHING
    return replace(ctx, kernel=without(ctx.kernel, record.entity, keys)) if keys else ctx


def without(kernel: Kernel, entity: str, keys: frozenset[str]) -> Kernel:
    """The same rights without those fields of the entity."""
    return replace(kernel, concealed={entity: keys}) if keys else kernel


def may_hide(ctx: Context, entity: str) -> bool:
    """Whether a step may keep anything of the entity from this reader: it has approvals, and a person is looking."""
    workflow = ctx.app.package.workflow_of(entity)
    return workflow is not None and any(t.approval for t in workflow.transitions) and not ctx.kernel.is_app


def hidden_from(ctx: Context, record: Record) -> frozenset[str]:
    """The fields of the record that every open task of the reader hides: what one of them shows is seen."""
    found = [
        frozenset(_hidden_at(ctx, record, approval, task))
        for approval, tasks in ctx.reader.running_approvals(ctx.ref(record))
        for task in _own(ctx, tasks)
    ]
    return frozenset.intersection(*found) if found else NOTHING


def hidden_among(ctx: Context, entity: str, ids: Iterable[int]) -> Mapping[int, frozenset[str]]:
    """The same for many records, those alone of which anything is hidden."""
    wanted = set(ids)
    if not wanted or not may_hide(ctx, entity):
        return {}
    day, me = ctx.environment.today(), ctx.actor.user_id
    instead = delegations.given_to(ctx.conn, ctx.ws, me, day)
    rows = stored.on(ctx.conn, ctx.ws, me, ctx.app.maps.entity_id(entity), wanted, instead_of=instead)
    refs = [Ref(entity, id) for id in dict.fromkeys(row.record_id for row in rows if row.hides)]
    records = ctx.reader.get(entity, [ref.id for ref in refs]) if refs else {}
    return {id: keys for id, record in records.items() if (keys := hidden_from(ctx, record))}


def veil(ctx: Context, entity: Entity, records: Sequence[Record]) -> tuple[Record, ...]:
    """Records of a list, each without what its roles and steps hide from the reader. Lines have nothing to show where the step hides those of
    their document."""
    if is_uneven(ctx.kernel, entity.key):
        records = [_with_own_roles(ctx, entity, record) for record in records]
    owner = ctx.app.package.entity(entity.parent or "") if entity.kind == "lines" else entity
    if owner is None or not may_hide(ctx, owner.key):
        return tuple(records)
    place = "parent_id" if entity.kind == "lines" else "id"
    hidden = hidden_among(ctx, owner.key, (getattr(record, place) for record in records))
    if not hidden:
        return tuple(records)
    return tuple(
        _without(entity, record, hidden.get(getattr(record, place), NOTHING), owner) for record in records
    )


def _with_own_roles(ctx: Context, entity: Entity, record: Record) -> Record:
    kernel = at_record(ctx, record).kernel
    hidden = {f.key for f in ctx.kernel.readable_fields(entity) if not kernel.is_readable(entity.key, f.key)}
    return _without(entity, record, frozenset(hidden), entity)


def _without(entity: Entity, record: Record, keys: frozenset[str], owner: Entity) -> Record:
    if not keys:
        return record
    if entity.kind == "lines":
        held = {field.key for field in owner.line_fields if field.entity == entity.key}
        return record.but(values={}) if held and held <= keys else record
    # Said to be empty: what is merely left out would be worked out, or read, by whoever asks for it.
    lines = {**record.lines, **{of.key: () for of in entity.line_fields if of.key in keys}}
    values = {**record.values, **{of.key: None for of in entity.record_fields if of.key in keys}}
    return record.but(values=values, lines=lines)


def _own(ctx: Context, tasks: Iterable[ApprovalTask]) -> list[ApprovalTask]:
    """The open tasks of the reader; else those of people for whom the reader stands in today."""
    day, me = ctx.environment.today(), ctx.actor.user_id
    open_ = [t for t in tasks if t.status == "open"]
    mine = [t for t in open_ if t.assignee_id == me]
    return mine or [t for t in open_ if ctx.directory.delegate_of(t.assignee_id, day) == me]


def _hidden_at(ctx: Context, record: Record, approval: Approval, task: ApprovalTask) -> tuple[str, ...]:
    try:
        names = node_of(approval.definition, task.node_uid).get("hidden", ())
    except KeyError:
        return ()
    return fields_now(approval.definition, subject_of(ctx, record), names) if names else ()
