"""Transfer: somebody else decides instead."""

from __future__ import annotations

from dataclasses import replace

from builder.workflow.actions.kind import ActionKind, Deed, further, hand_on
from builder.workflow.progress import Progress


def act(p: Progress, deed: Deed) -> None:
    user = further(p, deed)
    if user is None:
        return
    p.put(replace(deed.task, status="transferred"))
    p.record(deed.task, deed.actor, "transfer", deed.command.opinion)
    hand_on(p, deed.task, user)


TRANSFER = ActionKind("transfer", "assignee", act, also_owner=True)
