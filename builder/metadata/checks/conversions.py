"""Conversions: without quantity control a line of a document can be converted again and again."""

from __future__ import annotations

from collections.abc import Iterable

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at, called, warning
from builder.metadata.entity import Conversion, Entity
from builder.metadata.frames import lines_entity


def find(facts: Facts) -> Iterable[Problem]:
    for entity in facts.package.entities:
        for index, conversion in enumerate(entity.conversions):
            path = at("entity", entity.key, "conversions", index)
            params = {"conversion": called(conversion)}
            if _is_repeatable(entity, conversion) and not _is_limited(facts, entity, conversion):
                yield warning("E161", path, params)
            if conversion.open is not None and not (conversion.lines and conversion.lines.quantity):
                yield Problem("E164", path, params)
            if conversion.lines is not None and conversion.lines.from_:
                yield from _no_lines(facts, entity.key, conversion.lines.from_, f"{path}/lines/from")
            if conversion.lines is not None:
                yield from _no_lines(facts, conversion.to, conversion.lines.to, f"{path}/lines/to")
            for place, copied in enumerate(conversion.more_lines):
                yield from _no_lines(facts, entity.key, copied.from_, f"{path}/more_lines/{place}/from")
                yield from _no_lines(facts, conversion.to, copied.to, f"{path}/more_lines/{place}/to")


def _is_repeatable(entity: Entity, conversion: Conversion) -> bool:
    """Whether people can convert the same lines of a document twice. What is made of master data is made of it as often as they like."""
    by_people = set(conversion.by) != {"rule"}
    return conversion.lines is not None and conversion.open is None and entity.kind != "master" and by_people


def _is_limited(facts: Facts, entity: Entity, conversion: Conversion) -> bool:
    """Whether a condition reads how much is left: a live balance or a figure over what was made, or a formula over one."""
    asked = [facts.expression(conversion.uid, property) for property in ("when", "lines.when")]
    waiting = [expression for expression in asked if expression is not None]
    known: set[str] = set()
    while waiting:
        expression = waiting.pop()
        fields = [f for path in expression.paths if path not in known and (f := entity.field(path))]
        known |= expression.paths
        if expression.balances or any(f.balance or f.rollup for f in fields):
            return True
        formulas = (facts.expression(f.uid, "formula") for f in fields if f.formula)
        waiting += [formula for formula in formulas if formula is not None]
    return False


def _no_lines(facts: Facts, entity: str, key: str, path: str) -> Iterable[Problem]:
    """A field that is there and holds no lines. One that is missing is dangling."""
    model = facts.package.entity(entity)
    field = model.field(key) if model else None
    if field is not None and (field.type != "lines" or not lines_entity(facts.package, entity, key)):
        yield Problem("E165", path, {"field": called(field)})


CHECK = Check("conversions", ("E161", "E164", "E165"), find)
