"""Doubled names: a uid that two nodes have, a key that two neighbours have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts
from builder.metadata.kinds import NodeName, place
from builder.metadata.places import Parts

NESTED = (dict, list, tuple)


def find(facts: Facts) -> Iterable[Problem]:
    seen: dict[str, tuple[NodeName, Parts]] = {}
    for name, body in facts.package.nodes.items():
        if name[0] == "i18n":
            continue
        walk = facts.once(_walked, name, body)
        yield from walk.twins
        for uid, parts in walk.uids:
            own = (name, parts)
            first = seen.setdefault(uid, own)
            if first is not own:
                other = place(first[0], *first[1])
                yield Problem("E103", place(name, *parts), {"uid": uid, "other": other})


@dataclass(frozen=True, slots=True)
class _Walk:
    """What is found on the way through a definition: every uid with its place, and keys of neighbours that are the same."""

    name: NodeName
    uids: list[tuple[str, Parts]] = field(default_factory=list)
    twins: list[Problem] = field(default_factory=list)

    def value(self, value: Any, parts: Parts) -> None:
        if isinstance(value, dict):
            uid = value.get("uid")
            if isinstance(uid, str):
                self.uids.append((uid, parts))
            for key, inner in value.items():
                # Most objects are words by language, in which nothing has a uid: no node has a property of such a name.
                if isinstance(inner, NESTED) and inner and not (isinstance(inner, dict) and "en" in inner):
                    self.value(inner, (*parts, key))
        else:
            self._row(value, parts)

    def _row(self, value: Sequence[Any], parts: Parts) -> None:
        seen: set[str] = set()
        for index, inner in enumerate(value):
            if not isinstance(inner, NESTED):
                continue
            word = inner.get("key") if isinstance(inner, dict) and "uid" in inner else None
            if isinstance(word, str):
                if word in seen:
                    self.twins.append(Problem("E104", place(self.name, *parts, index, "key"), {"name": word}))
                seen.add(word)
            self.value(inner, (*parts, index))


def _walked(name: NodeName, body: Mapping[str, Any]) -> _Walk:
    walk = _Walk(name)
    walk.value(body, ())
    return walk


CHECK = Check("doubled_names", ("E103", "E104"), find)
