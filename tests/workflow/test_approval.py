"""Approvals: who is asked, what their votes come to, and what happens when people or documents change meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from builder.changes import Approval, ApprovalTask
from builder.commands import ActOnTask, Override
from builder.metadata.workflow import ApprovalBranch, ApprovalNode, Approver
from builder.workflow.approval import abandon, decide, hand_over, preview, recheck, start
from builder.workflow.subject import Outcome, Subject
from tests.memory import NOW, MemoryDirectory
from tests.workflow.orders import BOSS, CLERK, DEPUTY, HEAD, OWNER, SELLER, approve, order, subject_of

ANY, ALL, IN_TURN = "any", "all", "in_turn"


class Run:
    """An approval that goes on from outcome to outcome, as the dispatcher keeps it."""

    def __init__(
        self,
        subject: Subject,
        nodes: tuple[ApprovalNode, ...],
        *,
        by: int = SELLER,
        material: tuple[str, ...] = (),
    ) -> None:
        self.subject = subject_of(nodes, like=subject, material=material)
        self.tasks: dict[int, ApprovalTask] = {}
        self.approval: Approval | None = None
        self.last = self._keep(start(self.subject, approve(self.subject), by, 1))

    def _keep(self, outcome: Outcome) -> Outcome:
        if not outcome.problems:
            self.approval = outcome.approval or self.approval
            self.tasks.update({t.id: t for t in outcome.tasks})
        return outcome

    def act(self, user: int, action: str = "approve", **more: object) -> Outcome:
        """What ``user`` does with the task that is open for that person (or the first open one)."""
        assert self.approval is not None
        open_ = [t for t in self.tasks.values() if t.status == "open"]
        mine = next(
            (t for t in open_ if t.assignee_id == user),
            open_[0] if open_ else next(iter(self.tasks.values())),
        )
        command = ActOnTask(mine.id, action, **more)  # type: ignore[arg-type]
        self.last = self._keep(decide(self.subject, self.approval, self.tasks.values(), command, user))
        return self.last

    def asked(self) -> list[int]:
        return [t.assignee_id for t in self.tasks.values() if t.status == "open"]

    @property
    def state(self) -> str:
        return self.approval.state if self.approval else ""

    @property
    def fired(self) -> str:
        return self.last.command.transition if self.last.command else ""


def node(uid: str, *users: str, mode: str = ANY, **more: object) -> ApprovalNode:
    people = tuple(Approver(user=user) for user in users)
    return ApprovalNode(uid, "approver", uid, people, mode=mode, **more)  # type: ignore[arg-type]


@pytest.fixture
def world() -> Subject:
    return subject_of((), order(total="60000.00"))


def codes(outcome: Outcome) -> list[str]:
    return [p.code for p in outcome.problems]


def test_one_of_several_is_enough(world: Subject) -> None:
    run = Run(world, (node("n", "boss", "head"),))
    assert run.asked() == [BOSS, HEAD]
    run.act(HEAD)
    assert (run.state, run.fired) == ("approved", "approve")
    assert {t.status for t in run.tasks.values()} == {"approved", "cancelled"}


def test_all_must_agree_and_one_rejection_ends_it(world: Subject) -> None:
    run = Run(world, (node("n", "boss", "head", mode=ALL),))
    run.act(BOSS)
    assert (run.state, run.fired) == ("running", "")
    run.act(HEAD, "reject", opinion="too dear")
    assert (run.state, run.fired) == ("rejected", "reject")
    assert run.last.command is not None
    assert run.last.command.by_approval
    assert run.last.decisions[-1].opinion == "too dear"


def test_in_turn_asks_the_next_only_after_the_one_before(world: Subject) -> None:
    run = Run(world, (node("n", "head", "boss", mode=IN_TURN),))
    assert run.asked() == [HEAD]
    run.act(HEAD)
    assert run.asked() == [BOSS]
    run.act(BOSS)
    assert run.fired == "approve"


def test_nodes_follow_each_other_and_cc_only_tells(world: Subject) -> None:
    cc = ApprovalNode("cc", "cc", "cc", (Approver(user="clerk"),))
    run = Run(world, (node("one", "head"), cc, node("two", "boss")))
    run.act(HEAD)
    told = [m.body["user_id"] for m in run.last.messages if m.body["code"] == "NOTICE_CC"]
    assert told == [CLERK]
    assert run.asked() == [BOSS]


def test_the_first_branch_that_holds_is_taken_else_the_last(world: Subject) -> None:
    branches = (
        ApprovalBranch("b1", "large", (node("boss", "boss"),), when="total >= 50000"),
        ApprovalBranch("b2", "rest", (node("head", "head"),)),
    )
    fork = ApprovalNode("fork", "condition", "fork", branches=branches)
    assert Run(world, (fork,)).asked() == [BOSS]
    small = replace(world, record=order(total="49999.99"))
    assert Run(small, (fork,)).asked() == [HEAD]


def test_without_anybody_to_ask_the_transition_fires_at_once(world: Subject) -> None:
    run = Run(world, (node("n", "nobody_known", nobody="skip"),))
    assert (run.state, run.fired, run.last.event) == ("approved", "approve", "approved")


def test_nobody_refuses_the_start_or_asks_the_owner(world: Subject) -> None:
    refused = Run(world, (node("a", "boss"), node("n", "nobody_known", nobody="refuse")))
    assert codes(refused.last) == ["APPROVAL_NOBODY"]
    assert Run(world, (node("n", "nobody_known"),)).asked() == [OWNER]


def test_self_approval_is_allowed_skipped_or_goes_up(world: Subject) -> None:
    assert Run(world, (node("n", "seller"),)).asked() == [SELLER]
    assert Run(world, (node("n", "seller", self_approval="skip"),)).fired == "approve"
    assert Run(world, (node("n", "seller", "boss", self_approval="skip"),)).asked() == [BOSS]
    assert Run(world, (node("n", "seller", self_approval="head"),)).asked() == [HEAD]


def test_a_head_who_submits_is_approved_by_the_next_head(world: Subject) -> None:
    up = ApprovalNode("n", "approver", "n", (Approver(head=0),), self_approval="head")
    assert Run(world, (up,), by=HEAD).asked() == [BOSS]


def test_roles_fields_and_the_submitter_name_people(world: Subject) -> None:
    by_role = ApprovalNode("r", "approver", "r", (Approver(role="finance"),))
    assert Run(world, (by_role,)).asked() == [CLERK, DEPUTY]
    by_field = ApprovalNode("f", "approver", "f", (Approver(field="salesman"),))
    assert Run(world, (by_field,)).asked() == [SELLER]
    by_self = ApprovalNode("s", "approver", "s", (Approver(submitter=True),))
    assert Run(world, (by_self,), by=CLERK).asked() == [CLERK]


def test_who_has_left_is_replaced_by_the_owner(world: Subject) -> None:
    people = replace(_people(world), left={BOSS})
    assert Run(replace(world, directory=people), (node("n", "boss"),)).asked() == [OWNER]


def test_open_tasks_of_who_leaves_are_handed_over(world: Subject) -> None:
    run = Run(world, (node("n", "boss", "head", mode=ALL),))
    subject = replace(run.subject, directory=replace(_people(world), left={BOSS}))
    assert run.approval is not None
    outcome = hand_over(subject, run.approval, run.tasks.values())
    assert outcome is not None
    assert {t.assignee_id: t.status for t in outcome.tasks} == {BOSS: "transferred", OWNER: "open"}
    assert hand_over(run.subject, run.approval, run.tasks.values()) is None


def _people(subject: Subject) -> MemoryDirectory:
    assert isinstance(subject.directory, MemoryDirectory)
    return subject.directory


def away(*pairs: tuple[int, int], until: date = date(2026, 3, 31)) -> dict[int, tuple[int, date, date]]:
    return {who: (instead, date(2026, 3, 1), until) for who, instead in pairs}


def test_the_delegate_decides_on_behalf(world: Subject) -> None:
    people = replace(_people(world), delegates=away((BOSS, DEPUTY)))
    run = Run(replace(world, directory=people), (node("n", "boss"),))
    task = next(iter(run.tasks.values()))
    assert (task.assignee_id, task.on_behalf_of) == (DEPUTY, BOSS)
    run.act(DEPUTY)
    assert run.last.decisions[0].on_behalf_of == BOSS


@pytest.mark.parametrize(
    "delegates",
    [
        away((BOSS, DEPUTY), (DEPUTY, BOSS)),
        away((BOSS, DEPUTY), until=date(2026, 3, 1)),
    ],
    ids=["in a circle", "over"],
)
def test_a_delegation_that_does_not_hold_changes_nothing(
    world: Subject, delegates: dict[int, tuple[int, date, date]]
) -> None:
    people = replace(_people(world), delegates=delegates)
    assert Run(replace(world, directory=people), (node("n", "boss"),)).asked() == [BOSS]


def test_a_submitter_who_stands_in_does_not_approve_the_own_document(world: Subject) -> None:
    people = replace(_people(world), delegates=away((BOSS, SELLER)))
    run = Run(replace(world, directory=people), (node("n", "boss", self_approval="skip"),))
    assert run.asked() == [BOSS]
    assert codes(run.act(SELLER)) == ["TASK_NOT_YOURS"]


def test_who_made_a_document_does_not_approve_it_because_a_colleague_submits(world: Subject) -> None:
    made = replace(world, record=world.record.but(created_by=BOSS))
    strict = (node("n", "boss", "head", self_approval="skip"),)
    run = Run(made, strict)
    assert run.asked() == [HEAD]
    assert codes(run.act(HEAD, "transfer", to_user=BOSS)) == ["TASK_SELF_APPROVAL"]
    assert codes(run.act(HEAD, "add_signer", to_user=BOSS)) == ["TASK_SELF_APPROVAL"]
    # Nor while standing in for the one who is asked.
    away_now = replace(made, directory=replace(_people(made), delegates=away((HEAD, BOSS))))
    run = Run(away_now, strict)
    assert run.asked() == [HEAD]
    assert codes(run.act(BOSS)) == ["TASK_NOT_YOURS"]
    # The head over both is asked where the step says so; and the only one who can decide still looks at it.
    assert Run(made, (node("n", "boss", self_approval="head"),)).asked() == [HEAD]
    assert Run(made, (node("n", "boss", self_approval="skip"),)).asked() == [BOSS]
    assert Run(made, (node("n", "boss", "head"),)).asked() == [BOSS, HEAD]


def test_a_task_is_decided_once_and_by_its_person_only(world: Subject) -> None:
    run = Run(world, (node("n", "boss", "head", mode=ALL),))
    task = next(t for t in run.tasks.values() if t.assignee_id == BOSS)
    run.act(BOSS)
    assert run.approval is not None
    again = decide(run.subject, run.approval, run.tasks.values(), ActOnTask(task.id, "approve"), BOSS)
    assert codes(again) == ["TASK_NOT_OPEN"]
    assert codes(run.act(CLERK)) == ["TASK_NOT_YOURS"]
    assert codes(run.act(HEAD, "juggle")) == ["TASK_ACTION_UNKNOWN"]


def test_an_opinion_is_asked_for_where_the_node_wants_one(world: Subject) -> None:
    run = Run(world, (node("n", "boss", opinion_required=True),))
    assert codes(run.act(BOSS, opinion="  ")) == ["OPINION_REQUIRED"]
    run.act(BOSS, opinion="fine")
    assert run.last.command is not None
    assert run.last.command.opinion == "fine"


def test_returning_and_withdrawing_put_the_document_back(world: Subject) -> None:
    run = Run(world, (node("n", "boss"),))
    run.act(BOSS, "return")
    assert (run.state, run.fired) == ("returned", "reject")
    again = Run(world, (node("n", "boss"),))
    assert codes(again.act(CLERK, "withdraw")) == ["TASK_NOT_YOURS"]
    again.act(SELLER, "withdraw")
    assert (again.state, again.fired) == ("withdrawn", "withdraw")
    assert again.asked() == []


def test_a_transferred_task_can_come_back(world: Subject) -> None:
    run = Run(world, (node("n", "boss"),))
    run.act(BOSS, "transfer", to_user=HEAD)
    assert run.asked() == [HEAD]
    run.act(HEAD, "transfer", to_user=BOSS)
    assert run.asked() == [BOSS]
    assert len(run.tasks) == 2
    run.act(BOSS)
    assert run.fired == "approve"


def test_the_owner_may_move_a_task_but_not_decide_it(world: Subject) -> None:
    run = Run(world, (node("n", "boss"),))
    assert codes(run.act(OWNER)) == ["TASK_NOT_YOURS"]
    run.act(OWNER, "transfer", to_user=CLERK)
    assert run.asked() == [CLERK]


@pytest.mark.parametrize(
    ("to_user", "code"),
    [
        (None, "TASK_TO_WHOM"),
        (404, "TASK_PERSON_LEFT"),
        (SELLER, "TASK_SELF_APPROVAL"),
        (HEAD, "TASK_ALREADY_ASKED"),
    ],
)
@pytest.mark.parametrize("action", ["transfer", "add_signer"])
def test_further_people_must_be_fit(world: Subject, action: str, to_user: int | None, code: str) -> None:
    world = replace(world, directory=replace(_people(world), left={404}))
    run = Run(world, (node("n", "boss", "head", self_approval="skip"),))
    assert codes(run.act(BOSS, action, to_user=to_user)) == [code]


def test_an_added_signer_must_agree_even_where_one_is_enough(world: Subject) -> None:
    run = Run(world, (node("n", "boss", "head"),))
    run.act(BOSS, "add_signer", to_user=CLERK)
    run.act(BOSS)
    assert run.state == "running"
    assert run.asked() == [CLERK]
    run.act(CLERK)
    assert run.fired == "approve"


def test_an_added_signer_signs_in_turn_after_who_added(world: Subject) -> None:
    run = Run(world, (node("n", "head", "boss", mode=IN_TURN),))
    run.act(HEAD, "add_signer", to_user=CLERK)
    seen = []
    while run.state == "running":
        seen.append(run.asked())
        run.act(run.asked()[0])
    assert seen == [[HEAD], [CLERK], [BOSS]]


def test_changing_what_is_material_asks_everybody_again(world: Subject) -> None:
    run = Run(world, (node("n", "boss", "head", mode=ALL),), material=("total",))
    run.act(BOSS)
    assert run.approval is not None
    changed = replace(run.subject, record=order(total="70000.00"))
    outcome = recheck(changed, run.approval, run.tasks.values())
    assert outcome is not None
    assert outcome.approval is not None
    assert (outcome.approval.round, outcome.event) == (2, "restarted")
    assert sorted(t.assignee_id for t in outcome.tasks if t.status == "open") == [HEAD, BOSS]
    remark = replace(run.subject, record=order(total="60000.0", remark="again"))
    assert recheck(remark, run.approval, run.tasks.values()) is None


def test_an_approver_who_changes_the_document_votes_on_the_new_one(world: Subject) -> None:
    run = Run(world, (node("n", "boss", "head", mode=ALL),), material=("total",))
    run.act(BOSS)
    run.subject = replace(run.subject, record=order(total="70000.00"))
    outcome = run.act(HEAD)
    assert [w.code for w in outcome.warnings] == ["APPROVAL_RESTARTED"]
    assert run.state == "running"
    assert run.asked() == [BOSS]
    run.act(BOSS)
    assert run.fired == "approve"


def test_leaving_by_another_way_ends_the_approval_without_a_move(world: Subject) -> None:
    run = Run(world, (node("n", "boss"),))
    assert run.approval is not None
    outcome = abandon(run.subject, run.approval, run.tasks.values())
    assert outcome.approval is not None
    assert (outcome.approval.state, outcome.command) == ("withdrawn", None)
    assert [t.status for t in outcome.tasks] == ["cancelled"]


def test_the_preview_is_what_the_run_does(world: Subject) -> None:
    nodes = (node("one", "head", "boss", mode=ALL), node("two", "boss"))
    run = Run(world, nodes)
    promised = [list(p.users) for p in preview(run.subject, approve(run.subject), SELLER, 1)]
    done = []
    while run.state == "running":
        asked = run.asked()
        done.append(asked)
        for user in asked:
            run.act(user)
    assert done == promised == [[HEAD, BOSS], [BOSS]]


def test_tasks_have_a_deadline_and_overrides_reach_the_transition(world: Subject) -> None:
    run = Run(world, (node("n", "boss", due_hours=24),))
    assert next(iter(run.tasks.values())).due_at == NOW + timedelta(hours=24)
    run.act(BOSS, overrides=(Override("credit", "known customer"),))
    assert run.last.command is not None
    assert run.last.command.overrides == (Override("credit", "known customer"),)
