"""The shape of entities: lines have an owner that holds them, records have a name, an entity has one workflow."""

from __future__ import annotations

from collections.abc import Iterable

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at, called, warning
from builder.metadata.entity import Constraint, Entity


def find(facts: Facts) -> Iterable[Problem]:
    for entity in facts.package.entities:
        path = at("entity", entity.key)
        if entity.kind == "lines" and not _is_held(facts, entity):
            yield Problem("E180", path, {"entity": called(entity)})
        if entity.kind != "lines" and not entity.title:
            yield warning("E181", path, {"entity": called(entity)})
        for index, constraint in enumerate(entity.constraints):
            if not _is_whole(constraint):
                yield Problem(
                    "E182", at("entity", entity.key, "constraints", index), {"entity": called(entity)}
                )
    seen: set[str] = set()
    for workflow in facts.package.workflows:
        if workflow.entity in seen:
            entity_words = called(facts.package.entity(workflow.entity)) or workflow.entity
            yield Problem("E183", at("workflow", workflow.key, "entity"), {"entity": entity_words})
        seen.add(workflow.entity)


def _is_held(facts: Facts, entity: Entity) -> bool:
    parent = facts.package.entity(entity.parent or "")
    return parent is not None and any(f.entity == entity.key for f in parent.line_fields)


def _is_whole(constraint: Constraint) -> bool:
    """Whether it says exactly one thing that must hold."""
    return bool(constraint.unique) is not bool(constraint.check)


CHECK = Check("entity_shapes", ("E180", "E181", "E182", "E183"), find)
