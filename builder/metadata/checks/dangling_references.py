"""Dangling references: a key that nothing in the package has."""

from __future__ import annotations

from collections.abc import Iterable

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts
from builder.metadata.checks.words import kind_words
from builder.metadata.kinds import place
from builder.metadata.paths import SYSTEM_LABELS
from builder.metadata.schemas import near
from builder.metadata.settings import BUILT_IN
from builder.metadata.targets import Target

KNOWN = frozenset({("setting", s.key) for s in BUILT_IN})


def find(facts: Facts) -> Iterable[Problem]:
    known = facts.references.definitions
    switches = {("setting", module.setting) for module in facts.package.app.modules}
    for use in facts.references.uses:
        if use.target in known or use.target in KNOWN or use.target in switches or _is_system(use.target):
            continue
        params = {
            "kind": kind_words(use.target[0]),
            "name": use.target[-1],
            **near(use.target[-1], _siblings(facts, use.target)),
        }
        yield Problem("E101", place(use.place.node, *use.parts), params)


def _is_system(target: Target) -> bool:
    """Whether it is a name that every record has, such as its business date."""
    return target[0] == "field" and target[-1] in SYSTEM_LABELS


def _siblings(facts: Facts, target: Target) -> list[str]:
    """Names of the same kind in the same place."""
    return [t[-1] for t in facts.references.definitions if t[:-1] == target[:-1]]


CHECK = Check("dangling_references", ("E101",), find)
