"""Visits in rooms: a package whose list can be seen along days, on the days of a month, and as cards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Nodes = dict[tuple[str, str], Mapping[str, Any]]


def _field(of: str, key: str, type: str, **more: Any) -> dict[str, Any]:
    return {"uid": f"{of}.{key}", "key": key, "type": type, "label": key.title(), **more}


def layout(key: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"uid": f"view.visits.layout.{key}", "key": key, "kind": kind, **more}


def visits_view(**more: Any) -> dict[str, Any]:
    days = {"from": "day", "to": "until"}
    columns = [{"uid": f"view.visits.c.{c}", "field": c} for c in ("name", "room", "day", "kind")]
    layouts = [
        layout("rooms", "gantt", **days, by="room", progress="share", color_by="kind", due="wanted"),
        layout("plain", "gantt", **days, label="One by one", title="room"),
        layout("kinds", "gantt", **days, by="kind"),
        layout("month", "calendar", **{"from": "day"}, to="until"),
        layout("calls", "calendar", **{"from": "called"}),
        layout("cards", "board", by="kind"),
        layout("states", "board", by="state"),
    ]
    own = {"uid": "view.visits", "key": "visits", "entity": "visit", "label": "Visits"}
    return {**own, "columns": columns, "layouts": layouts, **more}


def visit_nodes(**view: Any) -> Nodes:
    """Its definitions, by kind and key."""
    options = [
        {"uid": f"visit.kind.{key}", "key": key, "label": key.title(), "color": colour}
        for key, colour in (("talk", "green"), ("repair", "amber"))
    ]
    fields = [
        _field("visit", "name", "text", required=True, searchable=True),
        _field("visit", "room", "reference", entity="room"),
        _field("visit", "day", "date", indexed=True),
        _field("visit", "until", "date"),
        _field("visit", "called", "datetime"),
        _field("visit", "wanted", "date"),
        _field("visit", "share", "percent"),
        _field("visit", "kind", "choice", options=options),
    ]
    visit = {
        "uid": "visit",
        "key": "visit",
        "kind": "document",
        "label": "Visit",
        "title": "name",
        "fields": fields,
    }
    room = {
        "uid": "room", "key": "room", "kind": "master", "label": "Room", "title": "name",
        "fields": [_field("room", "name", "text", required=True)],
    }  # fmt: skip
    states = [
        {"uid": "w.visit.open", "key": "open", "label": "Open", "color": "blue", "editable": True},
        {"uid": "w.visit.held", "key": "held", "label": "Held", "color": "teal", "final": True},
    ]
    hold = {"uid": "w.visit.hold", "key": "hold", "label": "Hold", "from": ["open"], "to": "held"}
    workflow = {
        "uid": "w.visit", "key": "visit", "label": "Visit", "entity": "visit", "initial": "open", "states": states,
        "transitions": [hold],
    }  # fmt: skip
    return {
        ("app", "app"): {"uid": "visits.app", "key": "visits", "label": "Visits", "version": "1.0.0"},
        ("entity", "visit"): visit,
        ("entity", "room"): room,
        ("workflow", "visit"): workflow,
        ("view", "visits"): visits_view(**view),
        ("roles", "roles"): {"roles": [_role("all"), _role("blind", hidden=["until"]), _role("plain", hidden=["share", "kind"]), _own()]},
    }  # fmt: skip


def _role(key: str, **visit: Any) -> dict[str, Any]:
    grants = [
        {"uid": f"role.{key}.visit", "entity": "visit", "may": ["read", "create", "update"], **visit},
        {"uid": f"role.{key}.room", "entity": "room", "may": ["read"]},
    ]
    return {"uid": f"role.{key}", "key": key, "label": key.title(), "grants": grants}


def _own() -> dict[str, Any]:
    return _role("own", scope={"field": "owner", "op": "=", "value": {"actor": "id"}})
