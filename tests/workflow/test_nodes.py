"""What nodes do: parallel ways, parts, automatic steps, waits, deadlines; and whom they ask."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from builder.metadata.workflow import ApprovalBranch, ApprovalNode, Approver
from builder.workflow.approval import preview
from builder.workflow.calendar import WorkingCalendar
from builder.workflow.chinese_holidays import CHINA
from tests.memory import NOW, MemoryDirectory
from tests.workflow.orders import BOSS, CLERK, DEPUTY, HEAD, OWNER, SELLER, approve, order, people, subject_of
from tests.workflow.run import Run, beside, node


def test_parallel_ways_are_all_gone_and_then_joined() -> None:
    run = Run(
        beside("p", (node("l", "clerk"), node("l2", "head")), (node("r", "boss"),)), node("end", "deputy")
    )
    assert sorted(run.asked()) == sorted([CLERK, BOSS])
    run.act(CLERK)
    run.act(BOSS)
    assert run.asked() == [HEAD]
    run.act(HEAD)
    assert run.asked() == [DEPUTY]


def test_only_parallel_ways_whose_condition_holds_are_gone() -> None:
    branches = (
        ApprovalBranch("b1", "large", (node("l", "clerk"),), when="total > 1000000"),
        ApprovalBranch("b2", "any", (node("r", "boss"),)),
    )
    run = Run(ApprovalNode("p", "parallel", "p", branches=branches))
    assert run.asked() == [BOSS]


def test_a_rejection_in_one_way_ends_the_others() -> None:
    run = Run(beside("p", (node("l", "clerk"),), (node("r", "boss"),)))
    run.act(BOSS, "reject")
    assert (run.state, run.asked()) == ("rejected", [])


def test_an_automatic_step_sets_fields_without_voiding_votes() -> None:
    auto = ApprovalNode("a", "auto", "a", sets={"remark": "'seen'"})
    fork = ApprovalNode(
        "f",
        "condition",
        "f",
        branches=(
            ApprovalBranch("f1", "seen", (node("boss", "boss"),), when="remark == 'seen'"),
            ApprovalBranch("f2", "else", (node("clerk", "clerk"),)),
        ),
    )
    run = Run(node("n", "head"), auto, fork, material=("total", "remark"))
    run.act(HEAD)
    assert run.subject.record.values["remark"] == "seen"
    assert run.asked() == [BOSS]
    assert (0, "auto") in run.did()
    assert (0, "restart") not in run.did()
    run.act(BOSS)
    assert run.state == "approved"


def test_a_wait_ends_by_time_or_by_its_condition() -> None:
    timed = Run(ApprovalNode("w", "wait", "w", due_hours=2), node("n", "boss"))
    timed.later(hours=1)
    assert timed.asked() == []
    timed.later(hours=1)
    assert timed.asked() == [BOSS]
    until = Run(ApprovalNode("w", "wait", "w", until="remark == 'paid'"), node("n", "boss"))
    until.change(remark="not yet")
    assert until.asked() == []
    until.change(remark="paid")
    assert until.asked() == [BOSS]


def test_a_wait_whose_condition_cannot_be_judged_is_decided_by_the_owner() -> None:
    subject = subject_of((), order(remark="words"))
    run = Run(ApprovalNode("w", "wait", "w", until="total + remark > 1"), subject=subject)
    assert run.asked() == [OWNER]
    run.act(OWNER)
    assert run.state == "approved"


@pytest.mark.parametrize(
    ("late", "asked", "state"),
    [
        ("remind", [CLERK], "running"),
        ("pass", [BOSS], "running"),
        ("return", [], "returned"),
        ("transfer", [DEPUTY], "running"),
        ("escalate", [HEAD], "running"),
    ],
)
def test_what_is_late_is_seen_to_once(late: str, asked: list[int], state: str) -> None:
    first = node("one", "clerk", due_minutes=30, late=late, late_to=(Approver(user="deputy"),))
    run = Run(first, node("two", "boss"))
    run.later(minutes=29)
    assert run.asked() == [CLERK]
    run.later(minutes=1)
    assert (run.asked(), run.state) == (asked, state)
    reminded = run.told.count((CLERK, "NOTICE_LATE"))
    run.later(minutes=1)
    assert run.told.count((CLERK, "NOTICE_LATE")) == reminded == (late == "remind")


def test_working_days_leave_out_weekends_and_holidays() -> None:
    friday = datetime(2026, 9, 30, 8, 0, tzinfo=UTC)
    subject = replace(subject_of(()), now=friday, calendar=CHINA, zone="Asia/Shanghai")
    run = Run(node("n", "boss", due_days=1), subject=subject)
    assert next(iter(run.tasks.values())).due_at == datetime(2026, 10, 8, 8, 0, tzinfo=UTC)


def test_a_working_calendar_counts_days() -> None:
    plain = WorkingCalendar()
    assert plain.after(date(2026, 3, 6), 1) == date(2026, 3, 9)
    assert plain.after(date(2026, 3, 7), 1) == date(2026, 3, 9)
    assert CHINA.is_worked(date(2026, 2, 14))
    assert not CHINA.is_worked(date(2026, 2, 17))
    assert CHINA.after(date(2026, 2, 13), 2) == date(2026, 2, 24)
    never = WorkingCalendar(weekend=frozenset(range(7)))
    assert never.after(date(2026, 3, 6), 1) > date(2035, 1, 1)


def test_heads_of_all_levels_in_turn() -> None:
    run = Run(node("n", approvers=(Approver(levels=0),), mode="in_turn"))
    assert run.asked() == [HEAD]
    run.act(HEAD)
    assert run.asked() == [BOSS]


def test_people_found_by_a_query() -> None:
    subject = replace(subject_of(()), find=lambda entity, where, field: (BOSS, CLERK))
    run = Run(node("n", approvers=(Approver(entity="team", person="leader"),)), subject=subject)
    assert run.asked() == [BOSS, CLERK]


def test_the_submitter_chooses_among_those_who_may() -> None:
    asks = node("n", approvers=(Approver(choice=True, role="finance"),))
    nothing = subject_of((asks,))
    foreseen = preview(nothing, approve(nothing), SELLER)
    assert (foreseen[0].choice, foreseen[0].among) == (True, (CLERK, DEPUTY))
    assert Run(asks).last.problems[0].code == "APPROVAL_CHOOSE"
    wrong = replace(subject_of(()), chosen={"n": (BOSS,)})
    assert Run(asks, subject=wrong).last.problems[0].code == "APPROVAL_CHOICE"
    right = replace(subject_of(()), chosen={"n": (DEPUTY,)})
    assert Run(asks, subject=right).asked() == [DEPUTY]


def test_who_agreed_already_is_not_asked_again_where_the_flow_says_so() -> None:
    run = Run(node("one", "boss"), node("two", "boss", "head", mode="all"), repeat="skip")
    run.act(BOSS)
    assert run.asked() == [HEAD]
    assert (BOSS, "repeat") in run.did()
    again = Run(node("one", "boss"), node("two", "boss"))
    again.act(BOSS)
    assert again.asked() == [BOSS]


def test_a_part_is_the_approval_of_another_transition() -> None:
    subject = subject_of(())
    package = subject.package
    workflow = package.workflows[0]
    inner = replace(workflow.transitions[1].approval, uid="inner", nodes=(node("x", "clerk"),))  # type: ignore[type-var]
    part = ApprovalNode("part", "flow", "part", flow="done")
    transitions = tuple(
        replace(t, approval=inner)
        if t.key == "done"
        else replace(t, approval=replace(t.approval, nodes=(part, part_two(), node("n", "boss"))))
        if t.key == "approve" and t.approval
        else t
        for t in workflow.transitions
    )
    within = replace(
        subject, package=replace(package, workflows=(replace(workflow, transitions=transitions),))
    )
    foreseen = preview(within, approve(within), SELLER)
    assert [(p.uid, p.users) for p in foreseen] == [
        ("part/x", (CLERK,)),
        ("again/x", (CLERK,)),
        ("n", (BOSS,)),
    ]


def part_two() -> ApprovalNode:
    return ApprovalNode("again", "flow", "again", flow="done")


def test_the_submitter_hears_where_somebody_else_is_asked_than_was_foretold() -> None:
    run = Run(node("one", "head"), node("two", "boss"))
    away = {BOSS: (DEPUTY, NOW.date(), NOW.date())}
    run.subject = replace(run.subject, directory=replace(people(), delegates=away))
    run.act(HEAD)
    assert run.asked() == [DEPUTY]
    assert (SELLER, "NOTICE_PATH_CHANGED") in run.told
    assert isinstance(run.subject.directory, MemoryDirectory)
