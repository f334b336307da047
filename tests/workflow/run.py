"""An approval that goes on from outcome to outcome, as the dispatcher keeps it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from builder.changes import Approval, ApprovalTask, Decision
from builder.commands import ActOnTask, ContinueApproval, FireTransition, UpdateRecord
from builder.metadata.workflow import ApprovalBranch, ApprovalNode, Approver
from builder.workflow.approval import decide, proceed, recheck, start
from builder.workflow.lateness import time_out
from builder.workflow.subject import Outcome, Subject
from tests.workflow.orders import SELLER, approve, subject_of, with_record


class Run:
    """``subject`` is the world as it is now; tests change it between steps."""

    def __init__(
        self, *nodes: ApprovalNode, subject: Subject | None = None, by: int = SELLER, **more: Any
    ) -> None:
        self.subject = subject_of(nodes, like=subject or subject_of(()), **more)
        self.tasks: dict[int, ApprovalTask] = {}
        self.approval: Approval | None = None
        self.decisions: list[Decision] = []
        self.told: list[tuple[int, str]] = []
        self.last = self.keep(start(self.subject, approve(self.subject), by, 1))

    def keep(self, outcome: Outcome | None) -> Outcome:
        made = outcome or Outcome()
        if not made.problems and outcome is not None:
            self.approval = made.approval or self.approval
            self.tasks.update({t.id: t for t in made.tasks})
            self.decisions.extend(made.decisions)
            self.told.extend((m.body["user_id"], m.body["code"]) for m in made.messages)
            for step in made.steps:
                self._do(step)
        self.last = made
        return made

    def _do(self, step: object) -> None:
        record = self.subject.record
        if isinstance(step, UpdateRecord):
            self.subject = with_record(self.subject, record.with_values(dict(step.values)))
            self.keep(recheck(self.subject, self.now, self.tasks.values()))
        elif isinstance(step, ContinueApproval):
            self.keep(proceed(self.subject, self.now, self.tasks.values(), step.node, step.round))
        elif isinstance(step, FireTransition):
            self.subject = with_record(self.subject, record.but(state="submitted"))

    @property
    def now(self) -> Approval:
        assert self.approval is not None
        return self.approval

    def act(self, user: int, action: str = "approve", **more: Any) -> Outcome:
        """What ``user`` does with the task that is open for that person (or the first one)."""
        open_ = [t for t in self.tasks.values() if t.status == "open"]
        mine = next((t for t in open_ if t.assignee_id == user), (open_ or list(self.tasks.values()))[0])
        command = ActOnTask(mine.id, action, **more)
        return self.keep(decide(self.subject, self.now, self.tasks.values(), command, user))

    def later(self, **time: int) -> None:
        """Time passes, and what is late by then is seen to."""
        self.subject = replace(self.subject, now=self.subject.now + timedelta(**time))
        for task in list(self.tasks.values()):
            self.keep(time_out(self.subject, self.now, self.tasks.values(), task.id))

    def change(self, **values: Any) -> None:
        """Somebody changes the record, a moment later."""
        self.subject = replace(self.subject, now=self.subject.now + timedelta(seconds=1))
        self.subject = with_record(self.subject, self.subject.record.with_values(values))
        self.keep(recheck(self.subject, self.now, self.tasks.values()))

    def asked(self) -> list[int]:
        return [t.assignee_id for t in self.tasks.values() if t.status == "open"]

    def did(self) -> list[tuple[int, str]]:
        return [(d.user_id, d.action) for d in self.decisions]

    @property
    def state(self) -> str:
        return self.now.state

    @property
    def codes(self) -> list[str]:
        return [p.code for p in self.last.problems]


def node(uid: str, *users: str, mode: str = "any", **more: Any) -> ApprovalNode:
    people = more.pop("approvers", tuple(Approver(user=user) for user in users))
    return ApprovalNode(uid, "approver", uid, people, mode=mode, **more)  # type: ignore[arg-type]


def beside(uid: str, *branches: tuple[ApprovalNode, ...], **more: Any) -> ApprovalNode:
    made = tuple(ApprovalBranch(f"{uid}.{i}", f"{i}", nodes) for i, nodes in enumerate(branches))
    return ApprovalNode(uid, "parallel", uid, branches=made, **more)
