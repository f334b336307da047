"""Urge: remind those whose turn it is, once an hour at most."""

from __future__ import annotations

from datetime import datetime, timedelta

from builder.workflow.actions.kind import ActionKind, Deed, refuse
from builder.workflow.progress import Progress

PAUSE = timedelta(hours=1)


def act(p: Progress, deed: Deed) -> None:
    last = p.standing.notes.get("urged_at")
    if last is not None and p.subject.now < datetime.fromisoformat(last) + PAUSE:
        refuse(p, "TASK_URGED_LATELY", minutes=PAUSE // timedelta(minutes=1))
        return
    p.note(urged_at=p.subject.now.isoformat())
    p.record(deed.task, deed.actor, "urge", deed.command.opinion)
    for task in p.tasks.values():
        if task.status == "open":
            p.tell(task.assignee_id, "NOTICE_URGED", task)


URGE = ActionKind("urge", "submitter", act, also_owner=True)
