"""Definition: the self-contained copy of an approval with which a run starts and on which it stays.

The copy names fields by uid beside their path, so that a renamed field is still found; one that has vanished makes the app's owner decide
instead of a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from builder.expressions import Expression, ExpressionError, compile_expression
from builder.metadata.entity import Entity
from builder.metadata.package import Package
from builder.metadata.workflow import Approval, ApprovalNode, Approver, Transition, Workflow

SYSTEM_HEADS = frozenset({"setting", "actor", "old"})
INNER = 8
"""How deep a part may lie in a part; a check refuses circles."""


@lru_cache(maxsize=512)
def compiled(source: str) -> Expression:
    return compile_expression(source)


def definition_of(
    package: Package, entity_key: str, transition: Transition, state: str | None
) -> dict[str, Any]:
    """The JSON copy of the transition's approval: nodes, material fields, the uids of what it names.
    ``KeyError`` where the transition has none."""
    approval, workflow = transition.approval, package.workflow_of(entity_key)
    entity = package.entity(entity_key)
    if approval is None or workflow is None or entity is None:
        raise KeyError(transition.key)
    nodes = [_node_json(n, workflow, 0) for n in approval.nodes]
    watched = dict.fromkeys((*approval.material, *_approver_fields(nodes)))
    paths = (*watched, *_paths(nodes), *_named_fields(nodes))
    return {
        "uid": approval.uid,
        "label": approval.label,
        "transition": transition.uid,
        **_ways_back(workflow, transition, state),
        "nodes": nodes,
        "material": list(watched),
        "repeat": approval.repeat,
        "withdraw": approval.withdraw,
        "uids": {path: _uids(package, entity, path) for path in paths},
    }


def _transition_uid(workflow: Workflow, key: str) -> str | None:
    found = workflow.transition(key)
    return found.uid if found else None


def _ways_back(workflow: Workflow, transition: Transition, state: str | None) -> dict[str, str | None]:
    """The moves that put the document back into its submitter's hands: plain ones to the initial state. A return prefers the rejection,
    a withdrawal prefers another one; without any, both are the rejection."""
    rejects = transition.approval.rejects_by if transition.approval else ""
    back = [
        t
        for t in workflow.transitions
        if t.to == workflow.initial and state in t.from_ and t.key != transition.key and t.approval is None
    ]
    returns = next((t for t in back if t.key == rejects), back[0] if back else None)
    withdraws = next((t for t in back if t.key != rejects), returns)
    rejected = _transition_uid(workflow, rejects)
    return {
        "rejects_by": rejected,
        "returns_by": returns.uid if returns else rejected,
        "withdraws_by": withdraws.uid if withdraws else rejected,
    }


def _node_json(node: ApprovalNode, workflow: Workflow, depth: int) -> dict[str, Any]:
    body: dict[str, Any] = {"uid": node.uid, "kind": node.kind, "label": node.label}
    if node.binding:
        body["binding"] = True
    if node.kind in {"condition", "parallel"}:
        body["branches"] = [
            {
                "uid": b.uid,
                "label": b.label,
                "when": b.when,
                "nodes": [_node_json(n, workflow, depth) for n in b.nodes],
            }
            for b in node.branches
        ]
        return body
    if node.kind == "flow":
        return body | {"nodes": _part(node, workflow, depth)}
    due = {"due_hours": node.due_hours, "due_minutes": node.due_minutes, "due_days": node.due_days}
    if node.kind == "wait":
        return body | due | {"until": node.until}
    if node.kind == "auto":
        return body | {"sets": dict(node.sets), "rule": node.rule}
    return body | due | _asked(node)


def _asked(node: ApprovalNode) -> dict[str, Any]:
    return {
        "approvers": [_approver_json(a) for a in node.approvers],
        "mode": node.mode,
        "votes": node.votes,
        "percent": node.percent,
        "nobody": node.nobody,
        "self_approval": node.self_approval,
        "opinion_required": node.opinion_required,
        "signature": node.signature,
        "late": node.late,
        "late_to": [_approver_json(a) for a in node.late_to],
        "edit": list(node.edit),
        "hidden": list(node.hidden),
        "forbids": list(node.forbids),
    }


def _approver_json(one: Approver) -> dict[str, Any]:
    names = ("role", "user", "field", "head", "submitter", "levels", "unit", "choice", "entity", "person")
    return {name: getattr(one, name) for name in names} | {"filter": one.filter}


def _part(node: ApprovalNode, workflow: Workflow, depth: int) -> list[dict[str, Any]]:
    """The nodes of another approval, each called after the node that leads there: one part may be gone through twice."""
    inner = inner_of(workflow, node)
    if inner is None or depth >= INNER:
        return []
    return [_within(_node_json(n, workflow, depth + 1), node.uid) for n in inner.nodes]


def inner_of(workflow: Workflow, node: ApprovalNode) -> Approval | None:
    """The approval that a part stands for."""
    found = workflow.transition(node.flow or "")
    return found.approval if found else None


def _within(node: dict[str, Any], outer: str) -> dict[str, Any]:
    made = node | {"uid": f"{outer}/{node['uid']}"}
    if "branches" in node:
        made["branches"] = [
            b | {"uid": f"{outer}/{b['uid']}", "nodes": [_within(n, outer) for n in b["nodes"]]}
            for b in node["branches"]
        ]
    if "nodes" in node:
        made["nodes"] = [_within(n, outer) for n in node["nodes"]]
    return made


def every_node(nodes: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """All nodes of a tree, in the order in which they are drawn."""
    for node in nodes:
        yield node
        for branch in node.get("branches", ()):
            yield from every_node(branch["nodes"])
        yield from every_node(node.get("nodes", ()))


def node_of(definition: Mapping[str, Any], uid: str) -> Mapping[str, Any]:
    """The node of that uid in the copy; ``KeyError`` where it has none."""
    for node in every_node(definition["nodes"]):
        if node["uid"] == uid:
            return node
    raise KeyError(uid)


def _approver_fields(nodes: Iterable[Mapping[str, Any]]) -> list[str]:
    asked = [a for n in every_node(nodes) for a in n.get("approvers", ())]
    return [a[name] for a in asked for name in ("field", "unit") if a.get(name)]


def _named_fields(nodes: Iterable[Mapping[str, Any]]) -> list[str]:
    """Fields that nodes give values, let people change, or keep from them."""
    nodes = list(every_node(nodes))
    signed = [n["signature"] for n in nodes if n.get("signature")]
    return signed + [key for n in nodes for name in ("sets", "edit", "hidden") for key in n.get(name, ())]


def _paths(nodes: Iterable[Mapping[str, Any]]) -> list[str]:
    paths: set[str] = set()
    for node in every_node(nodes):
        sources = [b["when"] for b in node.get("branches", ())]
        for source in (*sources, node.get("until"), *node.get("sets", {}).values()):
            paths |= _paths_of(source) if source else frozenset()
    return sorted(paths)


def _paths_of(source: str) -> frozenset[str]:
    try:
        return compiled(source).paths
    except ExpressionError:
        return frozenset()


def _uids(package: Package, entity: Entity, path: str) -> list[str | None]:
    """The uid of each field along ``path``; None for a part that is no field (system names, settings)."""
    uids: list[str | None] = []
    at: Entity | None = entity
    for part in path.split("."):
        field = at.field(part) if at and path.split(".", maxsplit=1)[0] not in SYSTEM_HEADS else None
        uids.append(field.uid if field else None)
        at = package.entity(field.entity) if field and field.entity else None
    return uids


def path_now(package: Package, entity: Entity, path: str, uids: Iterable[str | None]) -> str | None:
    """``path`` as it is called in ``package`` today; None where a field of it is gone."""
    parts: list[str] = []
    at: Entity | None = entity
    for part, uid in zip(path.split("."), uids, strict=True):
        if uid is None:
            parts.append(part)
            continue
        field = at.field_by_uid(uid) if at else None
        if field is None or field.archived:
            return None
        parts.append(field.key)
        at = package.entity(field.entity) if field.entity else None
    return ".".join(parts)
