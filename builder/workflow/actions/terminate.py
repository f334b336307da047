"""Terminate: the app's owner ends an approval that should not go on."""

from __future__ import annotations

from builder.workflow.actions.kind import ActionKind, Deed
from builder.workflow.progress import Progress


def act(p: Progress, deed: Deed) -> None:
    p.record(deed.task, deed.actor, "terminate", deed.command.opinion)
    p.end("terminated", p.definition["rejects_by"])


TERMINATE = ActionKind("terminate", "owner", act)
