"""Finishing: which rules answer an import that has come to its end. Pure."""

from __future__ import annotations

from builder.changes import Message
from builder.metadata.package import Package
from builder.rules.engine import message


def finished(package: Package, app: str, entity: str, moment: str) -> list[Message]:
    """The messages of *import_finished* rules for an import into ``entity``, once each for ``moment`` (the import). They are about no record:
    those that came were told of one by one, as they were written."""
    rules = [r for r in package.rules if r.enabled and r.when.kind == "import_finished"]
    found = (r for r in rules if r.when.entity in (None, "", entity))
    return [message(app, r, None, 0, {"kind": "import_finished", "entity": entity}, moment) for r in found]
