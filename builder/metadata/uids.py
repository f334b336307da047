"""Uids: the name of a node that never changes. What an author left out is filled in from the path of keys. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, get_origin

from builder.metadata.kinds import KINDS, NodeName, Nodes
from builder.metadata.once import Once
from builder.metadata.structure import hints, inner, json_name

LONGEST = 95
UNFIT = re.compile(r"[^a-z0-9_.\-]+")
PREFIXES: Mapping[str, str] = {"app": "app", "entity": ""}
"""How the uid of a definition of that kind begins; otherwise with the kind's name."""
PLAIN = (str, int)
HOLDING = (dict, list, tuple, Mapping)
OBJECT = (dict, Mapping)
SHORT: Mapping[str, str] = {
    "fields": "",
    "postings": "posting",
    "conversions": "conversion",
    "constraints": "constraint",
    "options": "",
    "states": "state",
    "transitions": "transition",
    "dimensions": "",
    "measures": "",
    "grains": "grain",
    "guards": "guard",
    "settings": "setting",
    "columns": "c",
    "parameters": "p",
}


def with_uids(nodes: Nodes, once: Once | None = None) -> Nodes:
    """The nodes with a uid on every node of theirs; those that have one keep it. Made ones are unique in the package."""
    once = once or Once()
    if not any(once(_lacks, name, body) for name, body in nodes.items()):
        return nodes
    taken: set[str] = set()
    for body in nodes.values():
        _collect(body, taken)
    return {name: _filled_node(name, body, taken) for name, body in nodes.items()}


def _lacks(name: NodeName, body: Mapping[str, Any]) -> bool:
    return _is_lacking(body, KINDS[name[0]].model)


def _is_lacking(body: Any, model: type | None) -> bool:
    """Whether it is a node, or holds one, that has no uid yet. A finished package, which is what most are, lacks none."""
    if model is None or not isinstance(body, OBJECT):
        return False
    has_uid, held = _plan(model)
    if has_uid and not (isinstance(uid := body.get("uid"), str) and uid):
        return True
    for name, of, is_list in held:
        value = body.get(name)
        if not value:
            continue
        if not is_list:
            if _is_lacking(value, of):
                return True
        elif isinstance(value, list | tuple):
            for one in value:
                if _is_lacking(one, of):
                    return True
    return False


def _collect(value: Any, taken: set[str]) -> None:
    if isinstance(value, Mapping):
        uid = value.get("uid")
        if isinstance(uid, str):
            taken.add(uid)
        value = value.values()
    for one in value:
        # Most of what a node holds are words and numbers, which are told at once from what holds more.
        if not isinstance(one, PLAIN) and isinstance(one, HOLDING):
            _collect(one, taken)


def _filled_node(name: NodeName, body: Mapping[str, Any], taken: set[str]) -> Mapping[str, Any]:
    kind, key = name
    model = KINDS[kind].model
    if model is None or not isinstance(body, Mapping):
        return body
    prefix = PREFIXES.get(kind, kind)
    stem = key if kind == "entity" else f"{body.get('key', key)}.app" if kind == "app" else f"{prefix}.{key}"
    if kind == "roles":
        return {
            **body,
            "roles": _filled_list(body.get("roles"), inner(model)["roles"], "role", "", taken),
        }
    filled = _filled(body, model, stem, taken)
    return body if filled == body else filled


def _filled(body: Mapping[str, Any], model: type, stem: str, taken: set[str]) -> Mapping[str, Any]:
    result: dict[str, Any] = {}
    has_uid, held = _plan(model)
    uid = body.get("uid")
    if has_uid and not uid:
        uid = result["uid"] = _free(stem, taken)
    stem = uid if isinstance(uid, str) and uid else stem
    result.update(body)
    if has_uid:
        result["uid"] = stem
    for name, of, is_list in held:
        value = body.get(name)
        if is_list:
            if value:
                result[name] = _filled_list(value, of, stem, SHORT.get(name, name), taken)
        elif isinstance(value, Mapping):
            result[name] = _filled(value, of, f"{stem}.{name}", taken)
    return result


@cache
def _plan(model: type) -> tuple[bool, tuple[tuple[str, type, bool], ...]]:
    """Whether the model has a uid, and which of its properties hold a model or a list of them."""
    found = inner(model)
    held = ((json_name(a), of, get_origin(hints(model)[a]) is tuple) for a, of in found.items())
    return "uid" in hints(model), tuple(held)


def _filled_list(value: Any, model: Any, stem: str, middle: str, taken: set[str]) -> Any:
    if not isinstance(value, list | tuple):
        return value
    stem = f"{stem}.{middle}" if middle else stem
    return [
        _filled(v, model, f"{stem}.{_word(v, i)}", taken) if isinstance(v, Mapping) else v
        for i, v in enumerate(value)
    ]


def _word(body: Mapping[str, Any], index: int) -> str:
    """What tells a node from its brothers: its key, else what it shows or does, else its place."""
    for name in ("key", "field", "entity", "ledger", "view", "report", "dashboard", "page", "kind"):
        word = body.get(name)
        if isinstance(word, str) and word:
            return word
    return str(index + 1)


def _free(stem: str, taken: set[str]) -> str:
    stem = UNFIT.sub("_", stem.lower()).lstrip("_.-")[:LONGEST] or "n"
    uid, count = stem, 1
    while uid in taken:
        count += 1
        uid = f"{stem[: LONGEST - 4]}_{count}"
    taken.add(uid)
    return uid
