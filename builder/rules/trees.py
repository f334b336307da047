"""Trees of paths: many dotted paths by what they have in common. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

from builder.record import Value

Tree: TypeAlias = "dict[str, Tree]"


@lru_cache(maxsize=4096)
def tree_of(paths: frozenset[str]) -> Tree:
    """Paths as a tree; a node ending a path holds the empty key."""
    root: Tree = {}
    for path in paths:
        at = root
        for part in path.split("."):
            at = at.setdefault(part, {})
        at[""] = {}
    return root


def ends_of(tree: Tree, prefix: str = "") -> list[str]:
    """The full paths of a tree."""
    found: list[str] = []
    for key, below in tree.items():
        if key == "":
            continue
        if "" in below:
            found.append(prefix + key)
        found.extend(ends_of(below, f"{prefix}{key}."))
    return found


def put_none(tree: Tree, sink: dict[str, Value], prefix: str) -> None:
    for end in ends_of(tree):
        sink[prefix + end] = None
