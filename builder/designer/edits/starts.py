"""Starts: what a new entity begins with, so that it can be used at once: fields, form, list, workflow. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from builder.metadata.text import Text, in_locale

Body = Mapping[str, Any]


def _words(zh: str, en: str) -> Text:
    return {"zh-CN": zh, "en": en}


def first_fields(kind: str, key: str) -> list[Body]:
    """The fields that every entity of that kind starts with."""
    if kind == "document":
        return [
            {
                "key": "number",
                "type": "auto_number",
                "label": _words("单据编号", "Number"),
                "searchable": True,
                "indexed": True,
                "read_only": True,
                "series": {"pattern": f"{key[:3].upper()}{{yyyyMMdd}}-{{0001}}", "reset": "day"},
            },
        ]
    name: dict[str, Any] = {
        "key": "name",
        "type": "text",
        "label": _words("名称", "Name"),
        "required": kind != "log",
    }
    if kind in {"master", "tree"}:
        name |= {"unique": True, "searchable": True, "pinyin": True}
    return [name]


def entity(kind: str, key: str, label: Text, *, parent: str | None = None) -> Body:
    """A new entity of that kind. Lines belong to ``parent``."""
    fields = first_fields(kind, key)
    if kind == "tree":
        fields.append({"key": "above", "type": "reference", "label": _words("上级", "Above"), "entity": key})
    body: dict[str, Any] = {
        "key": key,
        "kind": kind,
        "label": label,
        "icon": {"document": "file-text", "log": "notebook", "tree": "hierarchy"}.get(kind, "database"),
        "title": str(fields[0]["key"]),
        "fields": fields,
    }
    if parent:
        body["parent"] = parent
    return body


def form(key: str, entity: Body) -> Body:
    """A form with every field, in one section of three columns; lines below it."""
    plain = [f for f in entity["fields"] if f["type"] != "lines"]
    nodes = [{"kind": "field", "field": f["key"]} for f in plain]
    if entity["kind"] == "document":
        nodes[1:1] = [{"kind": "field", "field": "business_date"}, {"kind": "field", "field": "state"}]
    section = {"kind": "section", "label": entity["label"], "columns": 3, "nodes": nodes}
    return {"key": key, "entity": entity["key"], "label": entity["label"], "nodes": [section]}


def view(key: str, entity: Body) -> Body:
    """A list with the first fields."""
    columns = [{"field": f["key"]} for f in entity["fields"] if f["type"] != "lines"][:6]
    if entity["kind"] == "document":
        columns[1:1] = [{"field": "business_date"}, {"field": "state"}]
    return {"key": key, "entity": entity["key"], "label": entity["label"], "columns": columns}


STATES: Sequence[Body] = (
    {"key": "draft", "label": _words("草稿", "Draft"), "color": "grey", "editable": True},
    {"key": "submitted", "label": _words("待审核", "To approve"), "color": "orange"},
    {"key": "approved", "label": _words("已审核", "Approved"), "color": "green", "approved": True},
    {"key": "void", "label": _words("已作废", "Void"), "color": "red", "final": True, "void": True},
)
TRANSITIONS: Sequence[Body] = (
    {
        "key": "submit",
        "label": _words("提交", "Submit"),
        "from": ["draft"],
        "to": "submitted",
        "default": True,
        "style": "primary",
    },
    {
        "key": "approve",
        "label": _words("审核", "Approve"),
        "from": ["submitted"],
        "to": "approved",
        "style": "primary",
    },
    {
        "key": "reject",
        "label": _words("驳回", "Reject"),
        "from": ["submitted"],
        "to": "draft",
        "style": "danger",
        "opinion": True,
    },
    {
        "key": "unapprove",
        "label": _words("反审核", "Unapprove"),
        "from": ["approved"],
        "to": "draft",
        "reverses": True,
        "style": "danger",
        "opinion": True,
    },
    {
        "key": "void",
        "label": _words("作废", "Void"),
        "from": ["draft", "submitted"],
        "to": "void",
        "style": "danger",
        "confirm": _words(
            "确定要作废该单据吗？作废后不能恢复。", "Void this document? It cannot be brought back."
        ),
    },
)


def workflow(key: str, entity: Body) -> Body:
    """Draft, to approve, approved, void: the usual life of a document."""
    label = _words(f"{in_locale(entity['label'], 'zh-CN')}流程", f"{in_locale(entity['label'], 'en')} flow")
    return {
        "key": key,
        "entity": entity["key"],
        "label": label,
        "initial": "draft",
        "states": [dict(s) for s in STATES],
        "transitions": [dict(t) for t in TRANSITIONS],
    }


def ledger(entity: str, about: Body | None) -> dict[str, Any]:
    """A ledger that counts one quantity by the records of an entity."""
    by: dict[str, Any] = {
        "key": entity or "what",
        "label": about["label"] if about else _words("对象", "What"),
    }
    by |= {"type": "reference", "entity": entity} if about else {"type": "text"}
    return {
        "dimensions": [by],
        "measures": [
            {"key": "quantity", "label": _words("数量", "Quantity"), "kind": "quantity", "scale": 3}
        ],
        "grains": [{"key": "all", "dimensions": [by["key"]]}],
    }
