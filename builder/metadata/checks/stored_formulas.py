"""Stored formulas: one that depends on today, on who asks or on balances is out of date as soon as it is stored."""

from __future__ import annotations

from collections.abc import Iterable

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at, called
from builder.metadata.field_types import FIELD_TYPES


def find(facts: Facts) -> Iterable[Problem]:
    for entity, index, field in facts.fields():
        formula = facts.expression(field.uid, "formula") if field.formula else None
        kind = FIELD_TYPES.find(field.type)
        is_kept = (
            kind is not None and kind.storage != "none" and (field.stored or field.indexed or field.unique)
        )
        if formula is not None and formula.volatile and is_kept:
            yield Problem(
                "E163", at("entity", entity.key, "fields", index, "formula"), {"field": called(field)}
            )


CHECK = Check("stored_formulas", ("E163",), find)
