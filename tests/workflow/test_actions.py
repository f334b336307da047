"""What people do about an approval besides agreeing: sending back, signing along, telling, urging, ending and reopening."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from builder.workflow.approval import start
from tests.workflow.orders import BOSS, CLERK, DEPUTY, HEAD, OWNER, SELLER, approve, with_record
from tests.workflow.run import Run, beside, node

THREE = (node("one", "clerk"), node("two", "head"), node("three", "boss"))


def test_sent_back_to_a_node_it_goes_on_in_order() -> None:
    run = Run(*THREE)
    run.act(CLERK)
    run.act(HEAD)
    run.act(BOSS, "return", node="one", opinion="again")
    assert run.asked() == [CLERK]
    run.act(CLERK)
    assert run.asked() == [HEAD]
    run.act(HEAD)
    run.act(BOSS)
    assert run.state == "approved"
    assert run.did()[3] == (BOSS, "return")


def test_or_straight_back_to_who_returned_it() -> None:
    run = Run(*THREE)
    run.act(CLERK)
    run.act(HEAD)
    run.act(BOSS, "return", node="one", straight=True)
    run.act(CLERK)
    assert run.asked() == [BOSS]
    run.act(BOSS)
    assert run.state == "approved"


def test_only_a_node_that_was_decided_before_may_be_returned_to() -> None:
    run = Run(*THREE)
    run.act(CLERK)
    for target in ("two", "three", "nowhere"):
        run.act(HEAD, "return", node=target)
        assert run.codes == ["TASK_RETURN_NODE"]
    assert run.asked() == [HEAD]


def test_a_return_leaves_votes_in_branches_beside_alone() -> None:
    left = (node("l1", "clerk"), node("l2", "head"))
    run = Run(beside("p", left, (node("r1", "boss"),)))
    run.act(CLERK)
    run.act(HEAD, "return", node="l1")
    assert sorted(run.asked()) == sorted([CLERK, BOSS])
    run.act(BOSS)
    run.act(CLERK)
    run.act(HEAD)
    assert run.state == "approved"


def test_a_return_before_the_branches_takes_all_of_them_back() -> None:
    run = Run(node("first", "deputy"), beside("p", (node("l", "clerk"),), (node("r", "boss"),)))
    run.act(DEPUTY)
    run.act(CLERK)
    run.act(BOSS, "return", node="first")
    assert run.asked() == [DEPUTY]
    run.act(DEPUTY)
    assert sorted(run.asked()) == sorted([CLERK, BOSS])


def test_returned_to_the_submitter_it_goes_straight_back_when_nothing_material_changed() -> None:
    run = Run(*THREE, material=("total",))
    run.act(CLERK)
    run.act(HEAD, "return", straight=True)
    assert run.state == "returned"
    again = start(run.subject, approve(run.subject), SELLER, 1, run.approval)
    assert [t.assignee_id for t in again.tasks if t.status == "open"] == [HEAD]
    run.change(total=Decimal("120000.00"))
    anew = start(run.subject, approve(run.subject), SELLER, 1, run.approval)
    assert [t.assignee_id for t in anew.tasks if t.status == "open"] == [CLERK]


def test_withdrawing_ends_at_the_stated_point() -> None:
    run = Run(*THREE, withdraw="undecided")
    run.act(CLERK)
    run.act(SELLER, "withdraw")
    assert run.codes == ["TASK_WITHDRAW_LATE"]
    bound = Run(node("one", "clerk"), node("two", "boss", binding=True))
    bound.act(CLERK)
    bound.act(SELLER, "withdraw")
    assert bound.codes == ["TASK_WITHDRAW_LATE"]
    free = Run(*THREE, withdraw="undecided")
    free.act(SELLER, "withdraw")
    assert free.state == "withdrawn"


def test_a_signer_before_keeps_the_own_vote_waiting() -> None:
    run = Run(node("n", "boss"))
    run.act(BOSS, "add_signer", to_user=CLERK, place="before")
    assert run.asked() == [CLERK]
    run.act(CLERK)
    assert run.asked() == [BOSS]
    run.act(BOSS)
    assert run.state == "approved"


def test_a_signer_after_is_asked_once_the_own_vote_is_given() -> None:
    run = Run(node("n", "boss"))
    run.act(BOSS, "add_signer", to_user=CLERK, place="after")
    assert run.asked() == [BOSS]
    run.act(BOSS)
    assert run.asked() == [CLERK]
    run.act(CLERK, "reject")
    assert run.state == "rejected"


def test_an_added_signer_may_be_taken_away_again() -> None:
    run = Run(node("n", "boss"))
    run.act(BOSS, "add_signer", to_user=CLERK, place="before")
    task = next(t for t in run.tasks.values() if t.assignee_id == BOSS)
    assert task.status == "waiting"
    run.act(OWNER, "remove_signer", to_user=CLERK)
    assert run.asked() == [BOSS]
    run.act(BOSS, "remove_signer", to_user=CLERK)
    assert run.codes == ["TASK_NO_SIGNER"]
    run.act(BOSS)
    assert run.state == "approved"


def test_copies_are_for_people_who_are_here_and_ask_nothing_of_them() -> None:
    run = Run(node("n", "boss"))
    run.act(BOSS, "cc", users=(CLERK, HEAD))
    assert {t.assignee_id for t in run.tasks.values() if t.status == "told"} == {CLERK, HEAD}
    assert run.asked() == [BOSS]
    run.act(BOSS, "cc")
    assert run.codes == ["TASK_TO_WHOM"]
    run.act(DEPUTY, "cc", users=(CLERK,))
    assert run.codes == ["TASK_NOT_YOURS"]
    run.act(CLERK, "comment", opinion="seen")
    assert run.did()[-1] == (CLERK, "comment")


def test_urging_reminds_once_an_hour() -> None:
    run = Run(node("n", "boss"))
    run.act(SELLER, "urge")
    assert (BOSS, "NOTICE_URGED") in run.told
    run.act(SELLER, "urge")
    assert run.codes == ["TASK_URGED_LATELY"]
    run.later(hours=1)
    run.act(SELLER, "urge")
    assert run.codes == []
    run.act(CLERK, "urge")
    assert run.codes == ["TASK_NOT_YOURS"]


def test_a_comment_says_something_and_decides_nothing() -> None:
    run = Run(node("n", "boss"))
    run.act(SELLER, "comment", opinion=" ")
    assert run.codes == ["OPINION_REQUIRED"]
    run.act(SELLER, "comment", opinion="urgent")
    assert run.asked() == [BOSS]
    assert (BOSS, "NOTICE_COMMENT") in run.told


def test_the_owner_ends_an_approval_and_lets_it_go_on() -> None:
    run = Run(*THREE)
    run.act(CLERK)
    run.act(BOSS, "terminate")
    assert run.codes == ["TASK_NOT_YOURS"]
    run.act(OWNER, "terminate", opinion="wrong form")
    assert run.state == "terminated"
    run.subject = replace(run.subject, record=run.subject.record.but(state="draft"))
    run.act(OWNER, "reopen")
    assert run.state == "running"
    assert run.asked() == [HEAD]
    assert run.subject.record.state == "submitted"
    run.act(HEAD)
    run.act(BOSS)
    assert run.state == "approved"
    run.act(OWNER, "reopen")
    assert run.codes == ["APPROVAL_STAYS_ENDED"]


def test_a_node_may_ask_for_a_signature() -> None:
    run = Run(node("n", "boss", signature="remark"))
    run.act(BOSS)
    assert run.codes == ["SIGNATURE_REQUIRED"]
    run.act(BOSS, signature=77)
    assert run.decisions[-1].signature_file == 77


@pytest.mark.parametrize("asks", [{"signature": "remark"}, {"opinion_required": True}])
def test_a_vote_that_begins_anew_is_none_where_more_is_asked_for(asks: dict[str, Any]) -> None:
    """The document changed with the vote: who agrees further on has not signed, or said anything, at the first node."""
    run = Run(node("one", "clerk", **asks), node("two", "clerk"), material=("total",))
    run.act(CLERK, signature=77, opinion="fine")
    run.subject = with_record(run.subject, run.subject.record.with_values({"total": Decimal(70000)}))
    run.act(CLERK)
    assert run.asked() == [CLERK]
    assert run.did()[-1] == (0, "restart")
    run.act(CLERK, signature=78, opinion="fine")
    run.act(CLERK)
    assert run.state == "approved"


@pytest.mark.parametrize(("percent", "needed"), [(None, 2), (60, 2), (67, 3), (100, 3), (1, 1)])
def test_votes_are_counted(percent: int | None, needed: int) -> None:
    run = Run(node("n", "boss", "head", "clerk", mode="votes", percent=percent))
    for at, user in enumerate((BOSS, HEAD, CLERK)):
        assert run.state == ("running" if at < needed else "approved")
        if run.state == "running":
            run.act(user)
    assert run.state == "approved"


def test_votes_end_as_soon_as_enough_are_against() -> None:
    run = Run(node("n", "boss", "head", "clerk", mode="votes", votes=2))
    run.act(BOSS, "reject")
    assert run.state == "running"
    run.act(HEAD, "reject")
    assert run.state == "rejected"
    assert run.asked() == []
