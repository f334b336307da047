"""Prints: a page that names a value which the record does not have."""

from __future__ import annotations

from collections.abc import Iterable

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at, called
from builder.metadata.mentions import print_names
from builder.metadata.package import Package
from builder.metadata.paths import steps
from builder.metadata.schemas import near
from builder.metadata.settings import find_setting

OWN = frozenset({"lines", "print_count", "number", "title", "state_label", "get", "items"})

POSTED = "posted."
"""Before a ledger: what a line moved there."""


def find(facts: Facts) -> Iterable[Problem]:
    package = facts.package
    for page in package.prints:
        for of, path, _ in print_names(package, page.entity, page.template):
            if _leads(package, of, path):
                continue
            entity = package.entity(of)
            names = [f.key for f in entity.fields] if entity else [s.key for s in package.app.settings]
            params = {"name": path, **near(path, names), "print": called(page)}
            yield Problem("E177", at("print", page.key, "template"), params)


def _leads(package: Package, of: str, path: str) -> bool:
    if of == "setting":
        return find_setting(package, path) is not None
    if path.partition(".")[0] in OWN:
        return True
    if path.startswith(POSTED):
        return _moves(package, of, path.removeprefix(POSTED).partition(".")[0])
    return steps(package, of, path) is not None


def _moves(package: Package, of: str, ledger: str) -> bool:
    """Whether the lines of some document post to the ledger."""
    entity = package.entity(of)
    above = package.entity(entity.parent or "") if entity else None
    return above is not None and any(p.ledger == ledger and p.each for p in above.postings)


CHECK = Check("prints", ("E177",), find)
