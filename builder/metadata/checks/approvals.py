"""Approvals: every node can be reached, somebody can decide, and the way back starts where the approval runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at, called, warning
from builder.metadata.places import Parts
from builder.metadata.workflow import ApprovalNode, Approver, Transition, Workflow

MOST_NODES, MOST_LEVELS = 500, 8
"""What one approval comes to with all its parts. A run keeps a copy of it, and goes no deeper."""
FAR = 50
"""Where measuring ends: what leads on from there is too deep already."""


@dataclass(frozen=True, slots=True)
class _Flow:
    facts: Facts
    workflow: Workflow
    measured: dict[str, tuple[int, int] | None] = field(default_factory=dict)

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
                yield from _size(flow, transition, parts)


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
        yield from _shape(flow, node, here)
        for name, approvers in (("approvers", node.approvers), ("late_to", node.late_to)):
            for number, approver in enumerate(approvers):
                yield from _approver(flow, node, approver, (*here, name, number))


def _shape(flow: _Flow, node: ApprovalNode, parts: Parts) -> Iterator[Problem]:
    """Each kind of node has what it needs to begin and to end."""
    params = {"node": called(node)}
    if node.kind in {"condition", "parallel"}:
        yield from _branches(flow, node, parts)
    elif node.kind in {"approver", "cc"} and not node.approvers:
        yield Problem("E124", flow.path((*parts, "approvers")), params)
    elif node.kind == "auto" and not (node.sets or node.rule):
        yield Problem("E131", flow.path(parts), params)
    elif node.kind == "wait" and not (node.until or _lasts(node)):
        yield Problem("E132", flow.path(parts), params)
    elif node.kind == "flow":
        yield from _part(flow, node, parts)
    if node.late == "transfer" and not node.late_to and _lasts(node):
        yield Problem("E133", flow.path((*parts, "late_to")), params)


def _lasts(node: ApprovalNode) -> bool:
    return bool(node.due_minutes or node.due_hours or node.due_days)


def _part(flow: _Flow, node: ApprovalNode, parts: Parts) -> Iterator[Problem]:
    """A part is the approval of another transition that does not lead back here."""
    inner = flow.workflow.transition(node.flow or "")
    if inner is None or inner.approval is None:
        yield Problem("E134", flow.path((*parts, "flow")), {"node": called(node)})
    elif _measured(flow, node.flow or "", frozenset()) is None:
        yield Problem("E135", flow.path((*parts, "flow")), {"node": called(node)})


def _size(flow: _Flow, transition: Transition, parts: Parts) -> Iterator[Problem]:
    nodes, levels = _measured(flow, transition.key, frozenset()) or (0, 0)
    if nodes > MOST_NODES or levels > MOST_LEVELS:
        params = {"transition": called(transition), "most": MOST_NODES, "levels": MOST_LEVELS}
        yield Problem("E136", flow.path((*parts, "nodes")), params)


def _measured(flow: _Flow, key: str, open_: frozenset[str]) -> tuple[int, int] | None:
    """How many nodes a transition's approval has with all its parts, and how deep parts lie in parts; None where one of them comes round
    to one that is open already. Each transition is measured once: parts of parts are many ways long before they are many."""
    if key in open_:
        return None
    if len(open_) > FAR:
        return 0, 0
    if key not in flow.measured:
        found = flow.workflow.transition(key)
        own = tuple(_every(found.approval.nodes)) if found and found.approval else ()
        inner = [_measured(flow, n.flow, open_ | {key}) for n in own if n.kind == "flow" and n.flow]
        known = [one for one in inner if one is not None]
        size = (
            len(own) + sum(nodes for nodes, _ in known),
            max((levels + 1 for _, levels in known), default=0),
        )
        flow.measured[key] = size if len(known) == len(inner) else None
    return flow.measured[key]


def _every(nodes: Iterable[ApprovalNode]) -> Iterator[ApprovalNode]:
    for node in nodes:
        yield node
        for branch in node.branches:
            yield from _every(branch.nodes)


def _branches(flow: _Flow, node: ApprovalNode, parts: Parts) -> Iterator[Problem]:
    if not node.branches:
        yield Problem("E123", flow.path(parts), {"node": called(node)})
    has_else = False
    for index, branch in enumerate(node.branches):
        here = (*parts, "branches", index)
        if has_else:
            yield Problem("E123", flow.path(here), {"node": called(branch)})
        has_else = has_else or (node.kind == "condition" and not branch.when)
        yield from _nodes(flow, branch.nodes, (*here, "nodes"))


def _approver(flow: _Flow, node: ApprovalNode, approver: Approver, parts: Parts) -> Iterator[Problem]:
    role_alone = None if approver.choice else approver.role
    said = [role_alone, approver.user, approver.field, approver.submitter, approver.choice, approver.entity]
    count = sum(1 for one in said if one) + (approver.head is not None) + (approver.levels is not None)
    package = flow.facts.package
    entity = package.entity(flow.workflow.entity)
    field = entity.field(approver.field) if entity and approver.field else None
    if count != 1 or (approver.entity and not approver.person):
        yield Problem("E125", flow.path(parts), {"node": called(node)})
    elif field is not None and field.type not in {"user", "created_by", "updated_by"}:
        yield Problem("E127", flow.path((*parts, "field")), {"field": called(field)})
    role = package.role(approver.role) if approver.role else None
    if role is not None and not role.all_entities:
        grant = role.grant(flow.workflow.entity)
        if grant is None or "read" not in grant.may:
            params = {"role": called(role), "entity": called(entity)}
            yield warning("E128", flow.path((*parts, "role")), params)


CHECK = Check(
    "approvals",
    ("E123", "E124", "E125", "E126", "E127", "E128", "E131", "E132", "E133", "E134", "E135", "E136"),
    find,
)
