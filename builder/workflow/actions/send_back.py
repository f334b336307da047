"""Return: to the submitter, or to an earlier node of the way; from there in order, or straight back to who returned it."""

from __future__ import annotations

from dataclasses import replace

from builder.workflow.actions.kind import ActionKind, Deed, refuse
from builder.workflow.progress import Progress
from builder.workflow.standing import Token
from builder.workflow.way import enter_again


def act(p: Progress, deed: Deed) -> None:
    node = deed.command.node
    if node and node not in earlier(p, deed.here):
        refuse(p, "TASK_RETURN_NODE", "/node")
        return
    p.put(replace(deed.task, status="returned"))
    p.record(deed.task, deed.actor, "return", deed.command.opinion)
    if node:
        to_node(p, deed.here, node, straight=deed.command.straight)
    else:
        to_submitter(p, deed.here, straight=deed.command.straight)


def earlier(p: Progress, token: Token) -> tuple[str, ...]:
    """The nodes that a token may be returned to: decided ones before it that do not lie in a parallel branch of their own."""
    own = p.tree.lanes(token.node)
    found = (uid for uid in p.standing.passed if uid in p.tree and uid != token.node)
    return tuple(dict.fromkeys(uid for uid in found if own[: len(lanes := p.tree.lanes(uid))] == lanes))


def to_node(p: Progress, token: Token, node: str, *, straight: bool) -> None:
    """Everything that stands behind ``node`` is taken back; votes in branches beside it stay."""
    shared = len(p.tree.lanes(node))
    lanes = p.tree.lanes(token.node)[:shared]
    dropped = [t for t in p.standing.tokens if p.tree.lanes(t.node)[:shared] == lanes]
    inside = {uid for t in dropped for uid, _ in p.tree.lanes(t.node)[shared:]}
    held = {uid: list(rest) for uid, rest in p.standing.open.items() if uid in inside}
    for one in dropped:
        p.cancel(p.at(one))
        p.take_token(one)
    passed = p.standing.passed
    p.stand(
        open={uid: rest for uid, rest in p.standing.open.items() if uid not in inside},
        passed=passed[: passed.index(node)],
        agreed=(),
    )
    p.approval = replace(p.approval, round=p.approval.round + 1)
    enter_again(p, {"nodes": [node], "open": {}})
    at = p.standing.token(node, p.approval.round)
    if straight and at is not None:
        p.put_token(replace(at, back={"nodes": [t.node for t in dropped], "open": held}))


def to_submitter(p: Progress, token: Token | None, *, straight: bool) -> None:
    """The document goes back to who submitted it. Submitted again it goes on where it was, if that was said."""
    if straight and token is not None:
        nodes = [t.node for t in p.standing.tokens]
        open_ = {uid: list(rest) for uid, rest in p.standing.open.items()}
        p.note(back={"nodes": nodes, "open": open_, "passed": list(p.standing.passed)})
    p.end("returned", p.definition["returns_by"])


RETURN = ActionKind("return", "assignee", act, words=True)
