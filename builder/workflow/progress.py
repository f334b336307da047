"""Progress: one step of a running approval while it is being decided. Collects what changes; writes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from builder.changes import Approval, ApprovalTask, Decision, Message
from builder.commands import FireTransition, Override
from builder.errors import Problem
from builder.metadata.workflow import Transition
from builder.workflow.assignees import Assignee, owner, people_of, told
from builder.workflow.deadlines import due_at
from builder.workflow.flow import Step, hash_now, node_of, route
from builder.workflow.subject import Outcome, Subject

LIVE = frozenset({"open", "waiting"})
COUNTED = frozenset({"open", "waiting", "approved"})


class Progress:
    """``approval`` and ``tasks`` as they become. The cursor holds the route (``uid``, ``rescue``), the place on it (``at``) and the
    ids of tasks of added signers (``added``)."""

    def __init__(self, subject: Subject, approval: Approval, tasks: Iterable[ApprovalTask]) -> None:
        self.subject = subject
        self.approval = approval
        self.tasks = {t.id: t for t in tasks}
        self._changed: dict[int, None] = {}
        self._decisions: list[Decision] = []
        self._messages: list[Message] = []
        self._warnings: list[Problem] = []
        self.problems: list[Problem] = []
        self.command: FireTransition | None = None
        self.event = ""

    @property
    def definition(self) -> Any:
        return self.approval.definition

    @property
    def route(self) -> tuple[Step, ...]:
        route = self.approval.cursor["route"]
        return tuple(Step(e["uid"], node_of(self.definition, e["uid"]), e["rescue"]) for e in route)

    @property
    def step(self) -> Step:
        at: int = self.approval.cursor["at"]
        return self.route[at]

    def outcome(self) -> Outcome:
        if self.problems:
            return Outcome(problems=tuple(self.problems))
        return Outcome(
            approval=replace(self.approval, version=self.approval.version + 1),
            tasks=tuple(self.tasks[i] for i in self._changed),
            decisions=tuple(self._decisions),
            command=self.command,
            messages=tuple(self._messages),
            event=self.event,
            warnings=tuple(self._warnings),
        )

    # Tasks

    def here(self) -> list[ApprovalTask]:
        """The tasks of the node at which the approval stands, in this round."""
        uid, round_ = self.step.uid, self.approval.round
        found = (t for t in self.tasks.values() if t.node_uid == uid and t.round == round_)
        return sorted(found, key=lambda t: (t.position, t.id))

    def task_of(self, user: int) -> ApprovalTask | None:
        return next((t for t in self.here() if t.assignee_id == user), None)

    def put(self, task: ApprovalTask) -> ApprovalTask:
        self.tasks[task.id] = task
        self._changed[task.id] = None
        return task

    def open(self, assignee: Assignee, position: int, status: str = "open") -> ApprovalTask:
        """Ask somebody at the present node: a new task, or the same person's given-away one again."""
        known = self.task_of(assignee.user)
        now = self.subject.now
        hours = None if self.step.rescue else self.step.node["due_hours"]
        task = ApprovalTask(
            id=known.id if known else self.subject.new_id(),
            approval_id=self.approval.id,
            node_uid=self.step.uid,
            round=self.approval.round,
            assignee_id=assignee.user,
            status=status,
            title=self.subject.title,
            opened_at=now,
            on_behalf_of=assignee.on_behalf_of,
            due_at=due_at(hours, now) if status == "open" else None,
            position=position,
        )
        if status == "open":
            self.tell(assignee.user, "NOTICE_TASK", task)
        return self.put(task)

    def open_next(self) -> None:
        """In turn: the next one waiting is asked when nobody is."""
        here = self.here()
        if any(t.status == "open" for t in here):
            return
        following = next((t for t in here if t.status == "waiting"), None)
        if following is not None:
            self.open(Assignee(following.assignee_id, following.on_behalf_of), following.position)

    def cancel(self, tasks: Iterable[ApprovalTask]) -> None:
        for task in tasks:
            if task.status in LIVE:
                self.put(replace(task, status="cancelled"))

    # Votes

    def record(self, task: ApprovalTask, user: int, action: str, opinion: str) -> None:
        on_behalf_of = task.on_behalf_of if user == task.assignee_id else task.assignee_id
        self._decisions.append(
            Decision(
                approval_id=self.approval.id,
                node_uid=task.node_uid,
                round=task.round,
                user_id=user,
                action=action,
                opinion=opinion,
                content_hash=self.approval.content_hash,
                on_behalf_of=on_behalf_of,
            )
        )

    def settle(self) -> None:
        """Go on if the present node is decided; else ask whoever is next at it."""
        if not self._is_decided():
            self.open_next()
            return
        self.cancel(self.here())
        self.advance(self.approval.cursor["at"] + 1)

    def _is_decided(self) -> bool:
        added = set(self.approval.cursor["added"])
        votes = [t for t in self.here() if t.status in COUNTED]
        extra = [t for t in votes if t.id in added]
        declared = [t for t in votes if t.id not in added]
        if any(t.status != "approved" for t in extra):
            self._drop_alternatives(declared)
            return False
        if self._mode() == "any":
            return not declared or any(t.status == "approved" for t in declared)
        return all(t.status == "approved" for t in declared)

    def _drop_alternatives(self, declared: list[ApprovalTask]) -> None:
        if self._mode() == "any" and any(t.status == "approved" for t in declared):
            self.cancel(declared)

    def _mode(self) -> str:
        return "any" if self.step.rescue else str(self.step.node["mode"])

    # The way

    def restart(self) -> None:
        """The document says something else now: all votes of this round are void, the way begins again."""
        self.cancel(self.tasks.values())
        self.approval = replace(
            self.approval, round=self.approval.round + 1, content_hash=hash_now(self.definition, self.subject)
        )
        self.event = "restarted"
        self._warnings.append(Problem("APPROVAL_RESTARTED", severity="warning"))
        self.begin()

    def begin(self) -> None:
        steps = route(self.definition, self.subject)
        self.approval = replace(
            self.approval,
            cursor={"route": [{"uid": s.uid, "rescue": s.rescue} for s in steps], "at": 0, "added": []},
        )
        self.advance(0)

    def advance(self, index: int) -> None:
        """Enter the first node from ``index`` on that has somebody to ask; past the last one the approval is given."""
        steps = self.route
        while index < len(steps):
            self.approval = replace(self.approval, cursor={**self.approval.cursor, "at": index, "added": []})
            if self._enter(steps[index]):
                return
            index += 1
        self.end("approved", self.definition["transition"])

    def _enter(self, step: Step) -> bool:
        submitter = self.approval.started_by
        if step.kind == "cc":
            for user in told(step, self.definition, self.subject, submitter):
                self.tell(user, "NOTICE_CC")
            return False
        people = people_of(step, self.definition, self.subject, submitter)
        if people.skip:
            return False
        assignees = people.assignees
        if people.nobody:
            keeper = owner(self.subject, submitter)
            assignees = (Assignee(keeper),) if keeper else ()
        if not assignees:
            self.problems.append(nobody(step))
            return True
        in_turn = not step.rescue and step.node["mode"] == "in_turn"
        for position, assignee in enumerate(assignees):
            self.open(assignee, position, "waiting" if in_turn and position else "open")
        return True

    def end(self, state: str, transition_uid: str | None, *, fire: bool = True) -> None:
        """The approval is over; ``transition_uid`` names the move that follows in the same transaction."""
        self.cancel(self.tasks.values())
        self.approval = replace(self.approval, state=state, ended_at=self.subject.now)
        self.event = state
        if fire:
            self._fire(transition_uid, backwards=state != "approved")
        if state != "withdrawn":
            self.tell(self.approval.started_by, f"NOTICE_{state.upper()}")

    def _fire(self, uid: str | None, *, backwards: bool) -> None:
        found = self._transition(uid, backwards)
        if found is None:
            self.problems.append(Problem("APPROVAL_TRANSITION_GONE", params={"transition": uid or ""}))
            return
        record = self.subject.record
        self.command = FireTransition(
            app=self.subject.app,
            entity=record.entity,
            id=record.id,
            transition=found.key,
            by_approval=True,
        )

    def _transition(self, uid: str | None, backwards: bool) -> Transition | None:
        """The move by uid; if a later version took the way back away, any plain move to the initial state."""
        workflow = self.subject.package.workflow_of(self.subject.record.entity)
        if workflow is None:
            return None
        found = next((t for t in workflow.transitions if t.uid == uid), None)
        if found is not None or not backwards:
            return found
        state = self.subject.record.state
        back = (t for t in workflow.transitions if t.to == workflow.initial and state in t.from_)
        return next((t for t in back if t.approval is None), None)

    def pass_on(self, opinion: str, overrides: tuple[Override, ...]) -> None:
        """The transition carries the last person's words and overrides."""
        if self.command is not None:
            self.command = replace(self.command, opinion=opinion, overrides=overrides)

    def tell(self, user: int, code: str, task: ApprovalTask | None = None) -> None:
        """A notification in the words of ``code``, in the reader's language."""
        record = self.subject.record
        body = {
            "user_id": user,
            "kind": code,
            "code": code,
            "params": {
                "title": self.subject.title,
                "name": self.subject.directory.name_of(self.approval.started_by),
            },
            "app": self.subject.app,
            "entity": record.entity,
            "record_id": record.id,
            "task_id": task.id if task else None,
        }
        at = self.subject.now.isoformat()
        node = f"{task.id}" if task else str(self.approval.cursor.get("at", 0))
        key = f"{code}:{self.approval.id}:{self.approval.round}:{node}:{user}:{at}"
        self._messages.append(Message("notification", body, dedupe_key=key))


def nobody(step: Step) -> Problem:
    return Problem("APPROVAL_NOBODY", params={"node": step.node["label"]})
