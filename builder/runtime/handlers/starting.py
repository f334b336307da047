"""Handler of starting an approval because a rule, or somebody, asks for it."""

from __future__ import annotations

from builder.commands import StartApproval
from builder.errors import InvalidError, NotFoundError, Problem
from builder.record import Ref
from builder.runtime.context import Context
from builder.runtime.handled import Handled
from builder.runtime.handlers.gathered import acting_on
from builder.runtime.handlers.records import state_label
from builder.runtime.handlers.tasks import start_approval


def started(ctx: Context, command: StartApproval) -> Handled:
    """The approval of that transition begins, from a state where the transition is possible. One that runs goes on as it is."""
    record = ctx.load(command.entity, command.id, "update")
    workflow = ctx.app.package.workflow_of(command.entity)
    transition = workflow.transition(command.transition) if workflow else None
    if transition is None or transition.approval is None:
        raise NotFoundError(transition=command.transition)
    running = ctx.reader.running_approvals(ctx.ref(record))
    if any(a.transition == transition.key and a.state == "running" for a, _ in running):
        return Handled((Ref(record.entity, record.id),), answer={"skipped": "running"})
    if record.state not in transition.from_:
        params = {"transition": transition.label, "state": state_label(ctx, record)}
        raise InvalidError(problems=[Problem("APPROVAL_NOT_HERE", "", params)])
    events, commands = start_approval(ctx, record, None, transition, running)
    return acting_on(record, events, commands)
