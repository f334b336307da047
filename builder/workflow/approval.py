"""Approval: starting, deciding, previewing and ending it. Each function returns an ``Outcome`` and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from builder.changes import Approval, ApprovalTask
from builder.commands import ActOnTask
from builder.metadata.text import Text
from builder.metadata.workflow import Transition
from builder.workflow.assignees import Assignee, owner, people_of, stand_in, told
from builder.workflow.flow import definition_of, hash_now, route
from builder.workflow.progress import COUNTED, LIVE, Progress, nobody
from builder.workflow.subject import Outcome, Subject, refused


@dataclass(frozen=True, slots=True)
class Preview:
    """One node that the record would pass: who would be asked (``users``, in order), or that it would be skipped."""

    uid: str
    kind: str
    label: Text
    mode: str
    users: tuple[int, ...]
    on_behalf_of: tuple[int, ...] = ()
    skipped: bool = False
    nobody: bool = False


def start(subject: Subject, transition: Transition, started_by: int, submitter_unit: int = 0) -> Outcome:
    """Begin the approval of ``transition``: the tasks of its first node, or, where nobody is to be asked, the transition itself.
    Refused with ``APPROVAL_NOBODY`` if some node on the way has nobody and says so."""
    approval = _new(subject, transition, started_by, submitter_unit)
    progress = Progress(subject, approval, ())
    steps = route(approval.definition, subject)
    people = [
        (s, people_of(s, approval.definition, subject, started_by)) for s in steps if s.kind == "approver"
    ]
    progress.problems.extend(nobody(s) for s, p in people if p.nobody)
    if not progress.problems:
        progress.begin()
        progress.event = progress.event or "started"
    return progress.outcome()


def _new(subject: Subject, transition: Transition, started_by: int, submitter_unit: int) -> Approval:
    record = subject.record
    definition = definition_of(subject.package, record.entity, transition, record.state)
    definition["submitter_unit"] = submitter_unit or record.org_unit_id
    return Approval(
        id=subject.new_id(),
        app=subject.app,
        entity=record.entity,
        record_id=record.id,
        transition=transition.key,
        definition=definition,
        state="running",
        cursor={"route": [], "at": 0, "added": []},
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
    shown = []
    for step in route(definition, subject):
        label, mode = step.node["label"], "any" if step.rescue else step.node["mode"]
        if step.kind == "cc":
            users = told(step, definition, subject, started_by)
            shown.append(Preview(step.uid, "cc", label, mode, users))
            continue
        people = people_of(step, definition, subject, started_by)
        users = tuple(a.user for a in people.assignees)
        meant = tuple(a.on_behalf_of for a in people.assignees)
        shown.append(Preview(step.uid, "approver", label, mode, users, meant, people.skip, people.nobody))
    return tuple(shown)


def decide(
    subject: Subject, approval: Approval, tasks: Iterable[ApprovalTask], command: ActOnTask, actor: int
) -> Outcome:
    """What ``actor``'s action on one of ``tasks`` (all tasks of the approval) comes to. ``subject.record`` already carries the values that
    came with the action. Problems: ``TASK_NOT_OPEN`` (somebody was first), ``TASK_NOT_YOURS``, ``OPINION_REQUIRED`` and those of the action."""
    progress = Progress(subject, approval, tasks)
    task = progress.tasks.get(command.task_id)
    act = ACTIONS.get(command.action)
    if act is None:
        return refused("TASK_ACTION_UNKNOWN", action=command.action, actions=", ".join(ACTIONS))
    if task is None or task.approval_id != approval.id or approval.state != "running":
        return refused("TASK_NOT_OPEN", status=approval.state if task is None else task.status)
    if command.action == "withdraw":
        if actor != approval.started_by:
            return refused("TASK_NOT_YOURS")
    else:
        problem = _unfit(progress, task, command, actor)
        if problem is not None:
            return problem
    act(progress, task, command, actor)
    progress.pass_on(command.opinion, command.overrides)
    return progress.outcome()


def _unfit(progress: Progress, task: ApprovalTask, command: ActOnTask, actor: int) -> Outcome | None:
    if task.status != "open":
        return refused("TASK_NOT_OPEN", status=task.status)
    if not _may_act(progress, task, command.action, actor):
        return refused("TASK_NOT_YOURS")
    needs_words = not progress.step.rescue and progress.step.node["opinion_required"]
    if needs_words and command.action in {"approve", "reject", "return"} and not command.opinion.strip():
        return refused("OPINION_REQUIRED", "/opinion")
    return None


def _may_act(progress: Progress, task: ApprovalTask, action: str, actor: int) -> bool:
    if actor == task.assignee_id:
        return True
    never = progress.approval.started_by if _is_strict(progress) else 0
    if stand_in(progress.subject, task.assignee_id, never).user == actor:
        return True
    return action == "transfer" and actor in progress.subject.directory.app_owners()


def _is_strict(progress: Progress) -> bool:
    """Whether the submitter must not decide at the present node."""
    return not progress.step.rescue and progress.step.node["self_approval"] != "allow"


def _approve(progress: Progress, task: ApprovalTask, command: ActOnTask, actor: int) -> None:
    mine: ApprovalTask | None = task
    if _has_moved(progress):
        progress.restart()
        mine = _again(progress, actor) if progress.approval.state == "running" else None
    if mine is None:
        return
    progress.put(replace(mine, status="approved"))
    progress.record(mine, actor, "approve", command.opinion)
    progress.settle()


def _again(progress: Progress, actor: int) -> ApprovalTask | None:
    task = progress.task_of(actor)
    return task if task is not None and task.status == "open" else None


def _has_moved(progress: Progress) -> bool:
    """Whether the document says something else than what was voted on, or must now go another way."""
    definition, subject = progress.definition, progress.subject
    if definition["material"] and hash_now(definition, subject) != progress.approval.content_hash:
        return True
    known = [entry["uid"] for entry in progress.approval.cursor["route"]]
    return known != [s.uid for s in route(definition, subject)]


def _reject(progress: Progress, task: ApprovalTask, command: ActOnTask, actor: int) -> None:
    progress.put(replace(task, status="rejected"))
    progress.record(task, actor, "reject", command.opinion)
    progress.end("rejected", progress.definition["rejects_by"])


def _return(progress: Progress, task: ApprovalTask, command: ActOnTask, actor: int) -> None:
    progress.put(replace(task, status="returned"))
    progress.record(task, actor, "return", command.opinion)
    progress.end("returned", progress.definition["returns_by"])


def _withdraw(progress: Progress, task: ApprovalTask, command: ActOnTask, actor: int) -> None:
    progress.record(task, actor, "withdraw", command.opinion)
    progress.end("withdrawn", progress.definition["withdraws_by"])


def _transfer(progress: Progress, task: ApprovalTask, command: ActOnTask, actor: int) -> None:
    user = _further(progress, command)
    if user is None:
        return
    progress.put(replace(task, status="transferred"))
    progress.record(task, actor, "transfer", command.opinion)
    _hand_on(progress, task, user)


def _hand_on(progress: Progress, task: ApprovalTask, user: int) -> None:
    """``user`` is asked in the place of ``task``."""
    following = progress.open(
        Assignee(user), task.position, "open" if task.status != "waiting" else "waiting"
    )
    added = progress.approval.cursor["added"]
    if task.id in added:
        ids = [i for i in added if i != task.id]
        _set_added(progress, [*ids, following.id])


def _add_signer(progress: Progress, task: ApprovalTask, command: ActOnTask, actor: int) -> None:
    user = _further(progress, command)
    if user is None:
        return
    in_turn = not progress.step.rescue and progress.step.node["mode"] == "in_turn"
    if in_turn:
        for later in progress.here():
            if later.position > task.position:
                progress.put(replace(later, position=later.position + 1))
    progress.record(task, actor, "add_signer", command.opinion)
    new = progress.open(Assignee(user), task.position + 1, "waiting" if in_turn else "open")
    _set_added(progress, [*progress.approval.cursor["added"], new.id])


def _set_added(progress: Progress, ids: list[int]) -> None:
    progress.approval = replace(progress.approval, cursor={**progress.approval.cursor, "added": ids})


def _further(progress: Progress, command: ActOnTask) -> int | None:
    """The person named by ``to_user``, if that person may be asked at this node; else the problem is noted."""
    user = command.to_user
    code = ""
    if user is None:
        code = "TASK_TO_WHOM"
    elif not progress.subject.directory.is_active(user):
        code = "TASK_PERSON_LEFT"
    elif user == progress.approval.started_by and _is_strict(progress):
        code = "TASK_SELF_APPROVAL"
    else:
        known = progress.task_of(user)
        code = "TASK_ALREADY_ASKED" if known is not None and known.status in COUNTED else ""
    if code:
        progress.problems.extend(refused(code, "/to_user").problems)
        return None
    return user


ACTIONS: Mapping[str, Callable[[Progress, ApprovalTask, ActOnTask, int], None]] = {
    "approve": _approve,
    "reject": _reject,
    "return": _return,
    "transfer": _transfer,
    "add_signer": _add_signer,
    "withdraw": _withdraw,
}


def recheck(subject: Subject, approval: Approval, tasks: Iterable[ApprovalTask]) -> Outcome | None:
    """After the document was changed: None where the votes still count, else a new round from the first node on."""
    progress = Progress(subject, approval, tasks)
    if approval.state != "running" or not _has_moved(progress):
        return None
    progress.restart()
    return progress.outcome()


def abandon(subject: Subject, approval: Approval, tasks: Iterable[ApprovalTask]) -> Outcome:
    """The record has left the state by another way, or is gone: the approval ends withdrawn and fires nothing."""
    progress = Progress(subject, approval, tasks)
    progress.end("withdrawn", None, fire=False)
    return progress.outcome()


def hand_over(subject: Subject, approval: Approval, tasks: Iterable[ApprovalTask]) -> Outcome | None:
    """Tasks of people who have left go to the app's owner; None where there are none."""
    progress = Progress(subject, approval, tasks)
    if approval.state != "running":
        return None
    left = [t for t in progress.here() if t.status in LIVE and not subject.directory.is_active(t.assignee_id)]
    user = owner(subject, approval.started_by)
    if not left or user is None:
        return None
    for task in left:
        known = progress.task_of(user)
        if known is None or known.status not in COUNTED:
            _hand_on(progress, task, user)
        progress.put(replace(task, status="transferred"))
    progress.settle()
    return progress.outcome()
