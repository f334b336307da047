"""Handler of transitions: a record moves, and what the rest of the decision must know of it."""

from __future__ import annotations

from builder.changes import Approval
from builder.commands import FireTransition
from builder.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, Problem
from builder.events import Event, RecordChanged, TransitionFired
from builder.metadata.entity import Entity
from builder.metadata.workflow import Transition, Workflow
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.handlers.records import check_version, give_numbers, may_edit, state_label
from builder.runtime.handlers.shaping import changed_fields, frozen_problems, shape
from builder.runtime.handlers.tasks import judge_of
from builder.runtime.overlapping import moving
from builder.runtime.veiling import veiled
from builder.workflow.transitions import Firing, problems_of, sets

CONFLICTS = frozenset({"TRANSITION_STATE", "APPROVAL_RUNNING"})


def fire_transition(ctx: Context, command: FireTransition) -> tuple[Record, list[Event]]:
    """The record in its new state. Refused where the state, a right, the condition, a required field or a running approval
    stands in the way; a record that has moved already is a conflict which names the present state."""
    entity = ctx.kernel.check("read", command.entity)
    workflow, transition = find_transition(ctx, entity, command.transition)
    if not command.by_approval and not ctx.kernel.may_fire(entity.key, transition.key):
        raise ForbiddenError(deed=transition.key, transition=transition.label)
    if command.approvers:
        ctx.pending.chosen = command.approvers
    if command.foreseen is not None:
        ctx.pending.foretold = command.foreseen
    before = ctx.load(command.entity, command.id)
    if not command.by_approval:
        _check_rights_here(ctx, transition, before)
    if before.archived_at is not None:
        # A deleted draft is in no list: whatever it posted, nobody would find again.
        raise ConflictError("ARCHIVED", entity=entity.label)
    check_version(ctx, before, command.version)
    record, problems = _with_values(ctx, entity, transition, before, command)
    _judge(ctx, workflow, transition, before, record, problems, _firing(ctx, command))
    record = record.but(state=transition.to)
    record = record.assigned(sets(transition, judge_of(ctx, record, before)))
    if transition.reverses:
        record = record.but(posting_rev=before.posting_rev + 1)
    record = shape(ctx, entity, record, before, [], deed="read", transition=transition.key)
    if not transition.reverses:
        frozen = frozen_problems(ctx, entity, before, record)
        if frozen:
            raise InvalidError("POSTED", problems=frozen)
    stored = ctx.pending.put(before, record, checked=command.version is not None)
    assert stored is not None
    _note(ctx, entity, workflow, transition, before, stored)
    events: list[Event] = [TransitionFired(before, stored, transition.key)]
    fields = changed_fields(before, stored)
    if fields:
        events.append(RecordChanged(before, stored, fields))
    return stored, events


def _check_rights_here(ctx: Context, transition: Transition, record: Record) -> None:
    """The right over this very record: of a role that shows it, and its own where the right ends there."""
    if not ctx.kernel.may_fire(record.entity, transition.key, record):
        raise ForbiddenError("TRANSITION_OWN", deed=transition.key, transition=transition.label)
    if not moving(ctx, record).kernel.may_fire(record.entity, transition.key, record):
        raise ForbiddenError(deed=transition.key, transition=transition.label)


def find_transition(ctx: Context, entity: Entity, key: str) -> tuple[Workflow, Transition]:
    workflow = ctx.app.package.workflow_of(entity.key)
    transition = workflow.transition(key) if workflow else None
    if workflow is None or transition is None:
        raise NotFoundError(transition=key)
    return workflow, transition


def _firing(ctx: Context, command: FireTransition) -> Firing:
    if command.by_approval:
        return "approval"
    return "rule" if ctx.kernel.actor.kind in {"rule", "timer"} else "person"


def _with_values(
    ctx: Context, entity: Entity, transition: Transition, before: Record, command: FireTransition
) -> tuple[Record, list[Problem]]:
    """What was sent along. In a state that is closed for editing only what the transition itself asks for."""
    if not command.values:
        return before, []
    asked = {*transition.required, *transition.sets}
    if not asked >= set(command.values) and not may_edit(ctx, entity, before):
        raise ForbiddenError("STATE_CLOSED", entity=entity.label, state=state_label(ctx, before))
    return veiled(ctx, before).input.apply(entity, before, command.values, deed="update")


def _judge(
    ctx: Context,
    workflow: Workflow,
    transition: Transition,
    before: Record,
    record: Record,
    problems: list[Problem],
    firing: Firing,
) -> None:
    running: list[Approval] = [a for a, _ in ctx.reader.running_approvals(ctx.ref(before))]
    found = problems_of(
        workflow, transition, record, judge_of(ctx, record, before), running=running, by=firing
    )
    if found and found[0].code in CONFLICTS:
        raise ConflictError(found[0].code, problems=found, current=before.state, **dict(found[0].params))
    if problems or found:
        raise InvalidError(problems=[*problems, *found])


def _note(
    ctx: Context,
    entity: Entity,
    workflow: Workflow,
    transition: Transition,
    before: Record,
    record: Record,
) -> None:
    """What the rest of the decision must know of this move: postings, reversals, numbers."""
    ref = ctx.ref(record)
    ctx.pending.fired.append((ref, transition.key))
    if transition.reverses:
        ctx.pending.reversed.append(ref)
    if before.state == workflow.initial:
        give_numbers(ctx, entity, record, "submit")
