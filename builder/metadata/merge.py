"""Merging: what a template changed since an app was made from it is laid over what the app's owner changed, node by node. Pure.

``base`` is the template as it was cloned, ``mine`` the app, ``theirs`` the template as it is now. Nodes are known by their uid, whatever
their key; properties are merged one by one. What only one side changed is taken; what both changed differently is a conflict, and mine
stands until somebody chooses. What the owner added always stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from builder.metadata.extends import is_node_list
from builder.metadata.kinds import KINDS, NodeName, Nodes, place
from builder.metadata.places import Parts

ABSENT: Any = type("Absent", (), {"__repr__": lambda _: "ABSENT"})()
"""The value of what is not there."""
What: TypeAlias = Literal["both_changed", "i_deleted", "they_deleted", "same_key"]
Choices: TypeAlias = Mapping[str, Any]
"""A conflict's path → ``mine``, ``theirs``, or ``{"value": …}`` for something else altogether."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """What both sides changed, each in its own way. Values are ``ABSENT`` where a side has none. ``path`` names it in choices: it is
    made of uids, so that it stays the same while lists around it change."""

    what: What
    node: NodeName
    parts: Parts
    path: str
    base: Any
    mine: Any
    theirs: Any

    @property
    def place(self) -> str:
        """Where it is in the merged package, as far as it can be opened."""
        return place(self.node, *self.parts)


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged nodes, and what a person must choose; ``nodes`` hold mine there."""

    nodes: Nodes
    conflicts: tuple[Conflict, ...]


def merge(base: Nodes, mine: Nodes, theirs: Nodes, choices: Choices | None = None) -> Merged:
    """The three-way merge of a package. ``choices`` settle conflicts that an earlier merge of the same nodes reported."""
    work = _Work(dict(choices or {}))
    sides = [_by_identity(side) for side in (base, mine, theirs)]
    names = {**sides[1], **sides[2]}
    result: dict[NodeName, Mapping[str, Any]] = {}
    for identity in names:
        name = (sides[1].get(identity) or sides[2][identity])[0]
        bodies = [side[identity][1] if identity in side else ABSENT for side in sides]
        body = work.value(name, (), "/".join(identity), *bodies)
        if body is not ABSENT:
            work.keep(result, _named(name, body), body, "/".join(identity))
    order = {kind: i for i, kind in enumerate(KINDS)}
    ordered = dict(sorted(result.items(), key=lambda item: (order[item[0][0]], item[0][1])))
    return Merged(ordered, tuple(work.conflicts))


def _by_identity(nodes: Nodes) -> dict[tuple[str, str], tuple[NodeName, Mapping[str, Any]]]:
    """Nodes by kind and uid; by key where they have none."""
    return {(name[0], str(body.get("uid") or name[1])): (name, body) for name, body in nodes.items()}


def _named(name: NodeName, body: Mapping[str, Any]) -> NodeName:
    """The node's name after the merge, which may have brought another key."""
    key = body.get("key")
    is_own_file = bool(KINDS[name[0]].folder) and name[0] != "i18n"
    return (name[0], key) if is_own_file and isinstance(key, str) else name


@dataclass
class _Work:
    choices: dict[str, Any]
    conflicts: list[Conflict] = field(default_factory=list)

    def keep(self, result: dict[NodeName, Any], name: NodeName, body: Mapping[str, Any], path: str) -> None:
        """Two different definitions cannot lie in one file: the first one, which is mine, stays."""
        if name in result:
            self.conflicts.append(Conflict("same_key", name, (), path, ABSENT, result[name], body))
        else:
            result[name] = body

    def value(self, node: NodeName, parts: Parts, path: str, base: Any, mine: Any, theirs: Any) -> Any:
        if mine == theirs or theirs == base:
            return mine
        if mine == base:
            return theirs
        if _are_objects(base, mine, theirs):
            return self._object(node, parts, path, {} if base is ABSENT else base, mine, theirs)
        if _are_node_lists(base, mine, theirs):
            return self._list(node, parts, path, base, mine, theirs)
        return self._chosen(node, parts, path, base, mine, theirs)

    def _object(self, node: NodeName, parts: Parts, path: str, base: Any, mine: Any, theirs: Any) -> Any:
        result: dict[str, Any] = {}
        for key in dict.fromkeys([*mine, *theirs]):
            three = (base.get(key, ABSENT), mine.get(key, ABSENT), theirs.get(key, ABSENT))
            value = self.value(node, (*parts, key), f"{path}/{key}", *three)
            if value is not ABSENT:
                result[key] = value
        return result

    def _list(self, node: NodeName, parts: Parts, path: str, base: Any, mine: Any, theirs: Any) -> Any:
        sides = [{v["uid"]: v for v in ([] if side is ABSENT else side)} for side in (base, mine, theirs)]
        result: list[Any] = []
        for uid in _order(*sides):
            three = [side.get(uid, ABSENT) for side in sides]
            value = self.value(node, (*parts, len(result)), f"{path}/{uid}", *three)
            if value is not ABSENT:
                result.append(value)
        return result

    def _chosen(self, node: NodeName, parts: Parts, path: str, base: Any, mine: Any, theirs: Any) -> Any:
        choice = self.choices.get(path)
        if choice == "theirs":
            return theirs
        if isinstance(choice, Mapping) and "value" in choice:
            return choice["value"]
        if choice != "mine":
            what: What = (
                "i_deleted" if mine is ABSENT else "they_deleted" if theirs is ABSENT else "both_changed"
            )
            self.conflicts.append(Conflict(what, node, parts, path, base, mine, theirs))
        return mine


def _are_objects(base: Any, mine: Any, theirs: Any) -> bool:
    """Objects whose properties have meanings of their own. A filter has not: half of one and half of another means nothing."""
    sides = [side for side in (base, mine, theirs) if side is not ABSENT]
    are_objects = mine is not ABSENT and theirs is not ABSENT and all(isinstance(s, Mapping) for s in sides)
    return are_objects and not any(_is_filter(side) for side in sides)


def _is_filter(value: Mapping[str, Any]) -> bool:
    return bool({"and", "or", "not"} & set(value)) or ({"field", "op"} <= set(value) and "uid" not in value)


def _are_node_lists(base: Any, mine: Any, theirs: Any) -> bool:
    sides = [side for side in (base, mine, theirs) if side is not ABSENT]
    if mine is ABSENT or theirs is ABSENT or not all(isinstance(s, list | tuple) for s in sides):
        return False
    return is_node_list([v for side in sides for v in side])


def _order(base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """Uids in the order of the side that changed it (mine where both did); what only the other has follows what it followed there."""
    kept = [uid for uid in mine if uid in base and uid in theirs]
    is_moved = kept != [uid for uid in base if uid in mine and uid in theirs]
    first, second = (mine, theirs) if is_moved else (theirs, mine)
    result = list(first)
    before = ""
    for uid in second:
        if uid not in first:
            result.insert(result.index(before) + 1 if before in result else 0, uid)
        before = uid
    return result
