"""Binding: filters that name values of the record at hand (``{"record": path}``), or of a message (``{"payload": path}``). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.record import Value


def bind(node: Any, values: Mapping[str, Value]) -> Any:
    """The filter with values in the places that ``paths_at_hand`` tells."""
    if isinstance(node, Mapping):
        if set(node) == {"record"}:
            return values.get(str(node["record"]))
        if set(node) == {"payload"}:
            return values.get(f"payload.{node['payload']}")
        return {key: bind(value, values) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [bind(value, values) for value in node]
    return node
