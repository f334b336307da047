"""Flow: the self-contained copy of an approval's definition, and the way a record takes through it.

A running approval stays on the copy with which it started. The copy names fields by uid beside their path, so that a
renamed field is still found; one that has vanished makes the app's owner decide instead of a guess.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any

from builder.expressions import Expression, ExpressionError, compile_expression
from builder.metadata.entity import Entity
from builder.metadata.package import Package
from builder.metadata.workflow import ApprovalNode, Transition, Workflow
from builder.record import Record, Value
from builder.workflow.subject import Subject

SYSTEM_HEADS = frozenset({"setting", "actor", "old"})


@dataclass(frozen=True, slots=True)
class Step:
    """One node on a record's way. ``rescue`` marks a condition that cannot be judged any more: the app's owner decides."""

    uid: str
    node: Mapping[str, Any]
    rescue: bool = False

    @property
    def kind(self) -> str:
        return "approver" if self.rescue else str(self.node["kind"])


@lru_cache(maxsize=512)
def _compiled(source: str) -> Expression:
    return compile_expression(source)


def definition_of(
    package: Package, entity_key: str, transition: Transition, state: str | None
) -> dict[str, Any]:
    """The JSON copy of the transition's approval: nodes, material fields, the uids of what it names.
    ``KeyError`` where the transition has none."""
    approval, workflow, entity = (
        transition.approval,
        package.workflow_of(entity_key),
        package.entity(entity_key),
    )
    if approval is None or workflow is None or entity is None:
        raise KeyError(transition.key)
    nodes = [_node_json(n) for n in approval.nodes]
    watched = dict.fromkeys((*approval.material, *_approver_fields(nodes)))
    return {
        "uid": approval.uid,
        "label": approval.label,
        "transition": transition.uid,
        **_ways_back(workflow, transition, state),
        "nodes": nodes,
        "material": list(watched),
        "uids": {path: _uids(package, entity, path) for path in (*watched, *_condition_paths(nodes))},
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


def _node_json(node: ApprovalNode) -> dict[str, Any]:
    body: dict[str, Any] = {"uid": node.uid, "kind": node.kind, "label": node.label}
    if node.kind == "condition":
        body["branches"] = [
            {"uid": b.uid, "label": b.label, "when": b.when, "nodes": [_node_json(n) for n in b.nodes]}
            for b in node.branches
        ]
        return body
    body["approvers"] = [
        {"role": a.role, "user": a.user, "field": a.field, "head": a.head, "submitter": a.submitter}
        for a in node.approvers
    ]
    return body | {
        "mode": node.mode,
        "nobody": node.nobody,
        "self_approval": node.self_approval,
        "opinion_required": node.opinion_required,
        "due_hours": node.due_hours,
    }


def every_node(nodes: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """All nodes of a tree, in the order in which they are drawn."""
    for node in nodes:
        yield node
        for branch in node.get("branches", ()):
            yield from every_node(branch["nodes"])


def node_of(definition: Mapping[str, Any], uid: str) -> Mapping[str, Any]:
    """The node of that uid in the copy; ``KeyError`` where it has none."""
    for node in every_node(definition["nodes"]):
        if node["uid"] == uid:
            return node
    raise KeyError(uid)


def _approver_fields(nodes: Iterable[Mapping[str, Any]]) -> list[str]:
    return [a["field"] for n in every_node(nodes) for a in n.get("approvers", ()) if a["field"]]


def _condition_paths(nodes: Iterable[Mapping[str, Any]]) -> list[str]:
    paths: set[str] = set()
    for node in every_node(nodes):
        for branch in node.get("branches", ()):
            if branch["when"]:
                paths |= _paths_of(branch["when"])
    return sorted(paths)


def _paths_of(source: str) -> frozenset[str]:
    try:
        return _compiled(source).paths
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


def route(definition: Mapping[str, Any], subject: Subject) -> tuple[Step, ...]:
    """The approver and cc nodes that this record passes, in order: the first branch whose condition holds, else the else."""
    return tuple(_walk(definition["nodes"], definition, subject))


def _walk(
    nodes: Iterable[Mapping[str, Any]], definition: Mapping[str, Any], subject: Subject
) -> Iterator[Step]:
    for node in nodes:
        if node["kind"] != "condition":
            yield Step(node["uid"], node)
            continue
        try:
            taken = next((b for b in node["branches"] if _holds(b["when"], definition, subject)), None)
        except ExpressionError:
            yield Step(node["uid"], node, rescue=True)
            continue
        if taken is not None:
            yield from _walk(taken["nodes"], definition, subject)


def _holds(source: str | None, definition: Mapping[str, Any], subject: Subject) -> bool:
    if not source:
        return True
    expression = _compiled(source)
    names = {path: current(definition, subject, path) for path in expression.paths}
    gone = [path for path, now in names.items() if now is None]
    if gone:
        raise ExpressionError("EXPRESSION_NAME", name=gone[0])
    found = subject.values([now for now in names.values() if now is not None])
    values = {path: found.get(now) for path, now in names.items() if now is not None}
    return bool(expression.evaluate(values, subject.env))


def current(definition: Mapping[str, Any], subject: Subject, path: str) -> str | None:
    """What the copy calls ``path``, as the record's package calls it now; None: gone."""
    uids = definition["uids"].get(path)
    entity = subject.package.entity(subject.record.entity)
    if uids is None or entity is None:
        return path
    return path_now(subject.package, entity, path, uids)


def content_hash(record: Record, material: Iterable[str]) -> str:
    """What the material fields say, as a digest. A lines field stands for all values of its lines, ``lines.price`` for one of them;
    without material fields the whole record counts. Equal amounts written differently are equal."""
    return _digest(record, {name: name for name in material})


def _digest(record: Record, names: Mapping[str, str]) -> str:
    """``names``: how a field is called in the digest → its key now, so that renaming changes nothing."""
    names = names or {name: name for name in (*record.values, *record.lines)}
    told = [(called, _content(record, names[called])) for called in sorted(names)]
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _content(record: Record, name: str) -> Any:
    head, _, rest = name.partition(".")
    if head in record.lines:
        lines = record.lines[head]
        if rest:
            return [_plain(line.get(rest)) for line in lines]
        return [{k: _plain(v) for k, v in line.values.items() if v is not None} for line in lines]
    return _plain(record.get(head))


def _plain(value: Value) -> Any:
    if isinstance(value, Decimal):
        return format(value.normalize() + 0, "f")
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    return value


def hash_now(definition: Mapping[str, Any], subject: Subject) -> str:
    """The content hash of the record under the copy's material fields, by their uids."""
    names = {name: current(definition, subject, name) for name in definition["material"]}
    return _digest(subject.record, {called: now for called, now in names.items() if now is not None})
