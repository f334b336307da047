"""Suggestions: a form fills a field in only where somebody enters it, and chooses a record that the suggestion reads through."""

from __future__ import annotations

from collections.abc import Iterable

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at, called
from builder.metadata.entity import Entity, Field


def find(facts: Facts) -> Iterable[Problem]:
    for entity, index, field in facts.fields():
        expression = facts.expression(field.uid, "suggest") if field.suggest else None
        if expression is None:
            continue
        if not _is_entered(field) or not any(_is_chosen(entity, path) for path in expression.paths):
            yield Problem(
                "E221", at("entity", entity.key, "fields", index, "suggest"), {"field": called(field)}
            )


def _is_entered(field: Field) -> bool:
    return not field.is_computed and not field.read_only


def _is_chosen(entity: Entity, path: str) -> bool:
    """Whether the path leads through a reference of the entity's own that somebody chooses."""
    head, _, rest = path.partition(".")
    of = entity.field(head)
    return bool(rest) and of is not None and of.type == "reference" and _is_entered(of)


CHECK = Check("suggestions", ("E221",), find)
