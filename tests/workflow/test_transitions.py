"""Transitions: what keeps a move from being made, who is offered it, and when an approval begins."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from builder.changes import Approval
from builder.metadata.workflow import ApprovalNode, Approver
from builder.record import Record
from builder.workflow.approval import start
from builder.workflow.transitions import (
    Judge,
    default_of,
    left_behind,
    offers,
    problems_of,
    sets,
    starting,
)
from tests.memory import context_of
from tests.workflow.orders import SELLER, approve, order, package_of, subject_of

PACKAGE = package_of((ApprovalNode("n", "approver", "n", (Approver(user="boss"),)),))
WORKFLOW = PACKAGE.workflows[0]


def judge(record: Record) -> Judge:
    context = context_of(PACKAGE)
    return Judge(context.compiled, context.values_of(record), context.env)


def codes(record: Record, key: str, **more: object) -> list[str]:
    transition = WORKFLOW.transition(key)
    assert transition is not None
    found = problems_of(WORKFLOW, transition, record, judge(record), **more)  # type: ignore[arg-type]
    return [p.code + p.path for p in found]


def running() -> Approval:
    subject = subject_of(WORKFLOW.transitions[1].approval.nodes if WORKFLOW.transitions[1].approval else ())
    approval = start(subject, approve(subject), SELLER).approval
    assert approval is not None
    return approval


def test_a_move_starts_from_its_own_states() -> None:
    assert codes(order(state="draft"), "approve") == ["TRANSITION_STATE"]
    assert codes(order(state="submitted"), "approve") == []


def test_required_fields_and_the_condition_are_told_together() -> None:
    assert codes(order(state="draft", salesman=None), "submit") == ["REQUIRED/salesman"]
    assert codes(order(), "void") == ["TRANSITION_CONDITION"]
    assert codes(order(remark="typed twice"), "void") == []


def test_the_conditions_own_words_are_used() -> None:
    transition = WORKFLOW.transition("void")
    assert transition is not None
    found = problems_of(WORKFLOW, transition, order(), judge(order()))
    assert found[0].message == "Say why."


def test_while_an_approval_runs_only_it_fires_its_transition() -> None:
    held = (running(),)
    assert codes(order(), "approve", running=held) == ["APPROVAL_RUNNING"]
    assert codes(order(), "approve", running=held, by="rule") == ["APPROVAL_RUNNING"]
    assert codes(order(), "approve", running=held, by="approval") == []
    assert codes(order(), "reject", running=held) == []


def test_automatic_moves_are_for_rules() -> None:
    assert codes(order(state="approved"), "done") == ["TRANSITION_AUTOMATIC"]
    assert codes(order(state="approved"), "done", by="rule") == []


def test_offers_are_what_the_actor_may_with_what_is_in_the_way() -> None:
    found = offers(WORKFLOW, order(), judge(order()), {"approve", "void", "submit"}.__contains__)
    assert [(o.transition.key, [p.code for p in o.problems]) for o in found] == [
        ("approve", []),
        ("void", ["TRANSITION_CONDITION"]),
    ]


def test_the_default_move_and_what_a_move_sets() -> None:
    default = default_of(WORKFLOW, "draft")
    assert default is not None
    assert default.key == "submit"
    done = WORKFLOW.transition("done")
    assert done is not None
    assert sets(done, judge(order())) == {"remark": "done"}


def test_an_approval_begins_where_its_condition_holds() -> None:
    large, small = order(), order().with_values({"total": Decimal("49999.99")})
    assert [t.key for t in starting(WORKFLOW, large, judge(large))] == ["approve"]
    assert starting(WORKFLOW, small, judge(small)) == ()
    assert starting(WORKFLOW, order(state="draft"), judge(large)) == ()


def test_a_record_that_moved_on_leaves_its_approval_behind() -> None:
    approval = running()
    assert left_behind([approval], WORKFLOW, order()) == ()
    assert left_behind([approval], WORKFLOW, order(state="void")) == (approval,)
    ended = replace(approval, state="approved")
    assert left_behind([ended], WORKFLOW, order(state="void")) == ()
