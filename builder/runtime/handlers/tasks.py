"""Handler of approval tasks, and what workflow does by itself when a record enters or leaves a state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from builder.changes import Approval, ApprovalTask
from builder.commands import ActOnTask, Command
from builder.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, Problem
from builder.events import ApprovalChanged, Event
from builder.metadata.workflow import Transition
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.handlers.records import change_record, state_label
from builder.runtime.representation import title_of
from builder.workflow import approval as approvals
from builder.workflow.subject import Outcome, Subject
from builder.workflow.transitions import Judge, left_behind, starting

CONFLICTS = frozenset({"TASK_NOT_OPEN"})
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
    events: list[Event] = []
    if command.values:
        _check_change(ctx, approval, tasks, command, record)
        entity = ctx.app.package.entity(record.entity)
        assert entity is not None
        record, events = change_record(ctx, entity, record, command.values, checked=True)
    outcome = approvals.decide(subject_of(ctx, record), approval, tasks, command, ctx.actor.user_id)
    _raise_problems(outcome.problems)
    commands = keep(ctx, outcome)
    return record, [*events, *_event(outcome, approval, record)], commands


def _check_change(
    ctx: Context, approval: Approval, tasks: Sequence[ApprovalTask], command: ActOnTask, record: Record
) -> None:
    """Values come along only from who may decide, and may change the record where it stands. Nobody else learns what is wrong with them."""
    judged = approvals.decide(subject_of(ctx, record), approval, tasks, command, ctx.actor.user_id)
    _raise_problems(judged.problems)
    ctx.load(record.entity, record.id, "update")
    if not ctx.kernel.may_update_in(record.entity, record.state):
        entity = ctx.app.package.entity(record.entity)
        raise ForbiddenError(
            "STATE_CLOSED", entity=entity.label if entity else "", state=state_label(ctx, record)
        )


def _raise_problems(problems: tuple[Problem, ...]) -> None:
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


def subject_of(ctx: Context, record: Record, old: Record | None = None) -> Subject:
    """The record as workflow sees it."""
    entity = ctx.app.package.entity(record.entity)
    return Subject(
        app=ctx.app.key,
        package=ctx.app.package,
        record=record,
        values=ctx.facts.values_of(record, old=old),
        env=ctx.environment,
        directory=ctx.directory,
        now=ctx.pending.now,
        new_id=ctx.pending.new_id,
        title=title_of(entity, record) if entity else "",
    )


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
    return [outcome.command] if outcome.command is not None else []


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
            commands.extend(keep(ctx, approvals.abandon(subject_of(ctx, record), gone, tasks)))
        elif before is not None and before.state == record.state:
            outcome = approvals.recheck(subject_of(ctx, record, before), gone, tasks)
            if outcome is not None:
                commands.extend(keep(ctx, outcome))
                events.extend(_event(outcome, gone, record))
    if before is None or before.state != record.state:
        for transition in starting(workflow, record, judge_of(ctx, record, before)):
            started, wanted = _start(ctx, record, before, transition, running)
            events.extend(started)
            commands.extend(wanted)
    return events, commands


def _start(
    ctx: Context,
    record: Record,
    before: Record | None,
    transition: Transition,
    running: list[tuple[Approval, tuple[ApprovalTask, ...]]],
) -> tuple[list[Event], list[Command]]:
    if any(a.transition == transition.key and a.state == "running" for a, _ in running):
        return [], []
    outcome = approvals.start(
        subject_of(ctx, record, before), transition, ctx.actor.user_id, ctx.actor.org_unit_id
    )
    _raise_problems(outcome.problems)
    commands = keep(ctx, outcome)
    assert outcome.approval is not None
    return _event(outcome, outcome.approval, record), commands
