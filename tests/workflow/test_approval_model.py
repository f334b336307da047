"""Random flows and random people: an approval is never stuck, never ends twice, and its tasks always agree with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from builder.changes import Approval, ApprovalTask, Decision
from builder.commands import ActOnTask, Command, ContinueApproval, FireTransition, UpdateRecord
from builder.metadata.workflow import ApprovalBranch, ApprovalNode, Approver
from builder.workflow.approval import decide, hand_over, proceed, recheck, start
from builder.workflow.lateness import time_out
from builder.workflow.moving import move
from builder.workflow.standing import from_json
from builder.workflow.subject import Outcome
from tests.memory import MemoryDirectory
from tests.workflow.orders import (
    BOSS,
    CLERK,
    DEPUTY,
    HEAD,
    OWNER,
    SELLER,
    approve,
    order,
    subject_of,
    with_record,
)

PEOPLE = (SELLER, CLERK, HEAD, BOSS, DEPUTY, OWNER)
ACTIONS = (
    *(
        "approve",
        "approve",
        "approve",
        "approve",
        "reject",
        "return",
        "return",
        "transfer",
        "add_signer",
        "add_signer",
    ),
    *("remove_signer", "cc", "urge", "comment", "withdraw", "terminate", "reopen"),
)
PLACES = ("", "before", "after", "parallel")

approvers = st.one_of(
    st.sampled_from(["seller", "clerk", "head", "boss", "nobody"]).map(lambda user: Approver(user=user)),
    st.sampled_from(["finance", "nobody"]).map(lambda role: Approver(role=role)),
    st.integers(0, 3).map(lambda level: Approver(head=level)),
    st.integers(0, 2).map(lambda levels: Approver(levels=levels)),
    st.just(Approver(submitter=True)),
    st.just(Approver(field="salesman")),
    st.just(Approver(entity="order", person="salesman")),
)


@st.composite
def trees(draw: Any, depth: int = 2, prefix: str = "n") -> tuple[ApprovalNode, ...]:
    """A tree of nodes; a uid says where its node stands, so all are distinct."""
    plain = ["approver", "approver", "approver", "cc", "auto", "wait"]
    nodes: list[ApprovalNode] = []
    for place in range(draw(st.integers(0 if depth < 2 else 1, 3))):
        uid = f"{prefix}{place}"
        kind = draw(st.sampled_from([*plain, "condition", "parallel", "parallel"] if depth else plain))
        if kind in {"condition", "parallel"}:
            condition = draw(st.sampled_from(["total > 100", "remark != None", "total + remark > 1"]))
            branches = tuple(
                ApprovalBranch(
                    f"{uid}.{i}", "b", draw(trees(depth=depth - 1, prefix=f"{uid}.{i}.")), when=when
                )
                for i, when in enumerate((condition, None))
            )
            nodes.append(ApprovalNode(uid, kind, uid, branches=branches))
        elif kind == "auto":
            nodes.append(
                ApprovalNode(uid, kind, uid, sets={"remark": draw(st.sampled_from(["'seen'", "remark"]))})
            )
        elif kind == "wait":
            until = draw(st.sampled_from([None, "remark != None", "total + remark > 1"]))
            hours = draw(st.sampled_from([None, 3]))
            nodes.append(ApprovalNode(uid, kind, uid, until=until, due_hours=hours))
        else:
            nodes.append(draw(asking(uid, kind)))
    return tuple(nodes)


@st.composite
def asking(draw: Any, uid: str, kind: str) -> ApprovalNode:
    return ApprovalNode(
        uid,
        kind,  # type: ignore[arg-type]
        uid,
        tuple(draw(st.lists(approvers, min_size=1, max_size=3))),
        mode=draw(st.sampled_from(["any", "all", "in_turn", "votes"])),
        percent=draw(st.sampled_from([None, 1, 50, 100])),
        votes=draw(st.sampled_from([None, None, 2])),
        nobody=draw(st.sampled_from(["refuse", "skip", "app_owner"])),
        self_approval=draw(st.sampled_from(["allow", "skip", "head"])),
        due_hours=draw(st.sampled_from([None, 2])),
        late=draw(st.sampled_from(["remind", "pass", "return", "transfer", "escalate"])),
        late_to=(draw(approvers),),
        binding=draw(st.booleans()),
    )


class ApprovalMachine(RuleBasedStateMachine):
    """The dispatcher's part is played here: outcomes are kept, what automatic steps ask for is done."""

    def __init__(self) -> None:
        super().__init__()
        self.approval: Approval | None = None
        self.tasks: dict[int, ApprovalTask] = {}
        self.moves: list[str] = []
        self.decisions: list[Decision] = []

    @initialize(
        nodes=trees(),
        by=st.sampled_from(PEOPLE),
        material=st.sampled_from([(), ("total",)]),
        repeat=st.sampled_from(["ask", "skip"]),
        withdraw=st.sampled_from(["always", "undecided", "never"]),
    )
    def begin(
        self, nodes: tuple[ApprovalNode, ...], by: int, material: Any, repeat: Any, withdraw: Any
    ) -> None:
        self.subject = replace(
            subject_of(nodes, material=material, repeat=repeat, withdraw=withdraw),
            find=lambda entity, where, field: (HEAD, CLERK),
        )
        self.keep(start(self.subject, approve(self.subject), by, 1))

    def keep(self, outcome: Outcome | None) -> None:
        """An outcome is all that a command leaves; what its steps ask for follows at once, in the same decision."""
        if outcome is None or outcome.problems:
            return
        assert outcome.approval is not None
        before = self.approval
        self.approval = outcome.approval
        self.tasks.update({t.id: t for t in outcome.tasks})
        self.decisions.extend(outcome.decisions)
        if outcome.command is not None:
            again = any(d.action == "reopen" for d in outcome.decisions)
            assert again or before is None or before.state == "running", "nothing happens after the end"
            self.moves.append(outcome.command.transition)
            self.subject = with_record(self.subject, self.subject.record.but(state="elsewhere"))
        for step in outcome.steps:
            self.do(step)

    def do(self, step: Command) -> None:
        assert self.approval is not None
        record = self.subject.record
        if isinstance(step, UpdateRecord):
            self.subject = with_record(self.subject, record.with_values(dict(step.values)))
            self.keep(recheck(self.subject, self.approval, self.tasks.values()))
        elif isinstance(step, ContinueApproval):
            self.keep(proceed(self.subject, self.approval, self.tasks.values(), step.node, step.round))
        elif isinstance(step, FireTransition):
            self.subject = with_record(self.subject, record.but(state="submitted"))

    def live(self) -> list[ApprovalTask]:
        return [t for t in self.tasks.values() if t.status == "open"]

    @precondition(lambda self: self.approval is not None)
    @rule(data=st.data())
    def act(self, data: st.DataObject) -> None:
        """Several people do something, sometimes at the wrong time."""
        for _ in range(3):
            self.act_once(data, data.draw(st.sampled_from(ACTIONS)), data.draw(st.sampled_from(PEOPLE)))

    def act_once(self, data: st.DataObject, action: str, to_user: int) -> None:
        assert self.approval is not None
        if not self.tasks:
            return
        everything = list(self.tasks.values())
        task = data.draw(st.sampled_from(self.live() or everything) | st.sampled_from(everything))
        fit = {
            "withdraw": self.approval.started_by,
            "urge": self.approval.started_by,
            "terminate": OWNER,
            "reopen": OWNER,
        }
        user = data.draw(st.just(fit.get(action, task.assignee_id)) | st.sampled_from(PEOPLE))
        command = ActOnTask(
            task.id,
            action,
            opinion="so",
            to_user=to_user,
            node=data.draw(st.sampled_from(["", *{t.node_uid for t in self.tasks.values()}])),
            straight=data.draw(st.booleans()),
            place=data.draw(st.sampled_from(PLACES)),
        )
        if action == "reopen":
            self.subject = with_record(self.subject, self.subject.record.but(state="draft"))
        self.decide(command, user)

    def decide(self, command: ActOnTask, user: int) -> None:
        assert self.approval is not None
        before = len(self.decisions)
        outcome = decide(self.subject, self.approval, self.tasks.values(), command, user)
        self.keep(outcome)
        if not outcome.problems:
            made = self.decisions[before:]
            assert made, "nothing is done without being recorded"
            assert any(d.user_id == user and d.action == command.action for d in made) or self._restarted(
                made
            )

    @staticmethod
    def _restarted(made: list[Decision]) -> bool:
        """Who voted on other content and is not asked any more has not voted."""
        return any(d.action == "restart" for d in made)

    @precondition(lambda self: self.approval is not None)
    @rule(
        total=st.sampled_from(["60000.00", "60000.00", "70000.00", "50.00"]),
        remark=st.sampled_from([None, "x"]),
    )
    def change(self, total: str, remark: str | None) -> None:
        assert self.approval is not None
        self.later(0)
        state = self.subject.record.state or ""
        self.subject = with_record(self.subject, order(total=total, remark=remark, state=state))
        if self.approval.state == "running":
            self.keep(recheck(self.subject, self.approval, self.tasks.values()))

    @precondition(lambda self: self.approval is not None)
    @rule(hours=st.sampled_from([0, 0, 1, 4]))
    def later(self, hours: int) -> None:
        """Time passes, and the scheduler looks at what is late."""
        assert self.approval is not None
        self.subject = replace(self.subject, now=self.subject.now + timedelta(hours=hours, seconds=1))
        for task in list(self.tasks.values()):
            self.keep(time_out(self.subject, self.approval, self.tasks.values(), task.id))

    @precondition(lambda self: self.approval is not None and self.approval.state == "running")
    @rule(chance=st.integers(0, 3))
    def move_to_the_live_version(self, chance: int) -> None:
        assert self.approval is not None
        if not chance:
            tasks = self.tasks.values()
            self.keep(move(self.subject, self.approval, tasks, approve(self.subject), {}, OWNER))

    @precondition(lambda self: self.approval is None)
    @rule()
    def refused_at_the_start(self) -> None:
        """A flow without possible approvers has not begun: nothing can follow."""
        assert not self.tasks

    @precondition(lambda self: self.approval is not None)
    @rule(user=st.sampled_from([SELLER, CLERK, HEAD, BOSS, DEPUTY]), chance=st.integers(0, 3))
    def leave(self, user: int, chance: int) -> None:
        if chance:
            return
        assert self.approval is not None
        people = self.subject.directory
        assert isinstance(people, MemoryDirectory)
        self.subject = replace(self.subject, directory=replace(people, left={*people.left, user}))
        self.keep(hand_over(self.subject, self.approval, self.tasks.values()))

    @invariant()
    def it_is_never_stuck(self) -> None:
        """Whoever is asked is there, and every node that waits has somebody to ask or a time at which it goes on."""
        if self.approval is None or self.approval.state != "running":
            return
        tokens = from_json(self.approval.cursor, self.approval.round).tokens
        assert tokens, "a running approval stands somewhere"
        timed = {(t.node_uid, t.round) for t in self.tasks.values() if t.status == "timer" and t.due_at}
        asked = {(t.node_uid, t.round) for t in self.live()}
        assert {(t.node, t.round) for t in tokens} == timed | asked
        assert all(self.subject.directory.is_active(t.assignee_id) for t in self.live())

    @invariant()
    def it_ends_once_with_one_move(self) -> None:
        if self.approval is None:
            return
        reopened = sum(d.action == "reopen" for d in self.decisions)
        assert self.moves.count("approve") <= 1
        assert len(self.moves) == reopened + (self.approval.state != "running")
        if self.approval.state != "running":
            assert not [t for t in self.tasks.values() if t.status in {"open", "waiting", "timer"}]
            assert (self.moves[-1] == "approve") == (self.approval.state == "approved")

    @invariant()
    def every_vote_is_recorded_on_its_content(self) -> None:
        agreed = [(t.node_uid, t.round) for t in self.tasks.values() if t.status == "approved"]
        kept = [
            (d.node_uid, d.round) for d in self.decisions if d.action in {"approve", "repeat", "late_pass"}
        ]
        assert sorted(agreed) == sorted(kept)
        assert all(d.content_hash for d in self.decisions)

    @invariant()
    def nobody_is_asked_twice_at_a_node(self) -> None:
        keys = [(t.approval_id, t.node_uid, t.round, t.assignee_id) for t in self.tasks.values()]
        assert len(keys) == len(set(keys))


ApprovalMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=25, deadline=None)
TestApprovals = ApprovalMachine.TestCase


class ManyApprovals(ApprovalMachine):
    """The same for ten times as long."""


ManyApprovals.TestCase.settings = settings(max_examples=1_000, stateful_step_count=40, deadline=None)
TestManyApprovals = pytest.mark.long(ManyApprovals.TestCase)
