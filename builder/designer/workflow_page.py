"""Workflow page: what the map of moves and approvals shows. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from builder.designer.edits import flows, forms
from builder.designer.pickers import Choice
from builder.designer.room import Opened
from builder.designer.sentences.explain import Explainer, condition_words
from builder.metadata.frames import Frame
from builder.metadata.kinds import NodeName
from builder.metadata.places import Parts
from builder.web.formats import format_number


def workflow(opened: Opened, name: NodeName, at: Parts) -> dict[str, Any]:
    body = opened.draft.nodes[name]
    entity_key = str(body.get("entity", ""))
    package = opened.judged.package
    numbers = [
        Choice(str(f["key"]), opened.words.text(f.get("label"), str(f["key"])))
        for f in forms.fields_of(opened.draft.nodes, entity_key)
        if f.get("type") in {"money", "quantity", "decimal", "integer", "percent"}
    ]
    roles = [
        Choice(str(r["key"]), opened.words.text(r.get("label")))
        for r in opened.draft.nodes.get(("roles", "roles"), {}).get("roles", ())
    ]
    explainer = Explainer(package, Frame(self_=entity_key), opened.words) if package else None
    return {
        "states": {str(s["key"]): s for s in body.get("states", ())},
        "numbers": numbers,
        "roles": roles,
        "role_labels": {r.value: r.label for r in roles},
        "said": (lambda source: condition_words(explainer, source)) if explainer else str,
        "path_said": explainer.path if explainer else str,
        "transitions": [
            Choice(str(t["key"]), opened.words.text(t.get("label"))) for t in body["transitions"]
        ],
        "threshold_of": flows.threshold_of,
        "settings": _money_settings(opened),
        "setting_value": lambda key: format_number(Decimal(_setting_value(opened, key) or 0), 2),
        "setting_at": lambda key: _setting_at(opened, key),
        "transition_at": at[:2] if at[:1] == ("transitions",) else (),
    }


def _money_settings(opened: Opened) -> list[Choice]:
    settings = opened.draft.nodes.get(("app", "app"), {}).get("settings", ())
    return [
        Choice(f"setting.{s['key']}", opened.words.text(s.get("label"), s["key"]))
        for s in settings
        if s.get("type") in {"money", "decimal", "integer", "quantity"}
    ]


def _setting_value(opened: Opened, source: str) -> str:
    key = source.removeprefix("setting.")
    settings = opened.draft.nodes.get(("app", "app"), {}).get("settings", ())
    return next((str(s.get("default") or "") for s in settings if s.get("key") == key), "")


def _setting_at(opened: Opened, source: str) -> str:
    """Where the setting stands in ``app.json``."""
    settings = opened.draft.nodes.get(("app", "app"), {}).get("settings", ())
    keys = [s.get("key") for s in settings]
    key = source.removeprefix("setting.")
    return f"/settings/{keys.index(key)}" if key in keys else ""
