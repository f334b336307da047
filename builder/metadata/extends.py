"""Extends: a template that names another one holds only its differences; they are laid over the other's nodes, by uid. Pure.

Objects are merged property by property, lists of nodes by uid (new ones at the end, or after the node that ``$after`` names), other
lists are replaced. ``"$remove": true`` takes a node, or an element of a list, away.

What a role sees or must not see is added to: a template that hides one more field does not bring back what the one below hides, nor does
it lose a report that comes to the one below later. ``"-name"`` takes a name away.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.metadata.kinds import Nodes

REMOVE = "$remove"
AFTER = "$after"
WITHOUT = "-"
ADDED: Mapping[str, frozenset[str]] = {
    "roles": frozenset({"reports", "dashboards", "hidden", "read_only", "overrides", "app"})
}
"""By kind: the lists of names that are added to. Deeds, transitions and measures are replaced, so that they can be narrowed."""


def overlay(base: Nodes, own: Nodes) -> Nodes:
    """``base`` with the differences of ``own``; neither is changed."""
    result = dict(base)
    for name, body in own.items():
        if body.get(REMOVE) is True:
            result.pop(name, None)
        elif name in base:
            result[name] = _object(base[name], body, ADDED.get(name[0], frozenset()))
        else:
            result[name] = body
    return result


def _object(base: Mapping[str, Any], own: Mapping[str, Any], added: frozenset[str]) -> Mapping[str, Any]:
    result = dict(base)
    for key, value in own.items():
        if key == AFTER:
            continue
        before = base.get(key)
        if (
            isinstance(before, list | tuple)
            and isinstance(value, list | tuple)
            and is_node_list([*before, *value])
        ):
            result[key] = _list(before, value, added)
        elif key in added and isinstance(value, list | tuple):
            result[key] = _more(before or (), value)
        elif isinstance(before, Mapping) and isinstance(value, Mapping):
            result[key] = _object(before, value, added)
        else:
            result[key] = value
    return result


def is_node_list(values: list[Any]) -> bool:
    """Whether these are nodes with uids, which are merged one by one."""
    return bool(values) and all(isinstance(v, Mapping) and isinstance(v.get("uid"), str) for v in values)


def _more(base: Any, own: Any) -> list[str]:
    """The names of both, without those that are taken away."""
    gone = {name.removeprefix(WITHOUT) for name in own if name.startswith(WITHOUT)}
    names = dict.fromkeys([*base, *(name for name in own if not name.startswith(WITHOUT))])
    return [name for name in names if name not in gone]


def _list(base: Any, own: Any, added: frozenset[str]) -> list[Any]:
    changes = {value["uid"]: value for value in own}
    result: list[Any] = []
    for value in base:
        change = changes.pop(value["uid"], None)
        if change is None:
            result.append(value)
        elif change.get(REMOVE) is not True:
            result.append(_object(value, change, added))
    for value in changes.values():
        if value.get(REMOVE) is not True:
            _insert(result, value)
    return result


def _insert(result: list[Any], value: Mapping[str, Any]) -> None:
    after = value.get(AFTER)
    own = {k: v for k, v in value.items() if k != AFTER}
    at = next((i for i, v in enumerate(result) if v["uid"] == after), len(result) - 1)
    result.insert(at + 1, own)
