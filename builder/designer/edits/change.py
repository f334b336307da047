"""Change: nodes before, changed nodes after; and small surgery in JSON along a path. Nothing is altered in place. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from builder.errors import NotFoundError
from builder.metadata.kinds import NodeName, Nodes
from builder.metadata.places import Parts
from builder.metadata.uids import with_uids

Changes: TypeAlias = Mapping[NodeName, "Mapping[str, Any] | None"]
"""Changed definitions by name; None removes one."""
MISSING = object()


def applied(nodes: Nodes, changes: Changes) -> Nodes:
    """The nodes with the changes laid over them."""
    merged = {**nodes, **changes}
    return {name: body for name, body in merged.items() if body is not None}


def complete(nodes: Nodes, changes: Changes) -> Changes:
    """The changes with a uid on every new node of theirs, and without those that change nothing."""
    filled = with_uids(applied(nodes, changes))
    full = {name: filled.get(name) if body is not None else None for name, body in changes.items()}
    return {name: body for name, body in full.items() if body != nodes.get(name)}


def body_of(nodes: Nodes, name: NodeName) -> Mapping[str, Any]:
    """The definition of that name. Raises ``NotFoundError``."""
    body = nodes.get(name)
    if body is None:
        raise NotFoundError(kind=name[0], key=name[1])
    return body


DEEPEST = 64
"""Steps of a pointer. No definition is as deep."""


def parts_of(pointer: str) -> Parts:
    """A JSON pointer (``/fields/3/label``) as parts; whole numbers become places in lists."""
    words = [w.replace("~1", "/").replace("~0", "~") for w in pointer.split("/")[1:]]
    if len(words) > DEEPEST:
        raise NotFoundError(path=pointer[:80])
    return tuple(int(w) if w.isdecimal() and len(w) < 10 else w for w in words)


def pointer_of(parts: Parts) -> str:
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def value_at(body: Any, parts: Parts, default: Any = MISSING) -> Any:
    """What stands at ``parts``. Raises ``NotFoundError`` where nothing does and there is no ``default``."""
    for part in parts:
        if isinstance(body, Mapping) and str(part) in body:
            body = body[str(part)]
        elif isinstance(body, list | tuple) and isinstance(part, int) and part < len(body):
            body = body[part]
        elif default is MISSING:
            raise NotFoundError(path=pointer_of(parts))
        else:
            return default
    return body


def with_value(body: Any, parts: Parts, value: Any) -> Any:
    """``body`` with ``value`` at ``parts``; objects on the way are made where they are missing."""
    if not parts:
        return value
    head, rest = parts[0], parts[1:]
    if isinstance(body, list | tuple):
        index = _index(head, len(body))
        return [with_value(v, rest, value) if i == index else v for i, v in enumerate(body)]
    holder = dict(body) if isinstance(body, Mapping) else {}
    holder[str(head)] = with_value(holder.get(str(head)), rest, value)
    return holder


def without(body: Any, parts: Parts) -> Any:
    """``body`` without what stands at ``parts``."""
    head, rest = parts[0], parts[1:]
    if isinstance(body, list | tuple):
        index = _index(head, len(body))
        if rest:
            return [without(v, rest) if i == index else v for i, v in enumerate(body)]
        return [v for i, v in enumerate(body) if i != index]
    if not isinstance(body, Mapping) or str(head) not in body:
        return body
    if rest:
        return {k: without(v, rest) if k == str(head) else v for k, v in body.items()}
    return {k: v for k, v in body.items() if k != str(head)}


def inserted(body: Any, parts: Parts, index: int | None, value: Any) -> Any:
    """``body`` with ``value`` put into the list at ``parts`` (made where it is missing) before ``index``; None: at its end."""
    found = value_at(body, parts, None)
    items = list(found) if isinstance(found, list | tuple) else []
    items.insert(len(items) if index is None else index, value)
    return with_value(body, parts, items)


def moved(body: Any, source: Parts, target: Parts, index: int | None) -> Any:
    """``body`` with what stands at ``source`` taken out and put into the list at ``target`` before ``index`` (counted without it)."""
    value = value_at(body, source)
    if target[: len(source)] == source:
        raise NotFoundError(path=pointer_of(target))
    return inserted(without(body, source), _after_removal(source, target), index, value)


def _after_removal(source: Parts, target: Parts) -> Parts:
    """Where ``target`` is once ``source`` is gone: its brothers behind it move up."""
    depth = len(source) - 1
    last = source[-1]
    if len(target) <= depth or target[:depth] != source[:depth]:
        return target
    at = target[depth]
    if isinstance(last, int) and isinstance(at, int) and at > last:
        return (*target[:depth], at - 1, *target[depth + 1 :])
    return target


def _index(part: str | int, length: int) -> int:
    if not isinstance(part, int) or part >= length:
        raise NotFoundError(path=str(part))
    return part
