"""Doubled names: a uid that two nodes have, a key that two neighbours have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts
from builder.metadata.kinds import NodeName, place
from builder.metadata.places import Parts


def find(facts: Facts) -> Iterable[Problem]:
    seen: dict[str, str] = {}
    for name, body in facts.package.nodes.items():
        if name[0] != "i18n":
            for uid, parts in _uids(body, ()):
                path = place(name, *parts)
                if uid in seen:
                    yield Problem("E103", f"{path}", {"uid": uid, "other": seen[uid]})
                seen.setdefault(uid, path)
            yield from _keys(name, body, ())


def _uids(value: Any, parts: Parts) -> Iterator[tuple[str, Parts]]:
    if isinstance(value, Mapping):
        uid = value.get("uid")
        if isinstance(uid, str):
            yield uid, parts
        for key, inner in value.items():
            yield from _uids(inner, (*parts, key))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _uids(inner, (*parts, index))


def _keys(name: NodeName, value: Any, parts: Parts) -> Iterator[Problem]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _keys(name, inner, (*parts, key))
    elif isinstance(value, list | tuple):
        seen: set[str] = set()
        for index, inner in enumerate(value):
            word = inner.get("key") if isinstance(inner, Mapping) and "uid" in inner else None
            if isinstance(word, str) and word in seen:
                yield Problem("E104", place(name, *parts, index, "key"), {"name": word})
            if isinstance(word, str):
                seen.add(word)
            yield from _keys(name, inner, (*parts, index))


CHECK = Check("doubled_names", ("E103", "E104"), find)
