"""Defaults: what a new record, or a new line, starts with where nobody said otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from builder.errors import Problem
from builder.expressions import ExpressionError
from builder.metadata.entity import Entity, Field
from builder.record import Record, Value
from builder.rules.assignment import assigned, failed
from builder.rules.binding import paths_at_hand
from builder.rules.conditions import bound
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
    """The references that somebody left out, each with the one record that its default fits, whoever asks."""
    found: dict[str, Value] = {}
    for of in entity.fields:
        if not of.default_filter or of.archived or all(of.key in r.values for r in absent_from):
            continue
        if not paths_at_hand(of.default_filter):
            found.update(fitting(context, of, of.default_filter))
    return found


def _bound(entity: Entity) -> list[tuple[Field, Mapping[str, Any]]]:
    """The references whose default asks for what the record itself says."""
    asked = ((f, f.default_filter) for f in entity.fields if not f.archived)
    return [(f, where) for f, where in asked if where and paths_at_hand(where)]


def _own(
    context: Context,
    asked: Sequence[tuple[Field, Mapping[str, Any]]],
    record: Record,
    parent: Record | None = None,
) -> Record:
    for of, where in asked:
        if of.key not in record.values:
            record = record.with_values(fitting(context, of, bound(context, where, record, parent)))
    return record


def fitting(context: Context, of: Field, where: Mapping[str, Any]) -> Mapping[str, Value]:
    """The one record that fits. With several nobody guesses."""
    fits = context.reader.find(of.entity or "", where, limit=2)
    return {of.key: fits[0].id} if len(fits) == 1 else {}


def _header(context: Context, record: Record, problems: list[Problem]) -> Record:
    entity = context.entity(record.entity)
    record = record.with_values({**_fitting(context, entity, [record]), **record.values})
    record = _own(context, _bound(entity), record)
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
    asked = _bound(entity)
    for i in new if fitting or asked else ():
        lines[i] = _own(context, asked, lines[i].with_values({**fitting, **lines[i].values}), record)
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
