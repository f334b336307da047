"""Slots: what the generic tables have room for: dimensions, measures, keys of balances and of costs, unique keys."""

from __future__ import annotations

from collections.abc import Iterable

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at, called
from builder.metadata.entity import Entity
from builder.metadata.ledger import Ledger

DIMENSIONS = 8
MEASURES = 6
GRAIN_DIMENSIONS = 6
COST_DIMENSIONS = 3
UNIQUE_KEYS = 3
"""The same numbers as in the tables of storage, which a test compares."""


def find(facts: Facts) -> Iterable[Problem]:
    for ledger in facts.package.ledgers:
        yield from _ledger(ledger)
    for entity in facts.package.entities:
        count = unique_keys(entity)
        if count > UNIQUE_KEYS:
            yield _much("E172", at("entity", entity.key), entity, count, UNIQUE_KEYS)


def _ledger(ledger: Ledger) -> Iterable[Problem]:
    path = at("ledger", ledger.key)
    if len(ledger.dimensions) > DIMENSIONS:
        yield _much("E169", f"{path}#/dimensions", ledger, len(ledger.dimensions), DIMENSIONS)
    if len(ledger.measures) > MEASURES:
        yield _much("E170", f"{path}#/measures", ledger, len(ledger.measures), MEASURES)
    for index, grain in enumerate(ledger.grains):
        if len(grain.dimensions) > GRAIN_DIMENSIONS:
            place = f"{path}#/grains/{index}/dimensions"
            yield _much("E171", place, ledger, len(grain.dimensions), GRAIN_DIMENSIONS)
    if len(ledger.cost_key) > COST_DIMENSIONS:
        yield _much("E171", f"{path}#/cost_key", ledger, len(ledger.cost_key), COST_DIMENSIONS)


def _much(code: str, path: str, model: Entity | Ledger, count: int, most: int) -> Problem:
    return Problem(code, path, {"name": called(model), "count": count, "max": most})


def unique_keys(entity: Entity) -> int:
    """How many unique slots the entity needs: one per unique field and per unique constraint."""
    fields = sum(1 for f in entity.fields if f.unique and not f.archived)
    return fields + sum(1 for c in entity.constraints if c.unique)


CHECK = Check("slots", ("E169", "E170", "E171", "E172"), find)
