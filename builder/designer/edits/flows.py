"""Flows: states, transitions and approvals of a workflow. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from builder.designer.edits.change import (
    Changes,
    body_of,
    inserted,
    pointer_of,
    value_at,
    with_value,
    without,
)
from builder.designer.edits.keys import key_from
from builder.errors import InvalidError, Problem
from builder.metadata.kinds import NodeName, Nodes, place
from builder.metadata.places import Parts
from builder.metadata.text import Text, in_locale

AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?")
THRESHOLD = re.compile(r"([a-z_][a-z0-9_.]*) (>=|>) ([0-9]+(?:\.[0-9]+)?|setting\.[a-z_][a-z0-9_]*)")
STOPS = frozenset({"reject", "return", "refuse"})


def _need(label: Text) -> None:
    if not in_locale(label, "zh-CN"):
        raise InvalidError(
            problems=[Problem("REQUIRED", "/label", {"field": {"zh-CN": "名称", "en": "Name"}})]
        )


def add_state(nodes: Nodes, name: NodeName, label: Text) -> tuple[Changes, str]:
    """The workflow with one more state; and where it is."""
    _need(label)
    body = body_of(nodes, name)
    keys = [s["key"] for s in body["states"]]
    state = {"key": key_from(label, "state", keys), "label": label, "color": "blue"}
    return {name: inserted(body, ("states",), None, state)}, pointer_of(("states", len(keys)))


def add_transition(
    nodes: Nodes, name: NodeName, label: Text, *, source: str, target: str
) -> tuple[Changes, str]:
    """The workflow with one more transition; and where it is."""
    _need(label)
    body = body_of(nodes, name)
    states = {s["key"] for s in body["states"]}
    missing = [s for s in (source, target) if s not in states]
    if missing:
        raise InvalidError(
            problems=[Problem("E101", place(name, "transitions"), {"name": s}) for s in missing]
        )
    keys = [t["key"] for t in body["transitions"]]
    made = {"key": key_from(label, "step", keys), "label": label, "from": [source], "to": target}
    return {name: inserted(body, ("transitions",), None, made)}, pointer_of(("transitions", len(keys)))


def add_approval(
    nodes: Nodes, name: NodeName, parts: Parts, *, role: str, field: str = "", amount: str = ""
) -> tuple[Changes, str]:
    """The transition at ``parts`` with an approval by a role, from an amount on where one is given; and where its step is.

    A rejection sends the record back: by the transition that does so, or by one that is made for it."""
    body: Any = body_of(nodes, name)
    transition = value_at(body, parts)
    back = _way_back(body, transition)
    if back is None:
        body, back = _with_way_back(body, transition)
    step = {"kind": "approver", "label": _role_label(nodes, role), "approvers": [{"role": role}]}
    label = {
        "zh-CN": f"{in_locale(transition['label'], 'zh-CN')}审批",
        "en": f"Approval of {in_locale(transition['label'], 'en').lower()}",
    }
    approval: dict[str, Any] = {"label": label, "nodes": [step], "rejects_by": back}
    if field and amount:
        approval["when"] = threshold(name, field, amount)
        approval["material"] = [field.partition(".")[0]]
    changed = with_value(body, (*parts, "approval"), approval)
    return {name: changed}, pointer_of((*parts, "approval", "nodes", 0))


def _way_back(body: Mapping[str, Any], transition: Mapping[str, Any]) -> str | None:
    """The transition that undoes a submission: from where approval waits to an editable state."""
    editable = {s["key"] for s in body["states"] if s.get("editable")}
    waiting = set(transition["from"])
    ways = [
        t["key"]
        for t in body["transitions"]
        if t["to"] in editable and waiting & set(t["from"]) and t["key"] != transition["key"]
    ]
    return next((w for w in ways if w in STOPS), next(iter(ways), None))


def _with_way_back(body: Mapping[str, Any], transition: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    keys = [t["key"] for t in body["transitions"]]
    key = key_from({"en": "reject"}, "reject", keys)
    made = {
        "key": key,
        "label": {"zh-CN": "驳回", "en": "Reject"},
        "from": list(transition["from"]),
        "to": body["initial"],
        "opinion": True,
        "style": "danger",
    }
    return inserted(body, ("transitions",), None, made), key


def _role_label(nodes: Nodes, role: str) -> Text:
    found = nodes.get(("roles", "roles"), {}).get("roles", ())
    label: Text = next((r["label"] for r in found if r["key"] == role), "")
    if not label:
        raise InvalidError(
            problems=[Problem("REQUIRED", "/role", {"field": {"zh-CN": "审批角色", "en": "Role"}})]
        )
    return label


def threshold(name: NodeName, field: str, amount: str) -> str:
    """From an amount on: ``total >= 50000``. The amount may be a setting."""
    amount = amount.replace(",", "").strip()
    if not AMOUNT.fullmatch(amount) and not amount.startswith("setting."):
        raise InvalidError(
            problems=[Problem("VALUE_TYPE", place(name), {"field": field, "expected": "decimal"})]
        )
    return f"{field} >= {amount}"


def threshold_of(source: str | None) -> tuple[str, str] | None:
    """Field and amount of a threshold; None where the condition is another."""
    found = THRESHOLD.fullmatch((source or "").strip())
    return (found[1], found[3]) if found else None


def set_threshold(nodes: Nodes, name: NodeName, parts: Parts, field: str, amount: str) -> Changes:
    """The approval at ``parts`` from another amount on, which may be a setting; without an amount it is always asked for. A setting
    that becomes a fixed amount starts with the setting's value."""
    body = body_of(nodes, name)
    known = threshold_of(value_at(body, (*parts, "when"), None))
    if not amount.strip() and known and known[1].startswith("setting."):
        amount = _value_of(nodes, known[1])
    elif not amount.strip():
        return {name: without(body, (*parts, "when"))}
    return {name: with_value(body, (*parts, "when"), threshold(name, field, amount))}


def _value_of(nodes: Nodes, source: str) -> str:
    """What the setting is now: the amount to start from when it becomes a fixed one."""
    settings = nodes.get(("app", "app"), {}).get("settings", ())
    key = source.removeprefix("setting.")
    return next((str(s["default"]) for s in settings if s["key"] == key and s.get("default")), "0")
