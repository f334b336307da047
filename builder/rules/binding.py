"""Binding: filters that name values of the record at hand (``{"record": path}``), or of a message (``{"payload": path}``). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.record import Value


def paths_at_hand(node: Any) -> list[str]:
    """The paths whose values a filter asks for."""
    if isinstance(node, Mapping):
        if set(node) == {"record"}:
            return [str(node["record"])]
        if set(node) == {"payload"}:
            return [f"payload.{node['payload']}"]
        return [path for value in node.values() for path in paths_at_hand(value)]
    if isinstance(node, list | tuple):
        return [path for value in node for path in paths_at_hand(value)]
    return []


def bind(node: Any, values: Mapping[str, Value]) -> Any:
    """The filter with those values in it."""
    if isinstance(node, Mapping):
        if set(node) == {"record"}:
            return values.get(str(node["record"]))
        if set(node) == {"payload"}:
            return values.get(f"payload.{node['payload']}")
        return {key: bind(value, values) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [bind(value, values) for value in node]
    return node
