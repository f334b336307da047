"""Copy: let people know of an approval."""

from __future__ import annotations

from builder.workflow.actions.kind import ActionKind, Deed, refuse
from builder.workflow.progress import Progress

BY_HAND = "#cc"
"""Stands behind the node at which somebody sent the copies, which are not the node's own tasks."""


def act(p: Progress, deed: Deed) -> None:
    users = deed.command.users or ((deed.command.to_user,) if deed.command.to_user else ())
    if not users:
        refuse(p, "TASK_TO_WHOM", "/users")
    for index, user in enumerate(users):
        if not p.subject.directory.is_active(user):
            refuse(p, "TASK_PERSON_LEFT", f"/users/{index}")
    if p.problems:
        return
    p.record(deed.task, deed.actor, "cc", deed.command.opinion)
    p.copy_to(f"{deed.task.node_uid}{BY_HAND}", dict.fromkeys(users))


CC = ActionKind("cc", "involved", act)
