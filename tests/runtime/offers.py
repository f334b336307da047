"""Offers: documents with lines, an approval, a print and a bank that sends messages: what rules are tried on."""

from __future__ import annotations

from typing import Any

from tests.runtime import shop as made
from tests.runtime.shop import Nodes, shop_nodes

TEMPLATE = "<h1>{{ record.code }}</h1><p>{{ record.total }}</p>"


def _rule(key: str, when: dict[str, Any], *then: dict[str, Any], **more: Any) -> dict[str, Any]:
    actions = [{"uid": f"rule.{key}.{i}", **action} for i, action in enumerate(then)]
    return {"uid": f"rule.{key}", "key": key, "label": key, "when": when, "then": actions, **more}


def _button(key: str, *then: dict[str, Any], **more: Any) -> dict[str, Any]:
    return _rule(key, {"kind": "button", "entity": "offer", "label": key}, *then, **more)


def _lines(kind: str, *fields: str) -> dict[str, Any]:
    return {"kind": kind, "entity": "offer_line", **({"fields": list(fields)} if fields else {})}


def _note(text: str, uid: str = "note") -> dict[str, Any]:
    return {"uid": f"n.{uid}", "kind": "create", "entity": "note", "values": {"text": text}}


def _rules() -> list[dict[str, Any]]:
    halved = {"uid": "n.halved", "kind": "update", "values": {"price": "price / 2", "what": "outer.code"}}
    walk = {"kind": "each", "each": "lines", "then": [halved]}
    dear = {
        "kind": "branch",
        "if": "total > 100",
        "then": [{"uid": "n.walk", **walk}],
        "else": [_note("'cheap'", "cheap")],
    }
    paid = {"field": "code", "op": "=", "value": {"payload": "offer.code"}}
    heard = {"kind": "webhook", "connector": "bank", "entity": "offer", "filter": paid}
    kept = {"kind": "refuse", "message": "No"}
    return [
        _rule("least", _lines("line_added"), {"kind": "set", "values": {"quantity": "MAX(quantity, 1)"}}, timing="before"),
        _rule("kept", _lines("line_removed"), kept, timing="before", **{"if": "what == 'keep'"}),
        _rule("came", _lines("line_added"), _note("CONCAT('+', what, parent.code)", "came")),
        _rule("changed", _lines("line_changed", "quantity"), _note("CONCAT('~', what)", "changed")),
        _rule("later", _lines("line_added"), _note("CONCAT('later ', what)", "later"), timing="later"),
        _button("halve", dear),
        _button("ask", {"kind": "start_approval", "transition": "approve"}),
        _button("print", {"kind": "print", "print": "sheet"}, {"kind": "print", "print": "sheet", "at": "papers"}, timing="later"),
        _rule("paid", heard, {"kind": "update", "values": {"remark": "payload.text", "sum": "payload.sum"}}, timing="later"),
    ]  # fmt: skip


def _offer() -> list[dict[str, Any]]:
    field = made._field
    header = [
        field("offer", "code", "text", required=True),
        field("offer", "remark", "text"),
        field("offer", "sum", "money"),
        field("offer", "total", "money", formula="SUM(lines.amount)"),
        field("offer", "papers", "file", max_count=2),
        field("offer", "lines", "lines", entity="offer_line"),
    ]
    line = [
        field("offer_line", "what", "text"),
        field("offer_line", "quantity", "quantity", scale=2),
        field("offer_line", "price", "money"),
        field("offer_line", "amount", "money", formula="quantity * price"),
    ]
    common = {"label": "Offer", "title": "code"}
    return [
        {"uid": "offer", "key": "offer", "kind": "document", "attachments": True, "fields": header, **common},
        {"uid": "offer_line", "key": "offer_line", "kind": "lines", "parent": "offer", "label": "Line", "fields": line},
        {"uid": "note", "key": "note", "kind": "master", "label": "Note", "title": "text", "fields": [field("note", "text", "text")]},
    ]  # fmt: skip


def _flow() -> dict[str, Any]:
    node = {
        "uid": "w.a.boss",
        "kind": "approver",
        "label": "Boss",
        "approvers": [{"role": "boss"}],
        "nobody": "refuse",
    }
    approval = {"uid": "w.a", "when": "remark == 'ask'", "rejects_by": "reject", "nodes": [node]}
    flow = made._workflow("offer")
    approve = {**flow["transitions"][0], "approval": approval}
    reject = made._transition("offer", "reject", ["draft"], "lost")
    states = [*flow["states"], made._state("offer", "lost", final=True)]
    return {**flow, "states": states, "transitions": [approve, *flow["transitions"][1:], reject]}


def reaching() -> Nodes:
    """The offers with rules of every reach."""
    nodes = offers()
    for rule in _rules():
        nodes["rule", rule["key"]] = rule
    return nodes


def offers() -> dict[Any, Any]:
    """The offers without any rule."""
    nodes: dict[Any, Any] = shop_nodes()
    for entity in _offer():
        nodes["entity", entity["key"]] = entity
    nodes["workflow", "offer"] = _flow()
    nodes["print", "sheet"] = {
        "uid": "print.sheet",
        "key": "sheet",
        "entity": "offer",
        "label": "Sheet",
        "template": TEMPLATE,
    }
    nodes["connector", "bank"] = {
        "uid": "c.bank",
        "key": "bank",
        "label": "Bank",
        "kind": "webhook",
        "secrets": ["signing"],
    }
    return nodes
