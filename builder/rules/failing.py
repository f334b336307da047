"""Failing: which rules answer a *later* rule that was given up. Pure."""

from __future__ import annotations

from builder.changes import Message
from builder.metadata.package import Package
from builder.rules.engine import message


def failures(
    package: Package, app: str, failed: str, entity: str | None, id_: int, moment: str
) -> list[Message]:
    """The messages of *rule_failed* rules for a *later* rule that was given up, about the record that it was about. A rule that itself waits for
    failures wakes none: it would wake itself."""
    rules = [r for r in package.rules if r.enabled and r.when.kind == "rule_failed"]
    if any(failed == r.key for r in rules):
        return []
    event = {"kind": "rule_failed", "failed": failed, "about": bool(entity)}
    found = (r for r in rules if r.when.entity in (None, "", entity))
    return [message(app, r, entity, id_, event, f"{failed}:{moment}") for r in found]
