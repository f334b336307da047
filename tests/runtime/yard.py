"""The shop with a yard: goods leave it on slips that a boss approves, orders are converted by a button's rule."""

from __future__ import annotations

from typing import Any

from tests.runtime import shop
from tests.runtime.shop import Nodes


def yard_nodes() -> Nodes:
    """The shop's definitions, and more; approved orders are not delivered by themselves."""
    nodes = shop.shop_nodes()
    nodes["rule", "deliver"] = {**nodes["rule", "deliver"], "enabled": False}
    nodes["rule", "press"] = _press()
    slip = shop._document("slip", "slip_line", [shop._moved("slip", "-quantity")])
    number, *others = slip["fields"]
    nodes["entity", "slip"] = {**slip, "fields": [{**number, "unique": True}, *others]}
    nodes["entity", "slip_line"] = shop._lines("slip_line", "slip")
    nodes["workflow", "slip"] = _slip_workflow()
    return nodes


def _press() -> dict[str, Any]:
    """A rule with a button of its own."""
    return {
        "uid": "rule.press",
        "key": "press",
        "label": "Deliver now",
        "when": {"kind": "button", "entity": "order", "label": "Deliver now"},
        "timing": "now",
        "then": [{"uid": "rule.press.convert", "kind": "convert", "conversion": "deliver"}],
    }


def _slip_workflow() -> dict[str, Any]:
    """Like the order's, but every slip waits for a boss, and what was approved has left the yard."""
    workflow = shop._workflow("slip")
    approval = {
        "uid": "workflow.slip.approval",
        "rejects_by": "reject",
        "nodes": [
            {
                "uid": "workflow.slip.approval.boss",
                "kind": "approver",
                "label": "Boss",
                "approvers": [{"role": "boss"}],
                "mode": "any",
                "nobody": "refuse",
            }
        ],
    }
    states = [*workflow["states"], shop._state("slip", "submitted")]
    transitions = [
        shop._transition("slip", "submit", ["draft"], "submitted", default=True),
        shop._transition("slip", "approve", ["submitted"], "approved", approval=approval),
        shop._transition("slip", "reject", ["submitted"], "draft"),
    ]
    return {**workflow, "states": states, "transitions": transitions}
