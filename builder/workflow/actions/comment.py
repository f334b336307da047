"""Comment: say something about an approval without deciding."""

from __future__ import annotations

from builder.workflow.actions.kind import ActionKind, Deed, refuse
from builder.workflow.progress import Progress


def act(p: Progress, deed: Deed) -> None:
    if not deed.command.opinion.strip():
        refuse(p, "OPINION_REQUIRED", "/opinion")
        return
    p.record(deed.task, deed.actor, "comment", deed.command.opinion)
    others = {t.assignee_id for t in p.tasks.values() if t.status == "open"} | {p.approval.started_by}
    for user in sorted(others - {deed.actor, 0}):
        p.tell(user, "NOTICE_COMMENT", by=p.subject.directory.name_of(deed.actor))


COMMENT = ActionKind("comment", "involved", act)
