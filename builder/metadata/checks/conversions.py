"""Conversions: without quantity control a line of a document can be converted again and again."""

from __future__ import annotations

from collections.abc import Iterable

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at, called, warning
from builder.metadata.entity import Conversion, Entity, Field
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
    """Whether a condition reads how much is left: a live balance or a figure over what was made, or a formula over one; of the document or
    of its lines."""
    taken = lines_entity(facts.package, entity.key, conversion.lines.from_) if conversion.lines else ""
    asked = [(entity.key, "when"), (taken, "lines.when")]
    waiting = [(of, e) for of, key in asked if (e := facts.expression(conversion.uid, key)) is not None]
    known: set[tuple[str, str]] = set()
    while waiting:
        of, expression = waiting.pop()
        if expression.balances:
            return True
        for path in sorted(expression.paths):
            if (of, path) in known:
                continue
            known.add((of, path))
            holder, field = _read(facts, of, path)
            if field is not None and (field.balance or field.rollup):
                return True
            formula = facts.expression(field.uid, "formula") if field is not None and field.formula else None
            waiting += [(holder, formula)] if formula is not None else []
    return False


def _read(facts: Facts, of: str, path: str) -> tuple[str, Field | None]:
    """The field that a path names, of the entity or of its lines, after the entity that has it."""
    head, _, rest = path.partition(".")
    holder = lines_entity(facts.package, of, head) if rest else of
    found = facts.package.entity(holder)
    return holder, found.field(rest or head) if found is not None else None


def _no_lines(facts: Facts, entity: str, key: str, path: str) -> Iterable[Problem]:
    """A field that is there and holds no lines. One that is missing is dangling."""
    model = facts.package.entity(entity)
    field = model.field(key) if model else None
    if field is not None and (field.type != "lines" or not lines_entity(facts.package, entity, key)):
        yield Problem("E165", path, {"field": called(field)})


CHECK = Check("conversions", ("E161", "E164", "E165"), find)
