"""Remove a signer whom one has added and who has not decided yet."""

from __future__ import annotations

from dataclasses import replace

from builder.workflow.actions.kind import ActionKind, Deed, refuse
from builder.workflow.progress import Progress
from builder.workflow.voting import LIVE
from builder.workflow.way import settle


def act(p: Progress, deed: Deed) -> None:
    token = deed.here
    signer = p.task_of(token, deed.command.to_user or 0)
    own = next((one for one in token.added if signer is not None and one.task == signer.id), None)
    if signer is None or own is None or signer.status not in LIVE:
        refuse(p, "TASK_NO_SIGNER", "/to_user")
        return
    if own.anchor != deed.task.id and deed.actor not in p.subject.directory.app_owners():
        refuse(p, "TASK_NOT_YOURS")
        return
    p.record(signer, deed.actor, "remove_signer", deed.command.opinion)
    p.put(replace(signer, status="cancelled"))
    # Whoever was to sign before or after the one who goes does so to the one who asked.
    others = (replace(o, anchor=own.anchor) if o.anchor == own.task else o for o in token.added if o != own)
    settle(p, p.put_token(replace(token, added=tuple(others))))


REMOVE_SIGNER = ActionKind("remove_signer", "assignee", act, also_owner=True)
