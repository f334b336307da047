"""Handlers of what approvals do without anybody acting: going on behind automatic steps, and what is late."""

from __future__ import annotations

from builder.changes import Approval, ApprovalTask
from builder.commands import ContinueApproval, MoveApproval, TimeOut
from builder.errors import ForbiddenError, NotFoundError, Problem
from builder.events import ApprovalChanged
from builder.record import Record
from builder.rules.cause import Cause, Caused
from builder.runtime.context import Context
from builder.runtime.handled import Handled
from builder.runtime.handlers.gathered import acting_on
from builder.runtime.handlers.tasks import keep, raise_problems
from builder.runtime.subjects import subject_of
from builder.workflow import approval as approvals
from builder.workflow.lateness import time_out
from builder.workflow.moving import move
from builder.workflow.subject import Outcome


def continued(ctx: Context, command: ContinueApproval) -> Handled:
    """The approval goes on once everything that its automatic step caused has had its turn."""
    if command.laps:
        again = ContinueApproval(
            command.app, command.approval_id, command.node, command.round, command.laps - 1
        )
        return Handled(caused=(Caused(again, Cause(), "app"),))
    found = _found(ctx, command.approval_id)
    if found is None:
        return Handled()
    record, approval, tasks = found
    outcome = approvals.proceed(subject_of(ctx, record), approval, tasks, command.node, command.round)
    return _handled(ctx, record, approval, outcome)


def timed_out(ctx: Context, command: TimeOut) -> Handled:
    """What waits for people who have left goes to the app's owner; what is late is seen to; what was decided or seen to meanwhile is
    left alone."""
    found = _found(ctx, command.approval_id)
    if found is None:
        return Handled(answer={"skipped": "gone"})
    record, approval, tasks = found
    subject = subject_of(ctx, record)
    outcome = approvals.hand_over(subject, approval, tasks)
    if outcome is None:
        outcome = time_out(subject, approval, tasks, command.task_id)
    return _handled(ctx, record, approval, outcome)


def moved(ctx: Context, command: MoveApproval) -> Handled:
    """The running approval goes on under the live definition; the answer names who is asked then. A dry run is the preview of it."""
    if ctx.actor.user_id not in ctx.directory.app_owners():
        raise ForbiddenError("TASK_NOT_YOURS", problems=[Problem("TASK_NOT_YOURS")])
    record = ctx.reader.get(command.entity, [command.id]).get(command.id)
    workflow = ctx.app.package.workflow_of(command.entity)
    transition = workflow.transition(command.transition) if workflow else None
    if record is None or transition is None or transition.approval is None:
        raise NotFoundError(entity=command.entity)
    running = ctx.reader.running_approvals(ctx.ref(record))
    found = next(((a, t) for a, t in running if a.transition == transition.key), None)
    if found is None:
        raise NotFoundError(approval=True)
    outcome = move(subject_of(ctx, record), *found, transition, command.mapping, ctx.actor.user_id)
    done = _handled(ctx, record, found[0], outcome)
    asked = [
        {"node": t.node_uid, "name": ctx.directory.name_of(t.assignee_id)}
        for t in outcome.tasks
        if t.status in {"open", "waiting"}
    ]
    return done._replace(answer={"asked": asked})


def _found(ctx: Context, id: int) -> tuple[Record, Approval, tuple[ApprovalTask, ...]] | None:
    found = ctx.reader.approval(id)
    if found is None:
        return None
    approval, tasks = found
    record = ctx.reader.get(approval.entity, [approval.record_id]).get(approval.record_id)
    return (record, approval, tasks) if record is not None else None


def _handled(ctx: Context, record: Record, approval: Approval, outcome: Outcome | None) -> Handled:
    if outcome is None:
        return Handled(answer={"skipped": "done"})
    raise_problems(outcome.problems)
    commands = keep(ctx, outcome)
    events = [ApprovalChanged(record, approval.transition, outcome.event)] if outcome.event else []
    return acting_on(record, list(events), commands)
