"""Renaming: a key gets another name and everything that mentions it follows, in every notation. Uids stay, so data stays. Pure."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from builder.errors import InvalidError, NotFoundError, Problem
from builder.metadata.kinds import KINDS, NodeName, Nodes
from builder.metadata.package import Package
from builder.metadata.places import Parts
from builder.metadata.references import References
from builder.metadata.targets import Definition, Target
from builder.metadata.uses import Use

KEY = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)


def rename(package: Package, target: Target, key: str) -> Nodes:
    """The package's nodes with ``target`` under another key. Raises ``NotFoundError`` where there is no such thing, ``InvalidError``
    where the key is no key (E014) or taken (E019)."""
    references = References(package)
    definition = references.definitions.get(target)
    if definition is None:
        raise NotFoundError(target="/".join(target))
    if not KEY.fullmatch(key):
        raise InvalidError(problems=[Problem("E014", definition.path, {"value": key})])
    if (*target[:-1], key) in references.definitions:
        raise InvalidError(problems=[Problem("E019", definition.path, {"key": key})])
    by_node: dict[NodeName, list[Use]] = {}
    for use in references.usages(target):
        by_node.setdefault(use.place.node, []).append(use)
    result: dict[NodeName, Mapping[str, Any]] = {}
    for name, body in package.nodes.items():
        uses = by_node.get(name, [])
        is_own = name == definition.node
        changed = _rewritten(body, uses, definition if is_own else None, key) if uses or is_own else body
        result[_name(name, target, key)] = changed
    return result


def _name(name: NodeName, target: Target, key: str) -> NodeName:
    return (name[0], key) if name == target and KINDS[name[0]].folder else name


def _rewritten(
    body: Mapping[str, Any], uses: list[Use], own: Definition | None, key: str
) -> Mapping[str, Any]:
    changed = copy.deepcopy(dict(body))
    for use in sorted((u for u in uses if not u.is_key), key=lambda u: -u.start):
        _write(changed, use, key)
    if own is not None:
        at = _at(changed, own.parts)
        at["key"] = key
    for parts in sorted({u.parts for u in uses if u.is_key}, key=len, reverse=True):
        _rename_key(changed, parts, key)
    return changed


def _at(value: Any, parts: Parts) -> Any:
    for part in parts:
        value = value[part]
    return value


def _write(body: Any, use: Use, key: str) -> None:
    holder = _at(body, use.parts[:-1])
    last = use.parts[-1]
    text = holder[last]
    holder[last] = f"{text[: use.start]}{key}{text[use.end :]}" if use.end else key


def _rename_key(body: Any, parts: Parts, key: str) -> None:
    """Another key for one property of a free object; its place among the others stays."""
    holder = _at(body, parts[:-1])
    items = [(key if k == parts[-1] else k, v) for k, v in holder.items()]
    holder.clear()
    holder.update(items)
