"""Reject: disagree at a node. It ends the approval, unless votes are counted there."""

from __future__ import annotations

from dataclasses import replace

from builder.workflow.actions.kind import ActionKind, Deed
from builder.workflow.progress import Progress
from builder.workflow.way import settle


def act(p: Progress, deed: Deed) -> None:
    p.put(replace(deed.task, status="rejected"))
    p.record(deed.task, deed.actor, "reject", deed.command.opinion)
    settle(p, deed.here)


REJECT = ActionKind("reject", "assignee", act, words=True)
