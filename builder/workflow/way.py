"""Way: how tokens go through the nodes of an approval: into branches and out of them, past what passes by itself, to the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from builder.commands import ContinueApproval, RunRule, UpdateRecord
from builder.errors import Problem
from builder.expressions import ExpressionError
from builder.workflow.assignees import Assignee, owner, people_of, told
from builder.workflow.flow import RESCUE, Step, current, hash_now, holds, taken_at, value_of, ways
from builder.workflow.progress import TIMER, Progress
from builder.workflow.standing import Standing, Token
from builder.workflow.tree import ROOT, Node, Place
from builder.workflow.voting import verdict

LOOK = timedelta(hours=1)
"""How often a condition that time alone can make true is looked at again."""


def begin(p: Progress) -> None:
    """Start at the first node."""
    p.stand(ways=ways(p.definition, p.subject))
    go(p, [Place(ROOT, 0)])


def restart(p: Progress) -> None:
    """The document says something else now: all votes of this round are void, the way begins again."""
    p.cancel(p.tasks.values())
    p.standing = Standing(foreseen=p.standing.foreseen)
    p.approval = replace(
        p.approval, round=p.approval.round + 1, content_hash=hash_now(p.definition, p.subject)
    )
    p.record(None, 0, "restart")
    p.event = "restarted"
    p.warnings.append(Problem("APPROVAL_RESTARTED", severity="warning"))
    begin(p)


def go(p: Progress, places: Sequence[Place]) -> None:
    """Go on from those places until every token waits somewhere or the approval is over."""
    todo = list(reversed(places))
    while todo and p.is_running and not p.problems:
        place = todo.pop()
        node = p.tree.at(place)
        following = _left(p, place.list) if node is None else _reach(p, node, place)
        todo.extend(reversed(following))


def _left(p: Progress, list_: str) -> list[Place]:
    """A list of nodes is through: what comes after what it belongs to, once all its parallel branches are."""
    node = p.tree.owner(list_)
    if node is None:
        p.end("approved", p.definition["transition"])
        return []
    if node["kind"] == "parallel":
        rest = tuple(b for b in p.standing.open.get(node["uid"], ()) if b != list_)
        others = {k: v for k, v in p.standing.open.items() if k != node["uid"]}
        p.stand(open=others | ({node["uid"]: rest} if rest else {}))
        if rest:
            return []
    return [p.tree.place(node["uid"]).next]


def _reach(p: Progress, node: Node, place: Place) -> list[Place]:
    if node["kind"] == "flow":
        return [Place(node["uid"], 0)]
    if "branches" in node:
        return _fork(p, node, place)
    return [] if stop_at(p, node) else [place.next]


def _fork(p: Progress, node: Node, place: Place) -> list[Place]:
    taken = p.standing.ways.get(node["uid"])
    if taken is None:
        taken = taken_at(node, p.definition, p.subject)
        p.stand(ways={**p.standing.ways, node["uid"]: taken})
    if RESCUE in taken:
        rescue(p, node)
        return []
    if not taken:
        return [place.next]
    if node["kind"] == "parallel":
        p.stand(open={**p.standing.open, node["uid"]: taken})
    return [Place(branch, 0) for branch in taken]


def rescue(p: Progress, node: Node) -> None:
    """What cannot be judged any more is decided by the app's owner."""
    token = p.put_token(Token(node["uid"], p.approval.round, rescue=True))
    _ask(p, token, owner(p.subject, p.approval.started_by))


def _ask(p: Progress, token: Token, user: int | None) -> None:
    if user is None:
        p.problems.append(nobody(p.step(token)))
        return
    p.open(token, Assignee(user))


def stop_at(p: Progress, node: Node) -> bool:
    """Enter a node; False where it is through at once."""
    return STOPS[node["kind"]](p, node)


def _copy(p: Progress, node: Node) -> bool:
    p.copy_to(node["uid"], told(Step(node["uid"], node), p.definition, p.subject, p.approval.started_by))
    return False


def _approver(p: Progress, node: Node) -> bool:
    step, submitter = Step(node["uid"], node), p.approval.started_by
    people = people_of(step, p.definition, p.subject, submitter)
    token = Token(node["uid"], p.approval.round)
    _close_withdrawal(p, node)
    if people.skip:
        p.record_step(token, "skip")
        return False
    p.put_token(token)
    assignees = people.assignees
    if people.nobody:
        keeper = owner(p.subject, submitter)
        assignees = (Assignee(keeper),) if keeper else ()
    if not assignees:
        p.problems.append(nobody(step))
        return True
    _tell_otherwise(p, node, assignees)
    in_turn = p.mode(token) == "in_turn"
    for position, assignee in enumerate(assignees):
        if _has_agreed(p, assignee.user):
            task = p.open(token, assignee, position, "approved")
            p.record(task, assignee.user, "repeat")
        else:
            p.open(token, assignee, position, "waiting" if in_turn else "open")
    return not _is_through(p, token)


def _is_through(p: Progress, token: Token) -> bool:
    """Whether those who agreed before are enough; else whoever's turn it is is asked."""
    if verdict(p.mode(token), p.tree.node(token.node), p.at(token), ()) != "approved":
        p.open_due(token)
        return False
    p.cancel(p.at(token))
    p.take_token(token)
    p.stand(passed=(*p.standing.passed, token.node))
    return True


def _close_withdrawal(p: Progress, node: Node) -> None:
    if node.get("binding"):
        p.note(binding=True)


def _has_agreed(p: Progress, user: int) -> bool:
    return p.definition.get("repeat") == "skip" and user in p.standing.agreed


def _tell_otherwise(p: Progress, node: Node, assignees: tuple[Assignee, ...]) -> None:
    """The submitter hears where somebody else is asked than was foretold."""
    told_of = p.standing.foreseen.get(node["uid"])
    now = [a.user for a in assignees]
    if told_of is None or p.approval.round > 1 or set(told_of) == set(now):
        return
    names = "、".join(p.subject.directory.name_of(user) for user in now)
    p.tell(p.approval.started_by, "NOTICE_PATH_CHANGED", node=node["label"], people=names)


def _auto(p: Progress, node: Node) -> bool:
    """The step's commands follow in the same decision; then the way goes on."""
    subject, record = p.subject, p.subject.record
    token = p.put_token(Token(node["uid"], p.approval.round))
    try:
        values = _values(p, node)
    except ExpressionError:
        rescue(p, node)
        return True
    p.note(auto_at=subject.now.isoformat())
    p.record_step(token, "auto")
    if values:
        p.steps.append(UpdateRecord(subject.app, record.entity, record.id, values))
    if node["rule"]:
        key = f"approval:{p.approval.id}:{token.node}:{token.round}"
        event = {"kind": "approval", "matched": False}
        p.steps.append(RunRule(subject.app, node["rule"], record.entity, record.id, key, event))
    laps = 1 if node["rule"] else 0
    p.steps.append(ContinueApproval(subject.app, p.approval.id, token.node, token.round, laps=laps))
    return True


def _values(p: Progress, node: Node) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, source in node["sets"].items():
        key = current(p.definition, p.subject, name)
        if key is not None:
            found[key] = value_of(source, p.definition, p.subject)
    return found


def _wait(p: Progress, node: Node) -> bool:
    try:
        if node["until"] and holds(node["until"], p.definition, p.subject):
            return False
    except ExpressionError:
        rescue(p, node)
        return True
    token = p.put_token(Token(node["uid"], p.approval.round))
    task = p.open(token, Assignee(0), status=TIMER)
    if task.due_at is None and not node["until"]:
        p.cancel([task])
        p.take_token(token)
        return False
    if node["until"]:
        # What only time brings about is looked for again and again.
        soon = p.subject.now + LOOK
        p.put(replace(task, due_at=min(task.due_at, soon) if task.due_at else soon))
    return True


STOPS = {"approver": _approver, "cc": _copy, "auto": _auto, "wait": _wait}


def settle(p: Progress, token: Token) -> None:
    """Go on if the votes at a node come to something; else ask whoever is next there."""
    tasks = p.at(token)
    found = verdict(p.mode(token), p.tree.node(token.node), tasks, token.added)
    if found == "rejected":
        p.end("rejected", p.definition["rejects_by"])
    elif found == "approved":
        p.cancel(tasks)
        leave(p, token)
    else:
        _drop_alternatives(p, token, tasks)
        p.open_due(token)


def _drop_alternatives(p: Progress, token: Token, tasks: list[Any]) -> None:
    """Where one is enough and has agreed, the others need not; only added signers are still asked."""
    added = {one.task for one in token.added}
    declared = [t for t in tasks if t.id not in added]
    if p.mode(token) == "any" and any(t.status == "approved" for t in declared):
        p.cancel(declared)


def leave(p: Progress, token: Token) -> None:
    """A node is through: what comes after it, or where it goes straight back to."""
    p.take_token(token)
    if p.tree.node(token.node)["kind"] == "approver" or token.rescue:
        p.stand(passed=(*p.standing.passed, token.node))
    if token.back is not None:
        enter_again(p, token.back)
    else:
        go(p, [p.tree.place(token.node).next])


def enter_again(p: Progress, back: Any) -> None:
    """Stand again at nodes that were left, in the present round."""
    p.stand(open={**p.standing.open, **{k: tuple(v) for k, v in back["open"].items()}})
    places: list[Place] = []
    for uid in back["nodes"]:
        node = p.tree.node(uid)
        if node["kind"] in {"condition", "parallel"}:
            rescue(p, node)
        elif not stop_at(p, node):
            places.append(p.tree.place(uid).next)
    go(p, places)


def nobody(step: Step) -> Problem:
    return Problem("APPROVAL_NOBODY", params={"node": step.node["label"]})
