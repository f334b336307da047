"""Tree: where each node of a definition stands, and what comes after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Node = Mapping[str, Any]
ROOT = ""


@dataclass(frozen=True, slots=True)
class Place:
    """The ``index``-th node of a list: the outermost one, or that of a branch or part, by uid."""

    list: str
    index: int

    @property
    def next(self) -> Place:
        return Place(self.list, self.index + 1)


class Tree:
    """Finds its way through the nodes of one definition."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._lists: dict[str, tuple[Node, ...]] = {}
        self._owners: dict[str, Node] = {}
        self._places: dict[str, Place] = {}
        self._add(ROOT, tuple(nodes))

    def _add(self, key: str, nodes: tuple[Node, ...]) -> None:
        self._lists[key] = nodes
        for index, node in enumerate(nodes):
            self._places[node["uid"]] = Place(key, index)
            for branch in node.get("branches", ()):
                self._owners[branch["uid"]] = node
                self._add(branch["uid"], tuple(branch["nodes"]))
            if "nodes" in node:
                self._owners[node["uid"]] = node
                self._add(node["uid"], tuple(node["nodes"]))

    def __contains__(self, uid: str) -> bool:
        return uid in self._places

    def at(self, place: Place) -> Node | None:
        """The node there; None behind the last one."""
        nodes = self._lists[place.list]
        return nodes[place.index] if place.index < len(nodes) else None

    def place(self, uid: str) -> Place:
        return self._places[uid]

    def node(self, uid: str) -> Node:
        found = self.at(self._places[uid])
        assert found is not None
        return found

    def owner(self, list_: str) -> Node | None:
        """The node whose branch or part the list is; None for the outermost."""
        return self._owners.get(list_)

    def lanes(self, uid: str) -> tuple[tuple[str, str], ...]:
        """The parallel branches around a node, outermost first: (parallel node, branch)."""
        found: list[tuple[str, str]] = []
        key = self._places[uid].list
        while (owner := self._owners.get(key)) is not None:
            if owner["kind"] == "parallel":
                found.append((owner["uid"], key))
            key = self._places[owner["uid"]].list
        return tuple(reversed(found))
