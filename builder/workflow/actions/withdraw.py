"""Withdraw: the submitter takes the document back, as long as the definition lets that be."""

from __future__ import annotations

from builder.workflow.actions.kind import ActionKind, Deed, refuse
from builder.workflow.progress import Progress

DECIDED = frozenset({"approved", "rejected", "returned"})


def act(p: Progress, deed: Deed) -> None:
    if not may_withdraw(p):
        refuse(p, "TASK_WITHDRAW_LATE")
        return
    p.record(deed.task, deed.actor, "withdraw", deed.command.opinion)
    p.end("withdrawn", p.definition["withdraws_by"])


def may_withdraw(p: Progress) -> bool:
    until = p.definition.get("withdraw", "always")
    if until == "never" or p.standing.notes.get("binding"):
        return False
    return until == "always" or not any(t.status in DECIDED for t in p.tasks.values())


WITHDRAW = ActionKind("withdraw", "submitter", act)
