"""Approve: agree at a node."""

from __future__ import annotations

from dataclasses import replace

from builder.workflow.actions.kind import ActionKind, Deed, refuse
from builder.workflow.moved import has_moved
from builder.workflow.progress import Progress
from builder.workflow.standing import Token
from builder.workflow.way import restart, settle


def act(p: Progress, deed: Deed) -> None:
    """A vote on a document that says something else by now is one on the new content: everybody is asked again, and it counts there
    if its person still is."""
    if (
        not p.step(deed.here).rescue
        and p.step(deed.here).node.get("signature")
        and not deed.command.signature
    ):
        refuse(p, "SIGNATURE_REQUIRED", "/signature")
        return
    token, task = deed.here, deed.task
    if has_moved(p):
        restart(p)
        again = [(t, p.task_of(t, deed.actor)) for t in p.standing.tokens if _asks_no_more(p, t, deed)]
        found = next(((t, mine) for t, mine in again if mine and mine.status == "open"), None)
        if found is None:
            return
        token, task = found
    p.put(replace(task, status="approved"))
    p.record(task, deed.actor, "approve", deed.command.opinion, deed.command.signature)
    p.stand(agreed=(*p.standing.agreed, task.assignee_id))
    settle(p, token)


def _asks_no_more(p: Progress, token: Token, deed: Deed) -> bool:
    """Whether what was given with the vote is all that the vote needs at another node: a signature and an opinion are given for a node
    that asks for them, never found to be missing afterwards."""
    if token.rescue:
        return True
    node = p.tree.node(token.node)
    signature = node.get("signature")
    signed_there = None if deed.here.rescue else p.tree.node(deed.here.node).get("signature")
    if signature and (signature != signed_there or not deed.command.signature):
        return False
    return not node.get("opinion_required") or bool(deed.command.opinion.strip())


APPROVE = ActionKind("approve", "assignee", act, words=True)
