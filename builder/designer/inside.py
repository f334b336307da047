"""Inside: what a template brings, in the words of those who will work with it and not of those who build. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from builder.designer.words import Words
from builder.metadata.kinds import Nodes

PARTS: Mapping[str, str] = {
    "documents": "file-invoice",
    "masters": "address-book",
    "reports": "report-analytics",
    "dashboards": "dashboard",
    "prints": "printer",
    "roles": "users",
}
"""What a template is told to hold, each with its icon."""
OF_KIND = {"report": "reports", "dashboard": "dashboards", "print": "prints"}
OF_ENTITY = {"document": "documents", "master": "masters", "tree": "masters"}
ON_CARD = ("documents", "reports", "dashboards", "roles", "prints")
"""What the card in the catalog counts."""


def inside(nodes: Nodes, words: Words) -> Mapping[str, Sequence[str]]:
    """The names of what there is, by part."""
    found: dict[str, list[str]] = {part: [] for part in PARTS}
    for name, body in nodes.items():
        if name[0] == "roles":
            found["roles"] += [words.text(role.get("label"), str(role.get("key"))) for role in _roles(body)]
        elif part := _part_of(name[0], body):
            found[part].append(words.node(name, body))
    return found


def counted(nodes: Nodes) -> Mapping[str, int]:
    """How many there are of what a card counts."""
    found = dict.fromkeys(ON_CARD, 0)
    for name, body in nodes.items():
        part = _part_of(name[0], body)
        if name[0] == "roles":
            found["roles"] += len(_roles(body))
        elif part in found:
            found[part] += 1
    return found


def _part_of(kind: str, body: Mapping[str, Any]) -> str:
    return OF_ENTITY.get(str(body.get("kind")), "") if kind == "entity" else OF_KIND.get(kind, "")


def _roles(body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    roles: Sequence[Mapping[str, Any]] = body.get("roles") or ()
    return roles
