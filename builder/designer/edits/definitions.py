"""Definitions: whole nodes made, copied, renamed and removed, of any kind. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.designer import shapes
from builder.designer.edits import starts
from builder.designer.edits.change import Changes, body_of, inserted
from builder.designer.edits.entities import keys_of, remove_entity
from builder.designer.edits.keys import key_from
from builder.errors import InvalidError, Problem
from builder.metadata.kinds import KINDS, NodeName, Nodes, place
from builder.metadata.package import Package
from builder.metadata.references import References
from builder.metadata.renaming import rename
from builder.metadata.schemas import schema
from builder.metadata.targets import Target
from builder.metadata.text import LOCALES, Text, in_locale
from builder.metadata.uses import Use

PAGES = {"view": "view", "report": "report", "dashboard": "dashboard"}


def add_definition(
    nodes: Nodes, kind: str, label: Text, *, entity: str = "", ledger: str = ""
) -> tuple[Changes, str]:
    """A new definition of that kind with the least that is valid, and its key. What people open gets a place in the menu."""
    if kind == "i18n" or kind not in KINDS or not KINDS[kind].folder:
        raise InvalidError(problems=[Problem("E013", "/kind", {"value": kind})])
    if not in_locale(label, "zh-CN"):
        raise InvalidError(
            problems=[Problem("REQUIRED", "/label", {"field": {"zh-CN": "名称", "en": "Name"}})]
        )
    key = key_from(label, kind, keys_of(nodes, kind))
    body: dict[str, Any] = dict(shapes.default_of(kind, schema(kind)))
    body |= {"key": key}
    if "label" in schema(kind)["properties"]:
        body["label"] = label
    given = {"entity": entity, "ledger": ledger}
    body |= {k: v for k, v in given.items() if v and k in schema(kind)["properties"]}
    body |= _start(nodes, kind, key, entity)
    changes: dict[NodeName, Mapping[str, Any] | None] = {(kind, key): body}
    if kind in PAGES:
        app = body_of(nodes, ("app", "app"))
        changes["app", "app"] = inserted(app, ("menu",), None, {PAGES[kind]: key})
    return changes, key


def _start(nodes: Nodes, kind: str, key: str, entity: str) -> dict[str, Any]:
    """What a definition needs beyond the least, so that it shows something at once."""
    about = nodes.get(("entity", entity))
    if kind in {"form", "workflow"} and about is not None:
        made = starts.form(key, about) if kind == "form" else starts.workflow(key, about)
        return {name: made[name] for name in made if name not in {"key", "label"}}
    if kind == "ledger":
        return starts.ledger(entity, about)
    fields = nodes.get(("entity", entity), {}).get("fields", ())
    first = [{"field": f["key"]} for f in fields if f["type"] not in {"lines", "json"}][:4]
    if kind == "view":
        return {"columns": first}
    if kind == "report":
        return {"columns": figures(nodes, entity, fields), "chart": "bar"}
    if kind == "rule":
        when = {"kind": "record_created", "entity": entity}
        to: list[dict[str, Any]] = [{"owner": True}]
        title = {"zh-CN": "请看一下", "en": "Please have a look"}
        return {"when": when, "then": [{"kind": "notify", "to": to, "title": title}], "timing": "later"}
    if kind == "print":
        return {"template": "<h1>{{ record.title }}</h1>\n"}
    return {}


def figures(nodes: Nodes, entity: str, fields: Any) -> list[Mapping[str, Any]]:
    """Columns that are a chart at once: how many records, and how much, by what they are told apart by."""
    told_apart = next((str(f["key"]) for f in fields if f["type"] in {"choice", "reference", "user"}), "")
    has_state = any(n[0] == "workflow" and b.get("entity") == entity for n, b in nodes.items())
    by = told_apart or ("state" if has_state else str(fields[0]["key"]) if fields else "id")
    amount = next((str(f["key"]) for f in fields if f["type"] in {"money", "quantity"}), "")
    number = {"field": "id", "label": {"zh-CN": "数量", "en": "Number"}, "op": "count"}
    return [{"field": by, "group": True}, number, *([{"field": amount, "op": "sum"}] if amount else [])]


def copy_definition(nodes: Nodes, name: NodeName) -> tuple[Changes, str]:
    """The same definition under another key, with uids of its own."""
    body = without_uids(body_of(nodes, name))
    key = key_from({"en": f"{name[1]} copy"}, name[0], keys_of(nodes, name[0]))
    body["key"] = key
    if body.get("label"):
        body["label"] = {
            "zh-CN": in_locale(body["label"], "zh-CN") + "（副本）",
            "en": in_locale(body["label"], "en") + " (copy)",
        }
    return {(name[0], key): body}, key


def without_uids(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: without_uids(v) for k, v in value.items() if k != "uid"}
    if isinstance(value, list | tuple):
        return [without_uids(v) for v in value]
    return value


def remove_definition(package: Package, name: NodeName) -> Changes:
    """The package without the definition, if nothing else needs it; else ``IN_USE`` with every place that does."""
    nodes = package.nodes
    body_of(nodes, name)
    if not KINDS[name[0]].folder:
        raise InvalidError(problems=[Problem("IN_USE", place(name), {"user": ""})])
    changes: Changes = {name: None}
    if name[0] == "entity":
        changes = remove_entity(nodes, name[1])
    elif name[0] in PAGES:
        changes = {name: None, ("app", "app"): without_menu(nodes, PAGES[name[0]], name[1])}
    refuse_if_used(package, (name,), changes)
    return changes


def without_menu(nodes: Nodes, property_: str, key: str) -> Mapping[str, Any]:
    """The app without the menu entries that open the page."""

    def kept(items: Any) -> list[Any]:
        left = (i for i in items if i.get(property_) != key)
        return [{**i, "items": kept(i["items"])} if i.get("items") else i for i in left]

    app = body_of(nodes, ("app", "app"))
    return {**app, "menu": kept(app.get("menu", ()))}


def refuse_if_used(package: Package, targets: tuple[Target, ...], changes: Changes) -> None:
    """Raises ``IN_USE`` with every definition that still needs one of the targets and is not changed on the way."""
    uses = References(package).in_the_way(targets)
    left = [u for u in uses if u.place.node not in changes]
    if left:
        raise InvalidError("IN_USE", problems=[_in_use(package, use) for use in _one_per_place(left)])


def _one_per_place(uses: list[Use]) -> list[Use]:
    return list({(u.place.node, u.place.owner): u for u in uses}.values())


def _in_use(package: Package, use: Use) -> Problem:
    node = use.place.node
    label = package.nodes.get(node, {}).get("label") or node[1]
    kind = KINDS[node[0]].label
    words = {
        locale: f"{in_locale(kind, locale)}“{in_locale(label, locale)}”"
        if locale == "zh-CN"
        else f"{in_locale(kind, locale)} “{in_locale(label, locale)}”"
        for locale in LOCALES
    }
    text = {"zh-CN": f"{words['zh-CN']}还在用它。", "en": f"{words['en']} still uses it."}
    return Problem("IN_USE", use.place.path, message=text)


def rename_key(package: Package, target: Target, key: str) -> Changes:
    """Another key for the target; everything that mentions it follows."""
    renamed = rename(package, target, key)
    gone: dict[NodeName, Any] = {name: None for name in package.nodes if name not in renamed}
    return {**gone, **{n: b for n, b in renamed.items() if b != package.nodes.get(n)}}
