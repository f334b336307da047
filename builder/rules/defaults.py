"""Defaults: what a new record, or a new line, starts with where nobody said otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from builder.errors import Problem
from builder.expressions import ExpressionError
from builder.metadata.entity import Entity, Field
from builder.record import Record, Value
from builder.rules.assignment import assigned, failed
from builder.rules.context import Context


def defaults(
    context: Context, record: Record, before: Record | None = None
) -> tuple[Record, tuple[Problem, ...]]:
    """``record`` with the defaults of absent fields, in their declared order, each seeing those before it; a field that was sent empty stays
    empty. With ``before`` only lines that are new get theirs."""
    problems: list[Problem] = []
    if before is None:
        record = _header(context, record, problems)
    for key, lines in record.lines.items():
        known = {line.id for line in before.lines.get(key, ())} if before else set()
        new = [i for i, line in enumerate(lines) if line.id not in known]
        record = _lines(context, record, key, new, problems)
    return record, tuple(problems)


def _wanting(entity: Entity) -> Iterable[Field]:
    return (f for f in entity.fields if f.default and not f.is_computed and not f.archived)


def _fitting(context: Context, entity: Entity, absent_from: Sequence[Record]) -> dict[str, Value]:
    """The references that somebody left out, each with the one record that its default fits. With several nobody guesses."""
    found: dict[str, Value] = {}
    for of in entity.fields:
        if not of.default_filter or of.archived or all(of.key in r.values for r in absent_from):
            continue
        fits = context.reader.find(of.entity or "", of.default_filter, limit=2)
        if len(fits) == 1:
            found[of.key] = fits[0].id
    return found


def _header(context: Context, record: Record, problems: list[Problem]) -> Record:
    entity = context.entity(record.entity)
    record = record.with_values({**_fitting(context, entity, [record]), **record.values})
    for of in _wanting(entity):
        expression = context.compiled.expression(of.uid, "default")
        if of.key in record.values or expression is None:
            continue
        try:
            value = assigned(of, context.evaluate(expression, record))
        except ExpressionError as error:
            problems.append(failed(of, f"/{of.key}", error))
            continue
        record = record.with_values({of.key: value})
    return record


def _lines(context: Context, record: Record, key: str, new: Sequence[int], problems: list[Problem]) -> Record:
    lines = list(record.lines[key])
    if not new:
        return record
    entity = context.entity(lines[0].entity)
    fitting = _fitting(context, entity, [lines[i] for i in new])
    for i in new if fitting else ():
        lines[i] = lines[i].with_values({**fitting, **lines[i].values})
    for of in _wanting(entity):
        expression = context.compiled.expression(of.uid, "default")
        wanting = [i for i in new if of.key not in lines[i].values]
        if expression is None or not wanting:
            continue
        seen = context.values_many(
            expression.paths, [lines[i] for i in wanting], parents=[record] * len(wanting)
        )
        for i, values in zip(wanting, seen, strict=True):
            try:
                value = assigned(of, expression.evaluate(values, context.env))
            except ExpressionError as error:
                problems.append(failed(of, f"/{key}/{i}/{of.key}", error))
                continue
            lines[i] = lines[i].with_values({of.key: value})
    return replace(record, lines={**record.lines, key: tuple(lines)})
