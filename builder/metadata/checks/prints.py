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
    return steps(package, of, path) is not None


CHECK = Check("prints", ("E177",), find)
