"""Properties: one value, one list entry of any definition; typed by the schema of its kind. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from builder.designer import shapes
from builder.designer.edits.change import (
    Changes,
    body_of,
    inserted,
    moved,
    value_at,
    with_value,
    without,
)
from builder.designer.edits.keys import key_from, words_from
from builder.errors import InvalidError, Problem
from builder.metadata.decoding import decode
from builder.metadata.kinds import NodeName, Nodes, path_of, place
from builder.metadata.places import Parts
from builder.metadata.text import Text, in_locale

NAMELESS = frozenset({"uid"})


def set_value(nodes: Nodes, name: NodeName, parts: Parts, given: Sequence[str]) -> Changes:
    """The definition with what the form's texts mean at ``parts``; an empty text takes an optional property away."""
    body = body_of(nodes, name)
    value = shapes.value_from(name, parts, given)
    return {name: _put(name, body, parts, value)}


def _put(name: NodeName, body: Any, parts: Parts, value: Any) -> Any:
    shape = shapes.shape_at(name[0], parts[:-1])
    last = str(parts[-1])
    required = last in shape.get("required", ())
    inner = shapes.shape_at(name[0], parts)
    if value is None and required and "array" in shapes.types_of(inner):
        return with_value(body, parts, [])
    if value is None and required:
        raise InvalidError(problems=[Problem("E011", place(name, *parts), {"name": last})])
    if value is None or (value is False and inner.get("default") is False):
        return without(body, parts)
    return with_value(body, parts, value)


def set_words(nodes: Nodes, name: NodeName, parts: Parts, zh: str, en: str) -> Changes:
    """The definition with other words at ``parts``; none at all take an optional property away."""
    body = body_of(nodes, name)
    old = value_at(body, parts, None)
    others = {k: v for k, v in old.items() if k not in {"zh-CN", "en"}} if isinstance(old, Mapping) else {}
    words: Any = {**words_from(zh, en), **others} if zh.strip() or en.strip() else None  # type: ignore[dict-item]
    return {name: _put(name, body, parts, words)}


def put_json(nodes: Nodes, name: NodeName, parts: Parts, text: str) -> Changes:
    """The definition (or what stands at ``parts`` of it) as the JSON text says."""
    if not text.strip() and parts:
        return {name: _put(name, body_of(nodes, name), parts, None)}
    value, problems = decode(text.encode(), path_of(name))
    if problems:
        raise InvalidError(problems=problems)
    if not parts:
        if not isinstance(value, dict):
            raise InvalidError(problems=[Problem("E012", path_of(name), {"expected": "object"})])
        return {name: value}
    return {name: with_value(body_of(nodes, name), parts, value)}


def set_entry(nodes: Nodes, name: NodeName, parts: Parts, key: str, value: str) -> Changes:
    """The map at ``parts`` with ``key`` meaning ``value``; an empty value takes the key away."""
    body = body_of(nodes, name)
    if not value.strip():
        return {name: without(body, (*parts, key))}
    return {name: with_value(body, (*parts, key), value.strip())}


def add_item(
    nodes: Nodes, name: NodeName, parts: Parts, label: Text = "", **values: str
) -> tuple[Changes, int]:
    """The list at ``parts`` with one more valid entry, named by ``label``; and the entry's place."""
    body = body_of(nodes, name)
    brothers = value_at(body, parts, None) or []
    shape = shapes.shape_at(name[0], (*parts, 0))
    item = shapes.default_of(name[0], shape)
    if isinstance(item, dict):
        properties = shape.get("properties", {})
        if "label" in properties and in_locale(label, "zh-CN"):
            item["label"] = label
        if "key" in properties:
            taken = [str(b.get("key", "")) for b in brothers]
            item["key"] = key_from(label, str(parts[-1]).rstrip("s") or "item", taken)
        item |= {k: v for k, v in values.items() if v and k in properties}
        item = {k: v for k, v in item.items() if k not in NAMELESS}
    return {name: inserted(body, parts, None, item)}, len(brothers)


def remove_item(nodes: Nodes, name: NodeName, parts: Parts) -> Changes:
    body = body_of(nodes, name)
    value_at(body, parts)
    return {name: without(body, parts)}


def move_item(nodes: Nodes, name: NodeName, source: Parts, target: Parts, index: int | None) -> Changes:
    """What stands at ``source`` taken to the list at ``target``, before ``index``."""
    return {name: moved(body_of(nodes, name), source, target, index)}


def step_item(nodes: Nodes, name: NodeName, parts: Parts, by: int) -> tuple[Changes, int]:
    """A list's entry moved up or down among its brothers; and where it is now."""
    body = body_of(nodes, name)
    index = parts[-1]
    brothers = value_at(body, parts[:-1])
    if not isinstance(index, int) or not isinstance(brothers, list | tuple):
        raise InvalidError(problems=[Problem("E012", place(name, *parts), {"expected": "array"})])
    target = min(max(index + by, 0), len(brothers) - 1)
    return {name: moved(body, parts, parts[:-1], target)}, target


def put_value(nodes: Nodes, name: NodeName, parts: Parts, value: Any) -> Changes:
    """The definition with a value that is made already; None takes an optional property away."""
    return {name: _put(name, body_of(nodes, name), parts, value)}
