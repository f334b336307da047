"""Default filters: one that asks what its own record says must not ask for what the record says only afterwards."""

from __future__ import annotations

from collections.abc import Iterable

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at, called
from builder.metadata.entity import Entity
from builder.metadata.filter import paths_at_hand


def find(facts: Facts) -> Iterable[Problem]:
    for entity, index, field in facts.fields():
        for path in paths_at_hand(field.default_filter or {}):
            asked = entity.field(path.partition(".")[0])
            if asked is not None and _is_late(entity, index, asked.key):
                where = at("entity", entity.key, "fields", index, "default_filter")
                yield Problem("E208", where, {"field": called(field), "asked": called(asked)})


def _is_late(entity: Entity, index: int, key: str) -> bool:
    """Whether a new record says it only after the reference began: it starts with a formula, is worked out or copied when the record is
    complete, or is looked for later."""
    asked = next(f for f in entity.fields if f.key == key)
    is_kept = bool(asked.formula and asked.stored) or bool(asked.lookup and asked.copy == "at_save")
    if asked.default or is_kept:
        return True
    return bool(paths_at_hand(asked.default_filter or {})) and entity.fields.index(asked) >= index


CHECK = Check("default_filters", ("E208",), find)
