"""Forms: put fields, sections, tabs and words on a form. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from builder.designer.edits.change import Changes, body_of, inserted, pointer_of, value_at
from builder.errors import InvalidError, Problem
from builder.metadata.kinds import NodeName, Nodes
from builder.metadata.places import Parts

HOLDERS = frozenset({"section", "tab"})
SYSTEM = ("business_date", "state", "owner")


def insert(
    nodes: Nodes, name: NodeName, parts: Parts, index: int | None, *, kind: str, field: str = ""
) -> tuple[Changes, str]:
    """The form with a new node in the list at ``parts``, before ``index``; and where it is."""
    body = body_of(nodes, name)
    made = new_node(nodes, str(body.get("entity", "")), kind, field)
    if made["kind"] in HOLDERS | {"lines"}:
        parts, index = parts[:1] or ("nodes",), None if len(parts) > 1 else index
    brothers = value_at(body, parts, None) or []
    at = len(brothers) if index is None else min(index, len(brothers))
    return {name: inserted(body, parts, at, made)}, pointer_of((*parts, at))


def new_node(nodes: Nodes, entity: str, kind: str, field: str) -> Mapping[str, Any]:
    """A node that shows something at once. A lines field becomes a grid with its columns."""
    if kind in HOLDERS:
        words = {"section": ("分组", "Section"), "tab": ("标签页", "Tab")}[kind]
        return {"kind": kind, "label": {"zh-CN": words[0], "en": words[1]}, "columns": 3, "nodes": []}
    if kind == "text":
        return {"kind": "text", "label": {"zh-CN": "说明文字", "en": "Some words"}}
    found = next((f for f in fields_of(nodes, entity) if f["key"] == field), None)
    if found is None and field not in SYSTEM:
        raise InvalidError(problems=[Problem("E101", "/field", {"name": field})])
    if found is not None and found["type"] == "lines":
        columns = [f["key"] for f in fields_of(nodes, str(found.get("entity", "")))]
        return {"kind": "lines", "field": field, "columns_shown": columns[:10]}
    return {"kind": "field", "field": field}


def built_in(nodes: Nodes, entity: str) -> tuple[str, ...]:
    """What records of the entity have without a field of their own, and people want to see."""
    has_state = any(n[0] == "workflow" and b.get("entity") == entity for n, b in nodes.items())
    is_document = nodes.get(("entity", entity), {}).get("kind") == "document"
    wanted = {"state": has_state, "business_date": is_document, "owner": is_document}
    return tuple(key for key in SYSTEM if wanted[key])


def fields_of(nodes: Nodes, entity: str) -> list[Mapping[str, Any]]:
    return list(nodes.get(("entity", entity), {}).get("fields", ()))


def placed(items: Any) -> Iterator[str]:
    """The fields that are on the form already."""
    for node in items or ():
        if node.get("kind") in {"field", "lines"}:
            yield str(node.get("field", ""))
        yield from placed(node.get("nodes"))
