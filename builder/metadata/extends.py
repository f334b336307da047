"""Extends: a template that names another one holds only its differences; they are laid over the other's nodes, by uid. Pure.

Objects are merged property by property, lists of nodes by uid (new ones at the end, or after the node that ``$after`` names), other
lists are replaced. ``"$remove": true`` takes a node, or an element of a list, away.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.metadata.kinds import Nodes

REMOVE = "$remove"
AFTER = "$after"


def overlay(base: Nodes, own: Nodes) -> Nodes:
    """``base`` with the differences of ``own``; neither is changed."""
    result = dict(base)
    for name, body in own.items():
        if body.get(REMOVE) is True:
            result.pop(name, None)
        elif name in base:
            result[name] = _object(base[name], body)
        else:
            result[name] = body
    return result


def _object(base: Mapping[str, Any], own: Mapping[str, Any]) -> Mapping[str, Any]:
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
            result[key] = _list(before, value)
        elif isinstance(before, Mapping) and isinstance(value, Mapping):
            result[key] = _object(before, value)
        else:
            result[key] = value
    return result


def is_node_list(values: list[Any]) -> bool:
    """Whether these are nodes with uids, which are merged one by one."""
    return bool(values) and all(isinstance(v, Mapping) and isinstance(v.get("uid"), str) for v in values)


def _list(base: Any, own: Any) -> list[Any]:
    changes = {value["uid"]: value for value in own}
    result: list[Any] = []
    for value in base:
        change = changes.pop(value["uid"], None)
        if change is None:
            result.append(value)
        elif change.get(REMOVE) is not True:
            result.append(_object(value, change))
    for value in changes.values():
        if value.get(REMOVE) is not True:
            _insert(result, value)
    return result


def _insert(result: list[Any], value: Mapping[str, Any]) -> None:
    after = value.get(AFTER)
    own = {k: v for k, v in value.items() if k != AFTER}
    at = next((i for i, v in enumerate(result) if v["uid"] == after), len(result) - 1)
    result.insert(at + 1, own)
