"""Approvals: the steps of an approval and the people at them, made and changed by picking. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from builder.designer.edits.change import (
    Changes,
    body_of,
    inserted,
    pointer_of,
    value_at,
    with_value,
)
from builder.designer.edits.definitions import without_uids
from builder.errors import InvalidError, Problem
from builder.metadata.kinds import NodeName, Nodes, place
from builder.metadata.places import Parts

ACTIONS = ("reject", "return", "transfer", "add_signer", "cc", "comment")
"""What may be kept from people at a step. To agree is always possible."""
SOURCES = ("role", "user", "head", "levels", "unit_role", "field", "choice", "submitter", "query")
"""Where a step finds its people."""
WORDS: Mapping[str, tuple[str, str]] = {
    "approver": ("审批", "Approval"),
    "cc": ("抄送", "For information"),
    "condition": ("条件分支", "Cases"),
    "parallel": ("同时进行", "At the same time"),
    "auto": ("自动步骤", "Automatic step"),
    "wait": ("等待", "Wait"),
    "flow": ("子流程", "Part"),
}
USER_FIELDS = frozenset({"user", "created_by", "updated_by"})


def insert_node(
    nodes: Nodes, name: NodeName, parts: Parts, index: int | None, *, kind: str
) -> tuple[Changes, str]:
    """The list of steps at ``parts`` with one more of that kind before ``index``; and where it is."""
    body = body_of(nodes, name)
    if kind not in WORDS:
        raise InvalidError(problems=[Problem("E013", place(name, *parts), {"value": kind})])
    made = {"kind": kind, "label": _words(*WORDS[kind]), **_start(body, kind, parts)}
    at = len(value_at(body, parts, ())) if index is None else index
    return {name: inserted(body, parts, at, made)}, pointer_of((*parts, at))


def _words(chinese: str, english: str) -> dict[str, str]:
    return {"zh-CN": chinese, "en": english}


def _start(body: Mapping[str, Any], kind: str, parts: Parts) -> dict[str, Any]:
    """What a new step needs to work at once, as far as that can be guessed."""
    head = {"kind": "approver", "label": _words("主管审批", "Head"), "approvers": [{"head": 0}]}
    if kind in {"approver", "cc"}:
        return {"approvers": [{"head": 0}]}
    if kind == "condition":
        first = {"label": _words("条件一", "First case"), "when": "True", "nodes": []}
        return {"branches": [first, {"label": _words("其他情况", "Otherwise"), "nodes": []}]}
    if kind == "parallel":
        ways = (("一路", "One way"), ("另一路", "Other way"))
        return {"branches": [{"label": _words(*way), "nodes": [head]} for way in ways]}
    if kind == "wait":
        return {"due_hours": 24}
    if kind == "flow":
        others = [t["key"] for i, t in enumerate(body["transitions"]) if t.get("approval") and i != parts[1]]
        return {"flow": others[0]} if others else {}
    return {}


def add_branch(nodes: Nodes, name: NodeName, parts: Parts) -> tuple[Changes, str]:
    """The step at ``parts`` with one more branch: the last of a parallel step, before the else of a condition; and where it is."""
    body = body_of(nodes, name)
    step = value_at(body, parts)
    known = list(step.get("branches", ()))
    number = len(known) + (step.get("kind") == "parallel")
    made: dict[str, Any] = {"label": _words(f"分支{number}", f"Branch {number}"), "nodes": []}
    at = len(known)
    if step.get("kind") == "condition":
        made["when"] = "True"
        at -= bool(known) and not known[-1].get("when")
    return {name: inserted(body, (*parts, "branches"), at, made)}, pointer_of((*parts, "branches", at))


def copy_node(nodes: Nodes, name: NodeName, parts: Parts) -> tuple[Changes, str]:
    """The step (or branch) at ``parts`` once more, right behind it; and where the copy is."""
    body = body_of(nodes, name)
    index = parts[-1]
    if not isinstance(index, int):
        raise InvalidError(problems=[Problem("E012", place(name, *parts), {"expected": "array"})])
    made = without_uids(value_at(body, parts))
    return {name: inserted(body, parts[:-1], index + 1, made)}, pointer_of((*parts[:-1], index + 1))


def add_approver(
    nodes: Nodes, name: NodeName, parts: Parts, source: str, people: Iterable[str] = ()
) -> Changes:
    """The list of people at ``parts`` with one more from that source."""
    body = body_of(nodes, name)
    return {name: inserted(body, parts, None, approver_from(nodes, body, source, people))}


def set_source(
    nodes: Nodes, name: NodeName, parts: Parts, source: str, people: Iterable[str] = ()
) -> Changes:
    """The people at ``parts`` from another source."""
    body = body_of(nodes, name)
    value_at(body, parts)
    return {name: with_value(body, parts, approver_from(nodes, body, source, people))}


def approver_from(
    nodes: Nodes, body: Mapping[str, Any], source: str, people: Iterable[str] = ()
) -> dict[str, Any]:
    """The least that an approver of that source says; ``people`` are the logins that there are."""
    entity = str(body.get("entity", ""))
    roles = [str(r["key"]) for r in nodes.get(("roles", "roles"), {}).get("roles", ())]
    role = roles[0] if roles else ""
    made: dict[str, dict[str, Any]] = {
        "role": {"role": role},
        "user": {"user": next(iter(people), "")},
        "head": {"head": 0},
        "levels": {"levels": 0},
        "unit_role": {"role": role, "unit": _first(nodes, entity, frozenset({"org_unit"}))},
        "field": {"field": _first(nodes, entity, USER_FIELDS)},
        "choice": {"choice": True},
        "submitter": {"submitter": True},
        "query": _query(nodes, entity),
    }
    if source not in made:
        raise InvalidError(problems=[Problem("E013", "/source", {"value": source})])
    return made[source]


def _query(nodes: Nodes, besides: str) -> dict[str, Any]:
    """The first entity that knows people, if possible another one."""
    known = [(key, _first(nodes, key, USER_FIELDS)) for (kind, key) in nodes if kind == "entity"]
    found = [(key, person) for key, person in known if person]
    entity, person = next((pair for pair in found if pair[0] != besides), found[0] if found else ("", ""))
    return {"entity": entity, "person": person}


def _first(nodes: Nodes, entity: str, types: frozenset[str]) -> str:
    fields = nodes.get(("entity", entity), {}).get("fields", ())
    return next((str(f["key"]) for f in fields if f.get("type") in types and not f.get("archived")), "")


def source_of(approver: Mapping[str, Any]) -> str:
    """Where an approver comes from."""
    if approver.get("choice"):
        return "choice"
    if approver.get("entity") is not None:
        return "query"
    if approver.get("role") is not None:
        return "unit_role" if approver.get("unit") is not None else "role"
    return next(
        (s for s in ("user", "field", "submitter", "levels", "head") if approver.get(s) is not None), "head"
    )


def set_allowed(nodes: Nodes, name: NodeName, parts: Parts, allowed: Iterable[str]) -> Changes:
    """The step at ``parts`` where only these actions are possible, besides agreeing."""
    body = body_of(nodes, name)
    kept = set(allowed)
    step = {k: v for k, v in value_at(body, parts).items() if k != "forbids"}
    forbids = [action for action in ACTIONS if action not in kept]
    return {name: with_value(body, parts, {**step, "forbids": forbids} if forbids else step)}
