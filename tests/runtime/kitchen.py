"""A kitchen that plans what it makes and buys: an app whose computations tests run. Nothing of it is a document with stock."""

from __future__ import annotations

from typing import Any

from tests.runtime import shop
from tests.runtime.shop import Nodes

field, ref = shop._field, shop._ref


def kitchen_nodes(**computations: Any) -> Nodes:
    """``computations``: further ones, by key."""
    nodes: Nodes = {
        ("app", "app"): {"uid": "kitchen.app", "key": "kitchen", "label": "Kitchen", "version": "1.0.0"},
        ("entity", "dish"): _master("dish", *_dish()),
        ("entity", "cook"): _master("cook"),
        ("entity", "part"): _master(
            "part", ref("part", "dish"), field("part", "uses", "reference", entity="dish"),
            field("part", "per", "decimal", scale=6), field("part", "loss", "percent"),
        ),
        ("entity", "wish"): _master("wish", ref("wish", "dish"), field("wish", "count", "decimal", scale=3), field("wish", "day", "date")),
        ("entity", "shelf"): _master("shelf", ref("shelf", "dish"), field("shelf", "count", "decimal", scale=3), field("shelf", "day", "date")),
        ("entity", "task"): _master(
            "task", ref("task", "dish"), field("task", "count", "decimal", scale=3),
            field("task", "day", "date"), field("task", "start", "date"), field("task", "done", "boolean"),
        ),
        ("entity", "list"): _master("list", ref("list", "cook"), field("list", "lines", "lines", entity="list_line")),
        ("entity", "list_line"): {
            "uid": "list_line", "key": "list_line", "kind": "lines", "parent": "list", "label": "Lines", "title": "dish",
            "fields": [ref("list_line", "dish"), field("list_line", "count", "decimal", scale=3)],
        },
        ("entity", "worth"): _master("worth", ref("worth", "dish"), field("worth", "value", "money")),
        ("report", "wishes"): _report("wishes", "wish", "dish", "count", "day"),
        ("report", "shelves"): _report("shelves", "shelf", "dish", "count", "day"),
        ("report", "dishes"): _report("dishes", "dish", "id", "lead", "pack", "cook", "price", "work"),
        ("report", "parts"): _report("parts", "part", "dish", "uses", "per", "loss"),
        ("report", "due"): _due(),
        ("computation", "plan"): PLAN,
        ("computation", "lists"): LISTS,
        ("computation", "worths"): WORTHS,
        ("roles", "roles"): {"roles": [_cook_role(), _guest_role()]},
    }  # fmt: skip
    return {**nodes, **{("computation", key): body for key, body in computations.items()}}


def _master(key: str, *fields: dict[str, Any]) -> dict[str, Any]:
    name = field(key, "name", "text")
    return {
        "uid": key,
        "key": key,
        "kind": "master",
        "label": key.title(),
        "title": "name",
        "fields": [name, *fields],
    }


def _dish() -> list[dict[str, Any]]:
    return [
        field("dish", "lead", "integer"),
        field("dish", "pack", "decimal", scale=3),
        ref("dish", "cook"),
        field("dish", "price", "money"),
        field("dish", "work", "money"),
    ]


def _report(key: str, entity: str, *fields: str) -> dict[str, Any]:
    columns = [{"uid": f"report.{key}.{name}", "field": name} for name in fields]
    return {
        "uid": f"report.{key}",
        "key": key,
        "label": key.title(),
        "entity": entity,
        "columns": columns,
        "limit": 1000,
    }


def _due() -> dict[str, Any]:
    """What every cook has to make until a day that is asked for."""
    return {
        "uid": "report.due",
        "key": "due",
        "label": "Due",
        "entity": "wish",
        "columns": [
            {"uid": "report.due.cook", "field": "dish.cook", "group": True},
            {"uid": "report.due.dish", "field": "dish", "group": True},
            {"uid": "report.due.count", "field": "count", "op": "sum"},
        ],
        "filter": {"field": "day", "op": "<=", "value": {"parameter": "until"}},
        "parameters": [{"uid": "report.due.until", "key": "until", "label": "Until", "type": "date"}],
    }


PLAN: dict[str, Any] = {
    "uid": "computation.plan",
    "key": "plan",
    "label": "Plan",
    "entity": "task",
    "map": {"dish": "node", "count": "quantity", "day": "day", "start": "start"},
    "match": ["dish", "day"],
    "open": {"field": "done", "op": "!=", "value": True},
    "stale": "delete",
    "needs": {
        "demand": {"report": "wishes", "node": "dish", "quantity": "count", "day": "day"},
        "supply": {"report": "shelves", "node": "dish", "quantity": "count", "day": "day"},
        "policy": {"report": "dishes", "node": "id", "lead": "lead", "multiple": "pack"},
        "structure": {"report": "parts", "parent": "dish", "child": "uses", "per": "per / (1 - loss / 100)"},
    },
}
LISTS: dict[str, Any] = {
    "uid": "computation.lists",
    "key": "lists",
    "label": "Shopping lists",
    "report": "due",
    "entity": "list",
    "when": "count >= 1",
    "map": {"cook": "dish.cook"},
    "match": ["cook"],
    "lines": {"field": "lines", "map": {"dish": "dish", "count": "count"}, "match": ["dish"]},
}
WORTHS: dict[str, Any] = {
    "uid": "computation.worths",
    "key": "worths",
    "label": "What dishes cost",
    "entity": "worth",
    "map": {"dish": "node", "value": "value"},
    "match": ["dish"],
    "rollup": {
        "structure": {"report": "parts", "parent": "dish", "child": "uses", "per": "per / (1 - loss / 100)"},
        "price": {"report": "dishes", "node": "id", "value": "price"},
        "added": {"report": "dishes", "node": "id", "value": "work"},
    },
}


def _cook_role() -> dict[str, Any]:
    grants = [
        {"uid": f"cook.{e}", "entity": e, "may": ["read", "create", "update", "delete"]}
        for e in ("dish", "cook", "part", "wish", "shelf", "task", "list", "worth")
    ]
    reports = ["wishes", "shelves", "dishes", "parts", "due"]
    return {"uid": "role.cook", "key": "cook", "label": "Cook", "grants": grants, "reports": reports}


def _guest_role() -> dict[str, Any]:
    grant = {"uid": "guest.task", "entity": "task", "may": ["read", "create", "update"]}
    return {"uid": "role.guest", "key": "guest", "label": "Guest", "grants": [grant], "reports": ["wishes"]}
