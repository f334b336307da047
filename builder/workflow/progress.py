"""Progress: a running approval while one step of it is decided. Collects what changes; writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from builder.changes import Approval, ApprovalTask, Decision, Message
from builder.commands import Command, FireTransition, Override
from builder.errors import Problem
from builder.metadata.workflow import Transition
from builder.workflow.assignees import Assignee
from builder.workflow.deadlines import due_at
from builder.workflow.flow import Step, ways
from builder.workflow.standing import Standing, Token, from_json, to_json
from builder.workflow.subject import Outcome, Subject
from builder.workflow.tree import Tree
from builder.workflow.voting import LIVE, due, mode_of

TIMER = "timer"
TOLD = "told"


class Progress:
    """``approval``, ``tasks`` and ``standing`` as they become."""

    def __init__(self, subject: Subject, approval: Approval, tasks: Iterable[ApprovalTask]) -> None:
        self.subject = subject
        self.approval = approval
        self.tasks = {t.id: t for t in tasks}
        self.tree = Tree(approval.definition["nodes"])
        self.standing: Standing = from_json(approval.cursor, approval.round)
        if self.standing.notes.get("former"):
            self.standing = replace(self.standing, ways=ways(approval.definition, subject), notes={})
        self._changed: dict[int, None] = {}
        self._decisions: list[Decision] = []
        self._messages: list[Message] = []
        self.warnings: list[Problem] = []
        self.problems: list[Problem] = []
        self.command: FireTransition | None = None
        self.steps: list[Command] = []
        self.event = ""

    @property
    def definition(self) -> Mapping[str, Any]:
        return self.approval.definition

    @property
    def is_running(self) -> bool:
        return self.approval.state == "running"

    def outcome(self) -> Outcome:
        if self.problems:
            return Outcome(problems=tuple(self.problems))
        return Outcome(
            approval=replace(self.approval, version=self.approval.version + 1, cursor=to_json(self.standing)),
            tasks=tuple(self.tasks[i] for i in self._changed),
            decisions=tuple(self._decisions),
            command=self.command,
            steps=tuple(self.steps),
            messages=tuple(self._messages),
            event=self.event,
            warnings=tuple(self.warnings),
        )

    def stand(self, **changes: Any) -> None:
        self.standing = replace(self.standing, **changes)

    def note(self, **notes: Any) -> None:
        self.stand(notes={**self.standing.notes, **notes})

    # Tokens

    def step(self, token: Token) -> Step:
        return Step(token.node, self.tree.node(token.node), token.rescue)

    def token_of(self, task: ApprovalTask) -> Token | None:
        return self.standing.token(task.node_uid, task.round)

    def put_token(self, token: Token) -> Token:
        others = [t for t in self.standing.tokens if (t.node, t.round) != (token.node, token.round)]
        self.stand(tokens=(*others, token))
        return token

    def take_token(self, token: Token) -> None:
        self.stand(
            tokens=tuple(t for t in self.standing.tokens if (t.node, t.round) != (token.node, token.round))
        )

    def mode(self, token: Token) -> str:
        return mode_of(self.tree.node(token.node), rescue=token.rescue)

    # Tasks

    def at(self, token: Token) -> list[ApprovalTask]:
        """The tasks of a token, those who were only told left out."""
        found = (
            t
            for t in self.tasks.values()
            if t.node_uid == token.node and t.round == token.round and t.status != TOLD
        )
        return sorted(found, key=lambda t: (t.position, t.id))

    def task_of(self, token: Token, user: int) -> ApprovalTask | None:
        return next((t for t in self.at(token) if t.assignee_id == user), None)

    def put(self, task: ApprovalTask) -> ApprovalTask:
        self.tasks[task.id] = task
        self._changed[task.id] = None
        return task

    def open(self, token: Token, assignee: Assignee, position: int = 0, status: str = "open") -> ApprovalTask:
        """Ask somebody at a node: a new task, or the same person's given-away one again."""
        known = self.task_of(token, assignee.user)
        node = {} if token.rescue else self.tree.node(token.node)
        task = ApprovalTask(
            id=known.id if known else self.subject.new_id(),
            approval_id=self.approval.id,
            node_uid=token.node,
            round=token.round,
            assignee_id=assignee.user,
            status=status,
            title=self.subject.title,
            opened_at=self.subject.now,
            on_behalf_of=assignee.on_behalf_of,
            due_at=due_at(node, self.subject) if status in {"open", TIMER} else None,
            position=position,
        )
        if status == "open":
            self.tell(assignee.user, "NOTICE_TASK", task)
        return self.put(task)

    def open_due(self, token: Token) -> None:
        """Ask whoever's turn it is at a node, until nobody else is."""
        while waiting := due(self.mode(token), self.at(token), token.added):
            for task in waiting:
                self.open(token, Assignee(task.assignee_id, task.on_behalf_of), task.position)

    def copy_to(self, node_uid: str, users: Iterable[int]) -> None:
        """Let people know. They find it among what was copied to them."""
        for user in users:
            same = (
                t
                for t in self.tasks.values()
                if t.assignee_id == user and t.node_uid == node_uid and t.round == self.approval.round
            )
            known = next(same, None)
            if known is not None:
                continue
            self.put(
                ApprovalTask(
                    id=self.subject.new_id(),
                    approval_id=self.approval.id,
                    node_uid=node_uid,
                    round=self.approval.round,
                    assignee_id=user,
                    status=TOLD,
                    title=self.subject.title,
                    opened_at=self.subject.now,
                )
            )
            self.tell(user, "NOTICE_CC")

    def cancel(self, tasks: Iterable[ApprovalTask]) -> None:
        for task in list(tasks):
            if task.status in LIVE or task.status == TIMER:
                self.put(replace(task, status="cancelled"))

    # What is kept

    def record(
        self, task: ApprovalTask | None, user: int, action: str, opinion: str = "", signature: int = 0
    ) -> None:
        """Who decided what, on behalf of whom, on which content. ``user`` 0 is the system."""
        on_behalf_of = 0
        if task is not None and user:
            on_behalf_of = task.on_behalf_of if user == task.assignee_id else task.assignee_id
        self._decisions.append(
            Decision(
                approval_id=self.approval.id,
                node_uid=task.node_uid if task else "",
                round=task.round if task else self.approval.round,
                user_id=user,
                action=action,
                opinion=opinion,
                content_hash=self.approval.content_hash,
                on_behalf_of=on_behalf_of,
                signature_file=signature,
            )
        )

    def record_step(self, token: Token, action: str) -> None:
        """What the system did at a node by itself."""
        self._decisions.append(
            Decision(self.approval.id, token.node, token.round, 0, action, "", self.approval.content_hash)
        )

    # The end

    def end(self, state: str, transition_uid: str | None, *, fire: bool = True) -> None:
        """The approval is over; ``transition_uid`` names the move that follows in the same transaction."""
        self.cancel(self.tasks.values())
        stood = [t.node for t in self.standing.tokens]
        left = {"stood": stood or self.standing.notes.get("stood", []), "open": _plain(self.standing.open)}
        self.note(**left)
        self.stand(tokens=(), open={})
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
        self.command = self.move(found.key)

    def move(self, transition: str) -> FireTransition:
        record = self.subject.record
        return FireTransition(self.subject.app, record.entity, record.id, transition, by_approval=True)

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

    def tell(self, user: int, code: str, task: ApprovalTask | None = None, **params: object) -> None:
        """A notification in the words of ``code``, in the reader's language."""
        if not user:
            return
        record, directory = self.subject.record, self.subject.directory
        body = {
            "user_id": user,
            "kind": code,
            "code": code,
            "params": {
                "title": self.subject.title,
                "name": directory.name_of(self.approval.started_by),
                **params,
            },
            "app": self.subject.app,
            "entity": record.entity,
            "record_id": record.id,
            "task_id": task.id if task else None,
        }
        at = self.subject.now.isoformat()
        about = f"{task.id}" if task else ".".join(t.node for t in self.standing.tokens)
        key = f"{code}:{self.approval.id}:{self.approval.round}:{about}:{user}:{at}"
        self._messages.append(Message("notification", body, dedupe_key=key))


def _plain(open_: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    return {key: list(value) for key, value in open_.items()}
