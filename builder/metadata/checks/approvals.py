"""Approvals: every node can be reached, somebody can decide, and the way back starts where the approval runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at, called, warning
from builder.metadata.places import Parts
from builder.metadata.workflow import ApprovalNode, Approver, Transition, Workflow


@dataclass(frozen=True, slots=True)
class _Flow:
    facts: Facts
    workflow: Workflow

    def path(self, parts: Parts) -> str:
        return at("workflow", self.workflow.key, *parts)


def find(facts: Facts) -> Iterable[Problem]:
    for workflow in facts.package.workflows:
        flow = _Flow(facts, workflow)
        for index, transition in enumerate(workflow.transitions):
            if transition.approval is not None:
                parts = ("transitions", index, "approval")
                yield from _nodes(flow, transition.approval.nodes, (*parts, "nodes"))
                yield from _way_back(flow, transition, parts)


def _way_back(flow: _Flow, transition: Transition, parts: Parts) -> Iterator[Problem]:
    approval = transition.approval
    back = flow.workflow.transition(approval.rejects_by) if approval else None
    missing = [s for s in transition.from_ if back is not None and s not in back.from_]
    if back is not None and missing:
        state = flow.workflow.state(missing[0])
        params = {"transition": called(back), "state": called(state) if state else missing[0]}
        yield Problem("E126", flow.path((*parts, "rejects_by")), params)


def _nodes(flow: _Flow, nodes: tuple[ApprovalNode, ...], parts: Parts) -> Iterator[Problem]:
    for index, node in enumerate(nodes):
        here = (*parts, index)
        if node.kind == "condition":
            yield from _branches(flow, node, here)
        elif not node.approvers:
            yield Problem("E124", flow.path((*here, "approvers")), {"node": called(node)})
        for number, approver in enumerate(node.approvers):
            yield from _approver(flow, node, approver, (*here, "approvers", number))


def _branches(flow: _Flow, node: ApprovalNode, parts: Parts) -> Iterator[Problem]:
    if not node.branches:
        yield Problem("E123", flow.path(parts), {"node": called(node)})
    has_else = False
    for index, branch in enumerate(node.branches):
        here = (*parts, "branches", index)
        if has_else:
            yield Problem("E123", flow.path(here), {"node": called(branch)})
        has_else = has_else or not branch.when
        yield from _nodes(flow, branch.nodes, (*here, "nodes"))


def _approver(flow: _Flow, node: ApprovalNode, approver: Approver, parts: Parts) -> Iterator[Problem]:
    said = [approver.role, approver.user, approver.field, approver.submitter or None]
    count = sum(1 for one in said if one) + (approver.head is not None)
    package = flow.facts.package
    entity = package.entity(flow.workflow.entity)
    field = entity.field(approver.field) if entity and approver.field else None
    if count != 1:
        yield Problem("E125", flow.path(parts), {"node": called(node)})
    elif field is not None and field.type not in {"user", "created_by", "updated_by"}:
        yield Problem("E127", flow.path((*parts, "field")), {"field": called(field)})
    role = package.role(approver.role) if approver.role else None
    if role is not None and not role.all_entities:
        grant = role.grant(flow.workflow.entity)
        if grant is None or "read" not in grant.may:
            params = {"role": called(role), "entity": called(entity)}
            yield warning("E128", flow.path((*parts, "role")), params)


CHECK = Check("approvals", ("E123", "E124", "E125", "E126", "E127", "E128"), find)
