"""Approval: starting, deciding, going on with and ending it. Each function returns an ``Outcome`` and changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from builder.changes import Approval, ApprovalTask
from builder.commands import ActOnTask
from builder.errors import Problem
from builder.metadata.workflow import Transition
from builder.workflow.actions import ACTIONS
from builder.workflow.actions.kind import ActionKind, Deed, hand_on
from builder.workflow.assignees import NOBODY, is_strict, owner, selves, stand_in
from builder.workflow.definition import definition_of
from builder.workflow.flow import Step, hash_now, ways
from builder.workflow.lateness import is_over
from builder.workflow.moved import absorb, has_moved, is_own_change
from builder.workflow.preview import Preview, choice_problems, foresee
from builder.workflow.progress import Progress
from builder.workflow.subject import Outcome, Subject, refused
from builder.workflow.tree import Tree
from builder.workflow.voting import COUNTED, LIVE
from builder.workflow.way import begin, enter_again, go, nobody, restart, settle


def start(
    subject: Subject,
    transition: Transition,
    started_by: int,
    submitter_unit: int = 0,
    former: Approval | None = None,
) -> Outcome:
    """Begin the approval of ``transition``: the tasks of its first nodes, or, where nobody is to be asked, the transition itself.
    Refused with ``APPROVAL_NOBODY`` if some node on the way has nobody and says so, with ``APPROVAL_CHOOSE`` where the submitter must
    choose. ``former`` is the one that was returned: if that said so and nothing it was voted on has changed, it goes on from there."""
    approval = _new(subject, transition, started_by, submitter_unit)
    p = Progress(subject, approval, ())
    steps = foresee(approval.definition, subject, started_by)
    p.problems.extend(choice_problems(steps, approval.definition, subject))
    p.problems.extend(
        nobody(Step(s.uid, p.tree.node(s.uid))) for s in steps if s.kind == "approver" and s.nobody
    )
    if not p.problems:
        p.stand(foreseen={s.uid: s.users for s in steps if s.kind == "approver" and not s.skipped})
        p.record(None, started_by, "start")
        _tell_otherwise(p, steps)
        _set_out(p, former)
        p.event = p.event or "started"
    return p.outcome()


def _tell_otherwise(p: Progress, steps: Iterable[Preview]) -> None:
    """The submitter hears at once where somebody else is asked than was shown before submitting."""
    shown = p.subject.foretold
    for step in steps if shown is not None else ():
        if step.kind != "approver" or step.skipped or set((shown or {}).get(step.uid, ())) == set(step.users):
            continue
        told: dict[str, object] = {
            "node": step.label,
            "people": "、".join(p.subject.directory.name_of(u) for u in step.users),
        }
        p.tell(p.approval.started_by, "NOTICE_PATH_CHANGED", None, **told)
        p.warnings.append(Problem("APPROVAL_PATH_CHANGED", params=told))


def _set_out(p: Progress, former: Approval | None) -> None:
    back = _way_back(p, former)
    if back is None:
        begin(p)
        return
    p.stand(ways=ways(p.definition, p.subject), passed=tuple(back["passed"]))
    enter_again(p, back)


def _way_back(p: Progress, former: Approval | None) -> Mapping[str, Any] | None:
    """Where a returned approval goes straight back to: only on the same content, and where the nodes are still there."""
    back = former.cursor.get("notes", {}).get("back") if former is not None else None
    if former is None or back is None or former.content_hash != p.approval.content_hash:
        return None
    wanted = (*back["nodes"], *back["open"], *back["passed"])
    return back if all(uid in p.tree for uid in wanted) else None


def _new(subject: Subject, transition: Transition, started_by: int, submitter_unit: int) -> Approval:
    record = subject.record
    definition = definition_of(subject.package, record.entity, transition, record.state)
    definition["submitter_unit"] = submitter_unit or record.org_unit_id
    known = Tree(definition["nodes"])
    definition["people"] = {uid: list(users) for uid, users in subject.chosen.items() if uid in known}
    return Approval(
        id=subject.new_id(),
        app=subject.app,
        entity=record.entity,
        record_id=record.id,
        transition=transition.key,
        definition=definition,
        state="running",
        cursor={},
        round=1,
        content_hash=hash_now(definition, subject),
        started_by=started_by,
        started_at=subject.now,
    )


def preview(
    subject: Subject, transition: Transition, started_by: int, submitter_unit: int = 0
) -> tuple[Preview, ...]:
    """The path and the people, as ``start`` would use them now."""
    definition = _new(subject, transition, started_by, submitter_unit).definition
    return foresee(definition, subject, started_by)


def decide(
    subject: Subject, approval: Approval, tasks: Iterable[ApprovalTask], command: ActOnTask, actor: int
) -> Outcome:
    """What ``actor``'s action on one of ``tasks`` (all tasks of the approval) comes to. ``subject.record`` already carries the values that
    came with the action. Problems: ``TASK_NOT_OPEN`` (somebody was first), ``TASK_NOT_YOURS``, ``OPINION_REQUIRED`` and those of the action."""
    p = Progress(subject, approval, tasks)
    task = p.tasks.get(command.task_id)
    kind = ACTIONS.find(command.action)
    if kind is None:
        return refused("TASK_ACTION_UNKNOWN", action=command.action, actions=", ".join(ACTIONS.names()))
    if task is None or task.approval_id != approval.id or p.is_running == (kind.on == "ended"):
        return refused("TASK_NOT_OPEN", status=approval.state if task is None else task.status)
    problem = _unfit(p, task, kind, command, actor)
    if problem is not None:
        return problem
    kind.act(p, Deed(task, p.token_of(task), command, actor))
    p.pass_on(command.opinion, command.overrides)
    return p.outcome()


def _unfit(
    p: Progress, task: ApprovalTask, kind: ActionKind, command: ActOnTask, actor: int
) -> Outcome | None:
    if kind.who == "assignee" and (task.status != "open" or p.token_of(task) is None):
        return refused("TASK_NOT_OPEN", status=task.status)
    if not may(p, task, kind, actor):
        return refused("TASK_NOT_YOURS")
    token = p.token_of(task)
    node = {} if token is None or token.rescue else p.tree.node(token.node)
    if is_forbidden(node, kind.name):
        return refused("TASK_ACTION_FORBIDDEN", node=node["label"])
    if kind.words and node.get("opinion_required") and not command.opinion.strip():
        return refused("OPINION_REQUIRED", "/opinion")
    return None


def is_forbidden(node: Mapping[str, Any], action: str) -> bool:
    """Whether the node does without the action. What adding a signer brings about goes with it."""
    return {"remove_signer": "add_signer"}.get(action, action) in node.get("forbids", ())


def may(p: Progress, task: ApprovalTask, kind: ActionKind, actor: int) -> bool:
    """Whether ``actor`` may do an action about ``task``."""
    known = {p.approval.started_by, *(t.assignee_id for t in p.tasks.values())}
    as_themselves = {
        "assignee": lambda: _stands_in(p, task, actor),
        "submitter": lambda: actor == p.approval.started_by,
        "involved": lambda: actor in known or _stands_in(p, task, actor),
    }
    if kind.who in as_themselves and as_themselves[kind.who]():
        return True
    # Who owns the app is looked up last: most people who act are those who were asked.
    is_owners_too = kind.also_owner or kind.who in {"owner", "involved"}
    return is_owners_too and actor in p.subject.directory.app_owners()


def _stands_in(p: Progress, task: ApprovalTask, actor: int) -> bool:
    if actor == task.assignee_id:
        return True
    token = p.token_of(task)
    strict = token is not None and is_strict(p.step(token))
    never = selves(p.subject, p.approval.started_by) if strict else NOBODY
    return stand_in(p.subject, task.assignee_id, never).user == actor


def recheck(subject: Subject, approval: Approval, tasks: Iterable[ApprovalTask]) -> Outcome | None:
    """After the document was changed: None where nothing follows; else a new round from the first node on where votes no longer count,
    or the end of a wait."""
    p = Progress(subject, approval, tasks)
    if not p.is_running:
        return None
    if is_own_change(p):
        absorb(p)
        return p.outcome()
    if has_moved(p):
        restart(p)
        return p.outcome()
    waits = [t for t in p.standing.tokens if not t.rescue and p.tree.node(t.node)["kind"] == "wait"]
    over = [t for t in waits if is_over(p, t.node)]
    for token in over:
        p.cancel(p.at(token))
        p.record_step(token, "waited")
        p.take_token(token)
        go(p, [p.tree.place(token.node).next])
    return p.outcome() if over else None


def proceed(
    subject: Subject, approval: Approval, tasks: Iterable[ApprovalTask], node: str, round_: int
) -> Outcome | None:
    """Go on behind an automatic step; None where the approval stands there no more."""
    p = Progress(subject, approval, tasks)
    token = p.standing.token(node, round_)
    if not p.is_running or token is None or token.rescue:
        return None
    absorb(p)
    p.take_token(token)
    go(p, [p.tree.place(node).next])
    return p.outcome()


def abandon(subject: Subject, approval: Approval, tasks: Iterable[ApprovalTask], actor: int = 0) -> Outcome:
    """The record has left the state by another way, or is gone: the approval ends withdrawn and fires nothing."""
    p = Progress(subject, approval, tasks)
    p.record(None, actor, "abandon")
    p.end("withdrawn", None, fire=False)
    return p.outcome()


def hand_over(subject: Subject, approval: Approval, tasks: Iterable[ApprovalTask]) -> Outcome | None:
    """Tasks of people who have left go to the app's owner; None where there are none."""
    p = Progress(subject, approval, tasks)
    user = owner(subject, approval.started_by)
    left = [
        t
        for t in p.tasks.values()
        if t.status in LIVE and p.token_of(t) is not None and not subject.directory.is_active(t.assignee_id)
    ]
    if not p.is_running or not left or user is None:
        return None
    for task in left:
        token = p.token_of(task)
        known = p.task_of(token, user) if token is not None else None
        if known is None or known.status not in COUNTED:
            hand_on(p, task, user)
        p.put(replace(task, status="transferred"))
        p.record(task, 0, "hand_over")
    for token in p.standing.tokens:
        if p.is_running and any(t.node_uid == token.node and t.round == token.round for t in left):
            settle(p, token)
    return p.outcome()
