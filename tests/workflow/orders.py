"""Orders with an approval, and the people around them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from builder.metadata.entity import Entity, Field
from builder.metadata.package import App, Package
from builder.metadata.workflow import Approval, ApprovalNode, State, Transition, Workflow
from builder.record import Record, Value
from builder.workflow.subject import Subject
from tests.memory import NOW, MemoryDirectory, MemoryEnvironment, ids

SELLER, CLERK, HEAD, BOSS, DEPUTY, OWNER = 7, 8, 9, 10, 11, 12


def people() -> MemoryDirectory:
    return MemoryDirectory(
        roles={"finance": (CLERK, DEPUTY)},
        logins={"seller": SELLER, "clerk": CLERK, "head": HEAD, "boss": BOSS, "deputy": DEPUTY},
        heads={1: (HEAD, BOSS)},
        owners=(OWNER,),
    )


def package_of(
    nodes: tuple[ApprovalNode, ...],
    *,
    total: str = "total",
    material: tuple[str, ...] = (),
    **more: Any,
) -> Package:
    """An app with orders; ``total`` is how the field of that uid is called in this version."""
    fields = (
        Field("f.number", "number", "text", "Number"),
        Field("f.total", total, "money", "Total"),
        Field("f.salesman", "salesman", "user", "Salesman"),
        Field("f.remark", "remark", "text", "Remark"),
    )
    approval = Approval("a", nodes, "reject", when=f"{total} >= 50000", material=material, **more)
    workflow = Workflow(
        uid="w",
        key="order",
        entity="order",
        initial="draft",
        states=(
            State("s.draft", "draft", {"zh-CN": "草稿", "en": "Draft"}, editable=True),
            State("s.submitted", "submitted", {"zh-CN": "待审核", "en": "To approve"}),
            State("s.approved", "approved", "Approved", approved=True),
            State("s.void", "void", "Void", final=True, void=True),
        ),
        transitions=(
            Transition(
                "t.submit", "submit", "Submit", ("draft",), "submitted", default=True, required=("salesman",)
            ),
            Transition("t.approve", "approve", "Approve", ("submitted",), "approved", approval=approval),
            Transition("t.reject", "reject", "Reject", ("submitted",), "draft"),
            Transition("t.withdraw", "withdraw", "Withdraw", ("submitted",), "draft"),
            Transition(
                "t.void",
                "void",
                "Void",
                ("draft", "submitted"),
                "void",
                condition="remark != None",
                message="Say why.",
            ),
            Transition(
                "t.done", "done", "Done", ("approved",), "approved", automatic=True, sets={"remark": "'done'"}
            ),
        ),
    )
    entity = Entity("e.order", "order", "document", "Order", fields, title="number")
    return Package(App("app", "sales", "Sales"), entities=(entity,), workflows=(workflow,))


def order(
    *, state: str = "submitted", total: str = "60000.00", key: str = "total", **values: Value
) -> Record:
    given: dict[str, Value] = {"number": "SO-1", key: Decimal(total), "salesman": SELLER}
    return Record("order", 1, given | values, state=state, owner_id=SELLER, org_unit_id=1, version=1)


def subject_of(
    nodes: tuple[ApprovalNode, ...],
    record: Record | None = None,
    *,
    like: Subject | None = None,
    material: tuple[str, ...] = (),
    **more: Any,
) -> Subject:
    package = package_of(nodes, material=material, **more)
    if like is not None:
        return with_record(replace(like, package=package), record or like.record)
    at = record or order()
    return with_record(
        Subject("sales", package, at, _none, MemoryEnvironment(), people(), NOW, ids(), "SO-1"), at
    )


def _none(paths: Iterable[str]) -> Mapping[str, Value]:
    return {}


def with_record(subject: Subject, record: Record) -> Subject:
    """The subject over another state of its record."""
    return replace(subject, record=record, values=lambda paths: {p: record.get(p) for p in paths})


def approve(subject: Subject) -> Transition:
    workflow = subject.package.workflow_of("order")
    assert workflow is not None
    found = workflow.transition("approve")
    assert found is not None
    return found
