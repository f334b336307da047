"""Add a signer: somebody must agree besides, before one's own vote, after it, or beside it."""

from __future__ import annotations

from dataclasses import replace

from builder.workflow.actions.kind import ActionKind, Deed, further
from builder.workflow.assignees import Assignee
from builder.workflow.progress import Progress
from builder.workflow.standing import Added


def act(p: Progress, deed: Deed) -> None:
    """Where people are asked in turn, the signer comes after who asks, unless it is said otherwise; else beside."""
    user = further(p, deed)
    if user is None:
        return
    task, token = deed.task, deed.here
    place = deed.command.place or ("after" if p.mode(token) == "in_turn" else "parallel")
    p.record(task, deed.actor, "add_signer", deed.command.opinion)
    new = p.open(token, Assignee(user), task.position, "waiting" if place == "after" else "open")
    kept = tuple(one for one in token.added if one.task != new.id)
    p.put_token(replace(token, added=(*kept, Added(new.id, place, task.id))))
    if place == "before":
        p.put(replace(task, status="waiting", due_at=None))


ADD_SIGNER = ActionKind("add_signer", "assignee", act)
