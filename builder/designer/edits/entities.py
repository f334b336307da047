"""Entities: add one that works at once, add and remove fields, keep forms and lists in step. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from builder.designer.edits import starts
from builder.designer.edits.change import Changes, applied, body_of, inserted, with_value
from builder.designer.edits.keys import key_from
from builder.errors import InvalidError, Problem
from builder.metadata.field_types import FIELD_TYPES
from builder.metadata.kinds import NodeName, Nodes
from builder.metadata.text import Text, in_locale

Body = Mapping[str, Any]
RECORDS = frozenset({"master", "document", "log", "tree"})


def keys_of(nodes: Nodes, kind: str) -> tuple[str, ...]:
    return tuple(key for of, key in nodes if of == kind)


def add_entity(nodes: Nodes, *, kind: str, label: Text, key: str = "") -> tuple[Changes, str]:
    """A new entity with a form, a list, a place in the menu and, for documents, a workflow; and its key."""
    if not in_locale(label, "zh-CN"):
        raise InvalidError(
            problems=[Problem("REQUIRED", "/label", {"field": {"zh-CN": "名称", "en": "Name"}})]
        )
    if kind not in RECORDS:
        raise InvalidError(problems=[Problem("E013", "/kind", {"value": kind})])
    key = key_from(key or label, kind, keys_of(nodes, "entity"))
    body = starts.entity(kind, key, label)
    view_key = key_from(key, "list", keys_of(nodes, "view"))
    changes: dict[NodeName, Body | None] = {
        ("entity", key): body,
        ("form", key): starts.form(key, body),
        ("view", view_key): starts.view(view_key, body),
    }
    if kind == "document":
        changes["workflow", key] = starts.workflow(key, body)
    app = body_of(nodes, ("app", "app"))
    changes["app", "app"] = inserted(app, ("menu",), None, {"view": view_key, "icon": body["icon"]})
    return changes, key


def add_lines(nodes: Nodes, entity: str, *, label: Text) -> tuple[Changes, str]:
    """Lines of their own for ``entity``: a lines entity, the field that holds it, and a grid on the form; and the field's key."""
    owner = body_of(nodes, ("entity", entity))
    key = key_from(f"{entity}_line", "line", keys_of(nodes, "entity"))
    field = key_from({"en": "lines"}, "lines", field_keys(owner))
    line = dict(starts.entity("lines", key, label, parent=entity))
    changes: dict[NodeName, Body | None] = {
        ("entity", key): line,
        ("entity", entity): inserted(
            owner, ("fields",), None, {"key": field, "type": "lines", "label": label, "entity": key}
        ),
    }
    node = {"kind": "lines", "field": field, "columns_shown": [f["key"] for f in line["fields"]]}
    for name in forms_of(nodes, entity)[:1]:
        changes[name] = inserted(body_of(nodes, name), ("nodes",), None, node)
    return changes, field


def field_keys(body: Body) -> list[str]:
    return [str(f.get("key", "")) for f in body.get("fields", ())]


def new_field(type_: str, label: Text, key: str, *, entity: str = "", options: Iterable[str] = ()) -> Body:
    """A field of that type that is valid at once."""
    body: dict[str, Any] = {"key": key, "type": type_, "label": label}
    if type_ in {"reference", "multi_reference"}:
        body["entity"] = entity
    if type_ in {"choice", "multi_choice"}:
        taken: list[str] = []
        for words in options:
            taken.append(key_from(words, "option", taken))
            body.setdefault("options", []).append({"key": taken[-1], "label": {"zh-CN": words, "en": words}})
        body.setdefault("options", [{"key": "one", "label": {"zh-CN": "选项一", "en": "One"}}])
    if type_ == "auto_number":
        body |= {"series": {"pattern": "{yyyyMMdd}-{0001}", "reset": "day"}, "read_only": True}
    if type_ == "formula":
        body["formula"] = "0"
    return body


def add_field(
    nodes: Nodes,
    entity: str,
    *,
    type: str,
    label: Text,
    key: str = "",
    refers_to: str = "",
    options: Iterable[str] = (),
    on_form: bool = True,
    on_list: bool = False,
) -> tuple[Changes, str]:
    """A new field at the end of the entity, shown on its form and, if wanted, as a column of its list; and its key."""
    if type == "lines":
        return add_lines(nodes, entity, label=label)
    body = body_of(nodes, ("entity", entity))
    found = []
    if type not in FIELD_TYPES:
        found.append(Problem("E013", "/type", {"value": type}))
    if not in_locale(label, "zh-CN"):
        found.append(Problem("REQUIRED", "/label", {"field": {"zh-CN": "名称", "en": "Name"}}))
    if type in {"reference", "multi_reference"} and ("entity", refers_to) not in nodes:
        found.append(Problem("REQUIRED", "/entity", {"field": {"zh-CN": "引用什么", "en": "Refers to"}}))
    if found:
        raise InvalidError(problems=found)
    key = key_from(key or label, "field", field_keys(body))
    field = new_field(type, label, key, entity=refers_to, options=options)
    changes: dict[NodeName, Body | None] = {("entity", entity): inserted(body, ("fields",), None, field)}
    changes |= _shown(nodes, body, key, on_form=on_form, on_list=on_list)
    return changes, key


def _shown(
    nodes: Nodes, entity: Body, key: str, *, on_form: bool, on_list: bool
) -> dict[NodeName, Body | None]:
    """The forms and lists that show the new field."""
    changes: dict[NodeName, Body | None] = {}
    owner = str(entity["key"])
    if on_form and entity.get("kind") == "lines":
        changes |= _in_grids(nodes, str(entity.get("parent") or ""), owner, key)
    elif on_form:
        for name in forms_of(nodes, owner)[:1]:
            changes[name] = on_the_form(body_of(nodes, name), key)
    if on_list:
        for name in lists_of(nodes, owner)[:1]:
            changes[name] = inserted(body_of(nodes, name), ("columns",), None, {"field": key})
    return changes


def lists_of(nodes: Nodes, entity: str) -> list[NodeName]:
    """The entity's lists in the order of the menu: what people call its list is the first one there."""
    groups = nodes.get(("app", "app"), {}).get("menu", ())
    listed = [item.get("view") for group in groups for item in (group.get("items") or (group,))]
    found = [n for n, b in nodes.items() if n[0] == "view" and b.get("entity") == entity]
    return sorted(found, key=lambda n: listed.index(n[1]) if n[1] in listed else len(listed))


def forms_of(nodes: Nodes, entity: str) -> list[NodeName]:
    return [n for n, b in nodes.items() if n[0] == "form" and b.get("entity") == entity]


def on_the_form(form: Body, key: str) -> Body:
    """The form with the field at the end of its first section (one is made where there is none)."""
    node = {"kind": "field", "field": key}
    for index, top in enumerate(form.get("nodes", ())):
        if top.get("kind") == "section":
            result: Body = inserted(form, ("nodes", index, "nodes"), None, node)
            return result
    section = {"kind": "section", "label": form.get("label"), "columns": 3, "nodes": [node]}
    made: Body = inserted(form, ("nodes",), 0, section)
    return made


def _in_grids(nodes: Nodes, parent: str, lines: str, key: str) -> dict[NodeName, Body | None]:
    """The forms of the parent whose grids of these lines get the column."""
    owner = nodes.get(("entity", parent), {})
    fields = {f["key"] for f in owner.get("fields", ()) if f.get("entity") == lines}
    changes: dict[NodeName, Body | None] = {}
    for name in forms_of(nodes, parent):
        body: Body = body_of(nodes, name)
        for index, node in enumerate(body.get("nodes", ())):
            if node.get("kind") == "lines" and node.get("field") in fields:
                body = inserted(body, ("nodes", index, "columns_shown"), None, key)
        changes[name] = body
    return changes


def change_type(nodes: Nodes, entity: str, index: int, type: str) -> Changes:
    """The field with another type; what only the old type had goes, what the new one needs comes."""
    body = body_of(nodes, ("entity", entity))
    old = body["fields"][index]
    kept = {*FIELD_TYPES.get(type).properties, "uid", "key", "label", "help", "archived", "local"}
    fresh = new_field(type, old["label"], old["key"], entity=str(old.get("entity") or ""))
    field = {
        **{k: v for k, v in old.items() if k in kept},
        **{k: v for k, v in fresh.items() if k not in old},
    }
    field["type"] = type
    return {("entity", entity): with_value(body, ("fields", index), field)}


def remove_from_pages(nodes: Nodes, entity: str, key: str) -> Changes:
    """Every form and list of the entity without the field: what shows a field does not keep it from being removed."""
    changes: dict[NodeName, Body | None] = {}
    for name, body in nodes.items():
        if body.get("entity") != entity:
            continue
        if name[0] == "form":
            changes[name] = {**body, "nodes": _pruned(body.get("nodes", ()), key)}
        elif name[0] == "view":
            changes[name] = _view_without(body, key)
    return {name: body for name, body in changes.items() if body != nodes[name]}


def _pruned(items: Iterable[Body], key: str) -> list[Body]:
    kept = (n for n in items if not (n.get("kind") in {"field", "lines"} and n.get("field") == key))
    return [{**n, "nodes": _pruned(n["nodes"], key)} if n.get("nodes") else n for n in kept]


def _view_without(body: Body, key: str) -> Body:
    result = dict(body)
    for name in ("columns", "sort"):
        if name in body:
            result[name] = [c for c in body[name] if c.get("field") != key]
    for name in ("totals", "quick_filters"):
        if name in body:
            result[name] = [c for c in body[name] if c != key]
    return result


def pages_of(nodes: Nodes, entity: str) -> list[NodeName]:
    """Definitions that exist only for the entity and go with it."""
    kinds = {"form", "view", "workflow"}
    return [n for n, b in nodes.items() if n[0] in kinds and b.get("entity") == entity]


def remove_entity(nodes: Nodes, entity: str) -> Changes:
    """The entity gone with its pages, its menu entries and its grants."""
    gone = {("entity", entity), *pages_of(nodes, entity)}
    views = {key for kind, key in gone if kind == "view"}
    changes: dict[NodeName, Body | None] = dict.fromkeys(gone)
    app = dict(body_of(nodes, ("app", "app")))
    app["menu"] = _menu_without(app.get("menu", ()), views)
    changes["app", "app"] = app
    if ("roles", "roles") in nodes:
        roles = [
            {**r, "grants": [g for g in r["grants"] if g.get("entity") != entity]} if r.get("grants") else r
            for r in nodes["roles", "roles"].get("roles", ())
        ]
        changes["roles", "roles"] = {**nodes["roles", "roles"], "roles": roles}
    return {name: body for name, body in changes.items() if body != nodes.get(name)}


def _menu_without(items: Iterable[Body], views: set[str]) -> list[Body]:
    kept = (item for item in items if item.get("view") not in views or not item.get("view"))
    return [{**i, "items": _menu_without(i["items"], views)} if i.get("items") else i for i in kept]


__all__ = [
    "add_entity",
    "add_field",
    "add_lines",
    "applied",
    "change_type",
    "remove_entity",
    "remove_from_pages",
]
