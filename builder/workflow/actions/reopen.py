"""Reopen: the app's owner lets an approval that ended without its move go on where it was."""

from __future__ import annotations

from dataclasses import replace

from builder.workflow.actions.kind import ActionKind, Deed, refuse
from builder.workflow.flow import hash_now, ways
from builder.workflow.progress import Progress
from builder.workflow.way import begin, enter_again


def act(p: Progress, deed: Deed) -> None:
    """The document goes back to where the approval runs; the people at the node that ended it are asked again."""
    if p.approval.state == "approved" or not _comes_back(p):
        refuse(p, "APPROVAL_STAYS_ENDED")
        return
    same = p.approval.content_hash == hash_now(p.definition, p.subject)
    p.approval = replace(
        p.approval,
        state="running",
        ended_at=None,
        round=p.approval.round + 1,
        content_hash=hash_now(p.definition, p.subject),
    )
    p.record(deed.task, deed.actor, "reopen", deed.command.opinion)
    p.event = "reopened"
    stood = [uid for uid in p.standing.notes.get("stood", ()) if uid in p.tree]
    taken = ways(p.definition, p.subject)
    p.stand(agreed=())
    if same and stood and taken == p.standing.ways:
        enter_again(p, {"nodes": stood, "open": p.standing.notes.get("open", {})})
    else:
        p.stand(passed=())
        begin(p)
    p.tell(p.approval.started_by, "NOTICE_REOPENED")


def _comes_back(p: Progress) -> bool:
    """Whether the record is, or can be put, where the approval's transition starts."""
    workflow = p.subject.package.workflow_of(p.subject.record.entity)
    state = p.subject.record.state
    aim = (
        next((t for t in workflow.transitions if t.uid == p.definition["transition"]), None)
        if workflow
        else None
    )
    if workflow is None or aim is None:
        return False
    if state in aim.from_:
        return True
    there = (t for t in workflow.transitions if state in t.from_ and t.to in aim.from_ and t.approval is None)
    found = next(there, None)
    if found is not None:
        p.steps.append(p.move(found.key))
    return found is not None


REOPEN = ActionKind("reopen", "owner", act, on="ended")
