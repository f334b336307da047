"""Random flows and random people: an approval is never stuck, never ends twice, and its tasks always agree with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from builder.changes import Approval, ApprovalTask
from builder.commands import ActOnTask, FireTransition
from builder.metadata.workflow import ApprovalBranch, ApprovalNode, Approver
from builder.workflow.approval import decide, hand_over, recheck, start
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
ACTIONS = ("approve", "approve", "approve", "reject", "return", "transfer", "add_signer", "withdraw")

approvers = st.one_of(
    st.sampled_from(["seller", "clerk", "head", "boss", "nobody"]).map(lambda user: Approver(user=user)),
    st.sampled_from(["finance", "nobody"]).map(lambda role: Approver(role=role)),
    st.integers(0, 3).map(lambda level: Approver(head=level)),
    st.just(Approver(submitter=True)),
    st.just(Approver(field="salesman")),
)


@st.composite
def trees(draw: Any, depth: int = 2, prefix: str = "n") -> tuple[ApprovalNode, ...]:
    """A tree of nodes; a uid says where its node stands, so all are distinct."""
    nodes: list[ApprovalNode] = []
    for place in range(draw(st.integers(0 if depth < 2 else 1, 3))):
        uid = f"{prefix}{place}"
        kind = draw(
            st.sampled_from(["approver", "approver", "cc", "condition"] if depth else ["approver", "cc"])
        )
        if kind == "condition":
            condition = draw(st.sampled_from(["total > 100", "remark != None", "total + remark > 1"]))
            branches = tuple(
                ApprovalBranch(
                    f"{uid}.{i}", "b", draw(trees(depth=depth - 1, prefix=f"{uid}.{i}.")), when=when
                )
                for i, when in enumerate((condition, None))
            )
            nodes.append(ApprovalNode(uid, "condition", uid, branches=branches))
            continue
        nodes.append(
            ApprovalNode(
                uid,
                kind,
                uid,
                tuple(draw(st.lists(approvers, min_size=1, max_size=3))),
                mode=draw(st.sampled_from(["any", "all", "in_turn"])),
                nobody=draw(st.sampled_from(["refuse", "skip", "app_owner"])),
                self_approval=draw(st.sampled_from(["allow", "skip", "head"])),
            )
        )
    return tuple(nodes)


class ApprovalMachine(RuleBasedStateMachine):
    """The dispatcher's part is played here: outcomes are kept, ended approvals stay ended."""

    def __init__(self) -> None:
        super().__init__()
        self.approval: Approval | None = None
        self.tasks: dict[int, ApprovalTask] = {}
        self.commands: list[FireTransition] = []
        self.ends = 0

    @initialize(nodes=trees(), by=st.sampled_from(PEOPLE), material=st.sampled_from([(), ("total",)]))
    def begin(self, nodes: tuple[ApprovalNode, ...], by: int, material: tuple[str, ...]) -> None:
        self.subject = subject_of(nodes, material=material)
        self.keep(start(self.subject, approve(self.subject), by, 1))

    def keep(self, outcome: Outcome | None) -> None:
        if outcome is None or outcome.problems:
            return
        assert outcome.approval is not None
        if self.approval is not None:
            assert self.approval.state == "running", "nothing happens after the end"
        self.approval = outcome.approval
        self.tasks.update({t.id: t for t in outcome.tasks})
        self.commands.extend([outcome.command] if outcome.command else [])
        self.ends += outcome.approval.state != "running"

    def live(self) -> list[ApprovalTask]:
        return [t for t in self.tasks.values() if t.status == "open"]

    @precondition(lambda self: self.approval is not None)
    @rule(data=st.data(), action=st.sampled_from(ACTIONS), to_user=st.sampled_from(PEOPLE))
    def act(self, data: st.DataObject, action: str, to_user: int) -> None:
        """Somebody does something, often at the wrong time."""
        assert self.approval is not None
        if not self.tasks:
            return
        task = data.draw(st.sampled_from(list(self.tasks.values())))
        user = data.draw(st.sampled_from([task.assignee_id, task.assignee_id, *PEOPLE]))
        command = ActOnTask(task.id, action, to_user=to_user)
        self.keep(decide(self.subject, self.approval, self.tasks.values(), command, user))

    @precondition(lambda self: self.approval is not None)
    @rule(total=st.sampled_from(["50.00", "60000.00", "70000.00"]), remark=st.sampled_from([None, "x"]))
    def change(self, total: str, remark: str | None) -> None:
        assert self.approval is not None
        self.subject = with_record(self.subject, order(total=total, remark=remark))
        if self.approval.state == "running":
            self.keep(recheck(self.subject, self.approval, self.tasks.values()))

    @precondition(lambda self: self.approval is None)
    @rule()
    def refused_at_the_start(self) -> None:
        """A flow without possible approvers has not begun: nothing can follow."""
        assert not self.tasks

    @precondition(lambda self: self.approval is not None)
    @rule(user=st.sampled_from([SELLER, CLERK, HEAD, BOSS, DEPUTY]))
    def leave(self, user: int) -> None:
        assert self.approval is not None
        people = self.subject.directory
        assert isinstance(people, MemoryDirectory)
        self.subject = replace(self.subject, directory=replace(people, left={*people.left, user}))
        if self.approval.state == "running":
            self.keep(hand_over(self.subject, self.approval, self.tasks.values()))

    @invariant()
    def it_is_never_stuck(self) -> None:
        if self.approval is not None and self.approval.state == "running":
            assert self.live(), "somebody can always go on"
            assert all(self.subject.directory.is_active(t.assignee_id) for t in self.live())

    @invariant()
    def it_ends_once_with_one_move(self) -> None:
        if self.approval is None:
            return
        assert self.ends == len(self.commands) <= 1
        if self.approval.state != "running":
            assert not self.live()
            assert not [t for t in self.tasks.values() if t.status == "waiting"]
            assert (self.commands[0].transition == "approve") == (self.approval.state == "approved")

    @invariant()
    def open_tasks_belong_to_the_present_node_and_round(self) -> None:
        if self.approval is None or self.approval.state != "running":
            return
        at = self.approval.cursor["route"][self.approval.cursor["at"]]["uid"]
        assert {(t.node_uid, t.round) for t in self.live()} == {(at, self.approval.round)}

    @invariant()
    def nobody_is_asked_twice_at_a_node(self) -> None:
        keys = [(t.approval_id, t.node_uid, t.round, t.assignee_id) for t in self.tasks.values()]
        assert len(keys) == len(set(keys))


ApprovalMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
TestApprovals = ApprovalMachine.TestCase
