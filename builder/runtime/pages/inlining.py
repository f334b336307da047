"""Inlining: conditions of a form that read what the form does not show are told how that is worked out; the browser knows only what is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from builder.metadata.entity import Entity
from builder.runtime.pages.formulas import Formulas

CONDITIONS = ("visibleIf", "requiredIf", "editableIf", "shownIf")
DEEPEST = 4
"""Formulas within formulas that are followed."""


def inline(formulas: Formulas, entity: Entity, drawn: Sequence[dict[str, Any]]) -> None:
    """Puts the formulas of the record's own fields that are not among the ``drawn`` into the conditions that read them."""
    shown = {made["key"] for made in drawn}
    trees = {
        of.key: tree
        for of in entity.fields
        if of.formula and of.key not in shown and (tree := formulas.tree(entity, of.uid, "formula"))
    }
    for made in drawn if trees else ():
        for name in CONDITIONS:
            if name in made:
                made[name] = inlined(made[name], trees)


def inlined(tree: Any, trees: Mapping[str, Any], depth: int = DEEPEST) -> Any:
    """The tree with the trees of those paths in their places."""
    if not isinstance(tree, list) or depth == 0:
        return tree
    if len(tree) == 2 and tree[0] == "path" and tree[1] in trees:
        return inlined(trees[tree[1]], trees, depth - 1)
    return [inlined(part, trees, depth) for part in tree]
