"""The copy of a definition: it outlives renaming, and what has vanished is decided by the owner."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

from builder.commands import ActOnTask
from builder.metadata.package import Package
from builder.metadata.workflow import ApprovalBranch, ApprovalNode, Approver
from builder.record import Record
from builder.workflow.approval import decide, recheck, start
from builder.workflow.digest import content_hash
from builder.workflow.flow import route
from builder.workflow.subject import Subject
from tests.workflow.orders import (
    BOSS,
    HEAD,
    OWNER,
    SELLER,
    approve,
    order,
    package_of,
    subject_of,
    with_record,
)


def fork() -> ApprovalNode:
    boss = ApprovalNode("boss", "approver", "boss", (Approver(user="boss"),))
    head = ApprovalNode("head", "approver", "head", (Approver(user="head"),))
    branches = (
        ApprovalBranch("b1", "large", (boss,), when="total > 100"),
        ApprovalBranch("b2", "rest", (head,)),
    )
    return ApprovalNode("fork", "condition", "fork", branches=branches)


def test_the_copy_is_plain_json() -> None:
    subject = subject_of((fork(),), material=("total",))
    outcome = start(subject, approve(subject), SELLER)
    assert outcome.approval is not None
    copy = json.loads(json.dumps(outcome.approval.definition))
    assert copy["uids"]["total"] == ["f.total"]
    assert [s.uid for s in route(copy, subject)] == ["boss"]


def later(subject: Subject, package: Package, record: Record) -> Subject:
    return with_record(replace(subject, package=package), record)


def test_a_renamed_field_is_still_found() -> None:
    subject = subject_of((fork(),), material=("total",))
    outcome = start(subject, approve(subject), SELLER)
    assert outcome.approval is not None
    renamed = later(subject, package_of((), total="amount"), order(key="amount"))
    assert recheck(renamed, outcome.approval, outcome.tasks) is None
    smaller = later(subject, package_of((), total="amount"), order(key="amount", total="10.00"))
    again = recheck(smaller, outcome.approval, outcome.tasks)
    assert again is not None
    assert [t.assignee_id for t in again.tasks if t.status == "open"] == [HEAD]


def test_a_vanished_field_makes_the_owner_decide() -> None:
    subject = subject_of((fork(),), material=("salesman",))
    outcome = start(subject, approve(subject), SELLER)
    assert outcome.approval is not None
    package = package_of(())
    entity = replace(
        package.entities[0], fields=tuple(f for f in package.entities[0].fields if f.uid != "f.total")
    )
    without = later(
        subject,
        replace(package, entities=(entity,)),
        Record("order", 1, {"salesman": SELLER}, state="submitted"),
    )
    again = recheck(without, outcome.approval, outcome.tasks)
    assert again is not None
    assert again.approval is not None
    task = next(t for t in again.tasks if t.status == "open")
    assert (task.assignee_id, task.node_uid) == (OWNER, "fork")
    done = decide(without, again.approval, again.tasks, ActOnTask(task.id, "approve"), OWNER)
    assert done.command is not None


def test_a_transition_that_has_gone_refuses_the_last_vote_but_not_the_way_back() -> None:
    node = ApprovalNode("n", "approver", "n", (Approver(user="boss"),))
    subject = subject_of((node,))
    outcome = start(subject, approve(subject), SELLER)
    assert outcome.approval is not None
    workflow = subject.package.workflows[0]
    kept = tuple(t for t in workflow.transitions if t.key not in {"approve", "reject"})
    package = replace(subject.package, workflows=(replace(workflow, transitions=kept),))
    after = later(subject, package, subject.record)
    task = outcome.tasks[0].id
    refused = decide(after, outcome.approval, outcome.tasks, ActOnTask(task, "approve"), BOSS)
    assert [p.code for p in refused.problems] == ["APPROVAL_TRANSITION_GONE"]
    rejected = decide(after, outcome.approval, outcome.tasks, ActOnTask(task, "reject"), BOSS)
    assert rejected.command is not None
    assert rejected.command.transition == "withdraw"


def test_the_digest_follows_what_is_said_not_how_it_is_written() -> None:
    lines = (Record("line", 2, {"item": 5, "quantity": Decimal("10.0000")}),)
    record = Record("order", 1, {"total": Decimal("100.00"), "remark": None}, {"lines": lines})
    same = record.but(values={"total": Decimal("1E+2"), "remark": "x"})
    assert content_hash(record, ["total", "lines"]) == content_hash(same, ["lines", "total"])
    more = record.but(lines={"lines": (lines[0].but(values={"item": 5, "quantity": Decimal("10.0001")}),)})
    assert content_hash(record, ["lines.quantity"]) != content_hash(more, ["lines.quantity"])
    assert content_hash(record, ["lines.item"]) == content_hash(more, ["lines.item"])
    assert content_hash(record, []) != content_hash(same, [])
