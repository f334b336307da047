"""What every action on an approval is: who may do it, what it needs, what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from builder.changes import ApprovalTask
from builder.commands import ActOnTask
from builder.errors import Problem
from builder.workflow.assignees import Assignee, is_strict, owner, selves
from builder.workflow.progress import Progress
from builder.workflow.standing import Added, Token
from builder.workflow.voting import COUNTED

Who = Literal["assignee", "submitter", "involved", "owner"]


@dataclass(frozen=True, slots=True)
class Deed:
    """An action at work: the task it names and the token that this belongs to (None: an action on the approval as a whole)."""

    task: ApprovalTask
    token: Token | None
    command: ActOnTask
    actor: int

    @property
    def here(self) -> Token:
        assert self.token is not None
        return self.token


@dataclass(frozen=True, slots=True)
class ActionKind:
    """``who`` may do it; ``also_owner``: the app's owner too. ``on`` says what the approval must be. An action of an assignee needs an open
    task. ``words``: where the node asks for an opinion, this action needs it."""

    name: str
    who: Who
    act: Callable[[Progress, Deed], None]
    also_owner: bool = False
    on: Literal["running", "ended"] = "running"
    words: bool = False


def refuse(p: Progress, code: str, path: str = "", **params: object) -> None:
    p.problems.append(Problem(code, path, params))


def further(p: Progress, deed: Deed) -> int | None:
    """The person named by ``to_user``, if that person may be asked at this node; else the problem is noted."""
    user, step = deed.command.to_user, p.step(deed.here)
    if user is None:
        refuse(p, "TASK_TO_WHOM", "/to_user")
        return None
    if not p.subject.directory.is_active(user):
        refuse(p, "TASK_PERSON_LEFT", "/to_user")
        return None
    if is_strict(step) and user in selves(p.subject, p.approval.started_by):
        refuse(p, "TASK_SELF_APPROVAL", "/to_user")
        return None
    known = p.task_of(deed.here, user)
    if known is not None and known.status in {*COUNTED, "rejected"}:
        refuse(p, "TASK_ALREADY_ASKED", "/to_user")
        return None
    return user


def hand_on(p: Progress, task: ApprovalTask, user: int) -> None:
    """``user`` is asked in the place of ``task``."""
    token = p.token_of(task)
    assert token is not None
    status = "waiting" if task.status == "waiting" else "open"
    following = p.open(token, Assignee(user), task.position, status)
    added = tuple(_renamed(one, task.id, following.id) for one in token.added)
    p.put_token(replace(token, added=added))


def _renamed(one: Added, old: int, new: int) -> Added:
    return Added(new if one.task == old else one.task, one.place, new if one.anchor == old else one.anchor)


def keeper(p: Progress) -> int | None:
    """The app's owner, whom the approval falls back to."""
    return owner(p.subject, p.approval.started_by)
