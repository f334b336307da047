"""Handler of approval tasks, and what workflow does by itself when a record enters or leaves a state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from builder.changes import Approval, ApprovalTask
from builder.commands import ActOnTask, Command
from builder.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, Problem
from builder.events import ApprovalChanged, Event
from builder.metadata.entity import Entity
from builder.metadata.field_types.files import FILE_TYPES
from builder.metadata.workflow import Transition
from builder.record import Record, Ref
from builder.runtime.context import Context
from builder.runtime.handlers.records import change_record, may_edit, state_label
from builder.runtime.subjects import subject_of
from builder.runtime.uploads import readable
from builder.runtime.veiling import veiled
from builder.workflow import approval as approvals
from builder.workflow.actions import ACTIONS
from builder.workflow.definition import node_of
from builder.workflow.flow import fields_now
from builder.workflow.subject import Outcome
from builder.workflow.transitions import Judge, left_behind, starting

CONFLICTS = frozenset({"TASK_NOT_OPEN", "APPROVAL_STAYS_ENDED"})
FORBIDDEN = frozenset({"TASK_NOT_YOURS"})


def act_on_task(ctx: Context, command: ActOnTask) -> tuple[Record, list[Event], list[Command]]:
    """The record, what happened to its approval, and the transition that this brings about."""
    found = ctx.reader.task(command.task_id)
    if found is None:
        raise NotFoundError(task=True)
    approval, tasks = found
    record = ctx.reader.get(approval.entity, [approval.record_id]).get(approval.record_id)
    if record is None:
        raise NotFoundError(entity=approval.entity)
    if command.action == "reopen":
        _check_alone(ctx, approval)
    events: list[Event] = []
    if command.values:
        record, events = _changed(ctx, approval, tasks, command, record)
        command = replace(command, signature=_signature(approval, tasks, command, record))
    outcome = approvals.decide(subject_of(ctx, record), approval, tasks, command, ctx.actor.user_id)
    raise_problems(outcome.problems)
    commands = keep(ctx, outcome)
    return record, [*events, *_event(outcome, approval, record)], commands


def _check_alone(ctx: Context, approval: Approval) -> None:
    """An ended approval stays ended where another one has taken its place."""
    ref = Ref(approval.entity, approval.record_id)
    if any(a.transition == approval.transition for a, _ in ctx.reader.running_approvals(ref)):
        raise ConflictError("APPROVAL_STAYS_ENDED", problems=[Problem("APPROVAL_STAYS_ENDED")])


def _node(approval: Approval, tasks: Sequence[ApprovalTask], task_id: int) -> Mapping[str, Any]:
    """The node of a task; empty for one that is none any more."""
    task = next((t for t in tasks if t.id == task_id), None)
    try:
        return node_of(approval.definition, task.node_uid) if task else {}
    except KeyError:
        return {}


def _signature(approval: Approval, tasks: Sequence[ApprovalTask], command: ActOnTask, record: Record) -> int:
    """The file that was signed with now."""
    field = _node(approval, tasks, command.task_id).get("signature")
    value = record.get(field) if field and command.values.get(field) else None
    found = value[0] if isinstance(value, tuple) and value else value
    return found if isinstance(found, int) else 0


def _changed(
    ctx: Context, approval: Approval, tasks: Sequence[ApprovalTask], command: ActOnTask, record: Record
) -> tuple[Record, list[Event]]:
    """The record with the values that came along. What a node lets its people change they may, whatever else they may do; everything else
    is changed with their own rights and where the record stands open."""
    entity = ctx.app.package.entity(record.entity)
    assert entity is not None
    # Nobody but who may decide learns what is wrong with values: a signature stands for the one that is to be filed yet.
    judged = approvals.decide(
        subject_of(ctx, record), approval, tasks, replace(command, signature=1), ctx.actor.user_id
    )
    raise_problems(judged.problems)
    granted = _granted(_node(approval, tasks, command.task_id), command)
    own = fields_now(approval.definition, subject_of(ctx, record), granted)
    if set(command.values) <= set(own):
        _check_files(ctx, entity, command.values)
        return change_record(ctx.as_app(), entity, record, command.values, checked=True)
    look = veiled(ctx, record)
    _check_update(look, entity, record)
    return change_record(ctx, entity, record, command.values, checked=True, look=look)


def _granted(node: Mapping[str, Any], command: ActOnTask) -> frozenset[str]:
    """What a node lets its people change goes along with their decision. Whoever only says something about it, copies, urges or ends it
    decides nothing there."""
    kind = ACTIONS.find(command.action)
    if kind is None or not kind.words:
        return frozenset()
    signature = node.get("signature")
    return frozenset(node.get("edit", ())) | (frozenset({signature}) if signature else frozenset())


def _check_files(ctx: Context, entity: Entity, values: Mapping[str, Any]) -> None:
    """Files are given only by who may read them, also where the app's rights write them."""
    for key, value in values.items():
        field = entity.field(key)
        if field is None or field.type not in FILE_TYPES:
            continue
        for text in value if isinstance(value, list | tuple) else [value]:
            id = ctx.engine.database.read_id(str(text)) if text else None
            if id is not None:
                readable(ctx, id)


def _check_update(ctx: Context, entity: Entity, record: Record) -> None:
    """An approver is no more than anybody else: what the step does not let them change is closed to them where the record's state is."""
    ctx.load(record.entity, record.id, "update")
    if not may_edit(ctx, entity, record):
        raise ForbiddenError("STATE_CLOSED", entity=entity.label, state=state_label(ctx, record))


def raise_problems(problems: tuple[Problem, ...]) -> None:
    """Refuse with all of them, as what the first one is."""
    if not problems:
        return
    first = problems[0]
    if first.code in CONFLICTS:
        raise ConflictError(first.code, problems=problems, **dict(first.params))
    if first.code in FORBIDDEN:
        raise ForbiddenError(first.code, problems=problems)
    raise InvalidError(problems=problems)


def _event(outcome: Outcome, approval: Approval, record: Record) -> list[Event]:
    return [ApprovalChanged(record, approval.transition, outcome.event)] if outcome.event else []


def keep(ctx: Context, outcome: Outcome) -> list[Command]:
    """Collect what an approval's step changed; the transition that it fires comes back."""
    if outcome.approval is not None:
        known = ctx.pending.approvals.get(outcome.approval.id)
        # The version counts once per command, as a record's does: commit compares it with the one that was seen.
        approval = replace(outcome.approval, version=known.version) if known else outcome.approval
        ctx.pending.approvals[approval.id] = approval
    ctx.pending.tasks.update({task.id: task for task in outcome.tasks})
    ctx.pending.decisions.extend(outcome.decisions)
    ctx.pending.messages.extend(outcome.messages)
    ctx.pending.warnings.extend(outcome.warnings)
    return [*outcome.steps, *([outcome.command] if outcome.command is not None else [])]


def judge_of(ctx: Context, record: Record, old: Record | None = None) -> Judge:
    return Judge(ctx.app.compiled, ctx.facts.values_of(record, old=old), ctx.environment)


def settle_approvals(
    ctx: Context, before: Record | None, record: Record
) -> tuple[list[Event], list[Command]]:
    """What approvals do about a record that came to be, moved or changed: those it entered start, those it left end,
    and votes on other content are asked for again."""
    workflow = ctx.app.package.workflow_of(record.entity)
    if workflow is None:
        return [], []
    events: list[Event] = []
    commands: list[Command] = []
    running = ctx.reader.running_approvals(ctx.ref(record))
    for gone, tasks in running:
        if left_behind([gone], workflow, record):
            commands.extend(
                keep(ctx, approvals.abandon(subject_of(ctx, record), gone, tasks, ctx.actor.user_id))
            )
        elif before is not None and before.state == record.state:
            outcome = approvals.recheck(subject_of(ctx, record, before), gone, tasks)
            if outcome is not None:
                commands.extend(keep(ctx, outcome))
                events.extend(_event(outcome, gone, record))
    if before is None or before.state != record.state:
        for transition in starting(workflow, record, judge_of(ctx, record, before)):
            started, wanted = start_approval(ctx, record, before, transition, running)
            events.extend(started)
            commands.extend(wanted)
    return events, commands


def start_approval(
    ctx: Context,
    record: Record,
    before: Record | None,
    transition: Transition,
    running: list[tuple[Approval, tuple[ApprovalTask, ...]]],
) -> tuple[list[Event], list[Command]]:
    if any(a.transition == transition.key and a.state == "running" for a, _ in running):
        return [], []
    outcome = approvals.start(
        subject_of(ctx, record, before),
        transition,
        ctx.actor.user_id,
        ctx.actor.org_unit_id,
        ctx.reader.returned_approval(ctx.ref(record), transition.uid),
    )
    raise_problems(outcome.problems)
    commands = keep(ctx, outcome)
    assert outcome.approval is not None
    return _event(outcome, outcome.approval, record), commands
