"""Lateness: what happens when a task is not decided in time, and when a wait is over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from builder.changes import Approval, ApprovalTask
from builder.expressions import ExpressionError
from builder.workflow.actions.kind import hand_on, keeper
from builder.workflow.actions.send_back import to_submitter
from builder.workflow.assignees import NOBODY, declared, head_above, is_strict, selves, stand_in
from builder.workflow.deadlines import due_at
from builder.workflow.flow import holds
from builder.workflow.progress import TIMER, Progress
from builder.workflow.standing import Token
from builder.workflow.subject import Outcome, Subject
from builder.workflow.voting import COUNTED
from builder.workflow.way import LOOK, go, rescue, settle


def time_out(
    subject: Subject, approval: Approval, tasks: Iterable[ApprovalTask], task_id: int
) -> Outcome | None:
    """What the definition says about a task whose time is over; None where it is not late, or was seen to already."""
    p = Progress(subject, approval, tasks)
    task = p.tasks.get(task_id)
    token = p.token_of(task) if task is not None else None
    if task is None or token is None or not p.is_running or not _is_due(task, subject):
        return None
    if task.status == TIMER:
        _end_wait(p, task, token)
    else:
        policy = "remind" if token.rescue else p.tree.node(token.node).get("late", "remind")
        LATE[policy](p, p.put(replace(task, fire_no=task.fire_no + 1)), token)
    return p.outcome()


def _is_due(task: ApprovalTask, subject: Subject) -> bool:
    if task.due_at is None or task.due_at > subject.now:
        return False
    return task.status == TIMER or (task.status == "open" and task.fire_no == 0)


def is_over(p: Progress, node: str) -> bool:
    """Whether what a wait waits for has come."""
    until = p.tree.node(node)["until"]
    try:
        return bool(until) and holds(until, p.definition, p.subject)
    except ExpressionError:
        return False


def _end_wait(p: Progress, task: ApprovalTask, token: Token) -> None:
    node = p.tree.node(token.node)
    limit = due_at(node, replace(p.subject, now=task.opened_at))
    try:
        held = bool(node["until"]) and holds(node["until"], p.definition, p.subject)
    except ExpressionError:
        p.put(replace(task, status="cancelled"))
        p.take_token(token)
        rescue(p, node)
        return
    if not held and (limit is None or limit > p.subject.now):
        following = p.subject.now + LOOK
        p.put(replace(task, due_at=min(limit, following) if limit else following))
        return
    p.put(replace(task, status="cancelled"))
    p.record_step(token, "waited")
    p.take_token(token)
    go(p, [p.tree.place(token.node).next])


def _remind(p: Progress, task: ApprovalTask, token: Token) -> None:
    p.tell(task.assignee_id, "NOTICE_LATE", task)


def _pass(p: Progress, task: ApprovalTask, token: Token) -> None:
    p.put(replace(task, status="approved"))
    p.record(task, 0, "late_pass")
    settle(p, token)


def _return(p: Progress, task: ApprovalTask, token: Token) -> None:
    p.put(replace(task, status="returned"))
    p.record(task, 0, "late_return")
    to_submitter(p, token, straight=True)


def _transfer(p: Progress, task: ApprovalTask, token: Token) -> None:
    node = p.tree.node(token.node)
    meant: list[int] = []
    for one in node.get("late_to", ()):
        meant.extend(declared(one, node, p.definition, p.subject, p.approval.started_by))
    _give(p, task, token, meant, "late_transfer")


def _escalate(p: Progress, task: ApprovalTask, token: Token) -> None:
    above = head_above(p.definition, p.subject, {task.assignee_id, p.approval.started_by})
    _give(p, task, token, [above] if above is not None else [], "late_escalate")


def _give(p: Progress, task: ApprovalTask, token: Token, meant: list[int], action: str) -> None:
    """The first of them who may decide there gets the task, else the owner; where nobody may, the one who is late is reminded."""
    never = selves(p.subject, p.approval.started_by) if is_strict(p.step(token)) else NOBODY
    asked = {t.assignee_id for t in p.at(token) if t.status in {*COUNTED, "rejected"}}
    active = [u for u in meant if p.subject.directory.is_active(u)]
    candidates = [stand_in(p.subject, user, never).user for user in active]
    fallback = keeper(p)
    candidates += [fallback] if fallback is not None else []
    user = next((u for u in candidates if u not in never and u not in asked), None)
    if user is None:
        _remind(p, task, token)
        return
    p.put(replace(task, status="transferred"))
    p.record(task, 0, action)
    hand_on(p, task, user)
    p.tell(task.assignee_id, "NOTICE_TAKEN", task)


LATE: Mapping[str, Callable[[Progress, ApprovalTask, Token], None]] = {
    "remind": _remind,
    "pass": _pass,
    "return": _return,
    "transfer": _transfer,
    "escalate": _escalate,
}
