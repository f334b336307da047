"""Veiling: what a step of an approval keeps from those whom it asks. Whoever looks at a record with a decision to make on it looks through
that step, whatever roles they hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from builder.changes import Approval, ApprovalTask
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.handlers.tasks import subject_of
from builder.workflow.definition import node_of
from builder.workflow.flow import fields_now


def veiled(ctx: Context, record: Record) -> Context:
    """The same look at the record without the fields that the reader's open tasks on it hide; the very same where they hide none."""
    keys = hidden_from(ctx, record)
    if not keys:
        return ctx
    concealed = {record.entity: keys}
    return replace(ctx, kernel=replace(ctx.kernel, concealed=concealed))


def hidden_from(ctx: Context, record: Record) -> frozenset[str]:
    """The fields of the record that every open task of the reader hides: what one of them shows is seen."""
    found = [
        frozenset(_hidden_at(ctx, record, approval, task))
        for approval, tasks in ctx.reader.running_approvals(ctx.ref(record))
        for task in _own(ctx, tasks)
    ]
    return frozenset.intersection(*found) if found else frozenset()


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
