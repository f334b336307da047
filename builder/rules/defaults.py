"""Defaults: what a new record, or a new line, starts with where nobody said otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from builder.errors import Problem
from builder.expressions import Expression, ExpressionError
from builder.metadata.entity import Field
from builder.metadata.filter import paths_at_hand
from builder.record import Record, Value
from builder.rules.assignment import assigned, failed
from builder.rules.conditions import bound
from builder.rules.context import Context
from builder.rules.kept import Kept


def defaults(
    context: Context, record: Record, before: Record | None = None
) -> tuple[Record, tuple[Problem, ...]]:
    """``record`` with the defaults of absent fields, in their declared order, each seeing those before it; a field that was sent empty stays
    empty. With ``before`` only lines that are new get theirs."""
    if before is not None and not record.lines:
        return record, ()
    problems: list[Problem] = []
    if before is None:
        record = _header(context, record, problems)
    for key, lines in record.lines.items():
        known = {line.id for line in before.lines.get(key, ())} if before else set()
        new = [i for i, line in enumerate(lines) if line.id not in known]
        record = _lines(context, record, key, new, problems)
    return record, tuple(problems)


@dataclass(frozen=True, slots=True)
class Plan:
    """The fields of an entity that start with something: references whose default fits one record whoever asks, those that ask for what the
    record itself says, and what is worked out."""

    fitting: tuple[tuple[Field, Mapping[str, Any]], ...]
    bound: tuple[tuple[Field, Mapping[str, Any]], ...]
    wanting: tuple[tuple[Field, Expression], ...]


_PLANS = Kept[str, Plan]()


def plan_of(context: Context, entity: str) -> Plan:
    plans = _PLANS.of(context.compiled)
    if entity not in plans:
        fields = [f for f in context.entity(entity).fields if not f.archived]
        asked = [(f, f.default_filter) for f in fields if f.default_filter]
        worked = [(f, context.compiled.expression(f.uid, "default")) for f in fields if f.default]
        plans[entity] = Plan(
            tuple((f, where) for f, where in asked if not paths_at_hand(where)),
            tuple((f, where) for f, where in asked if paths_at_hand(where)),
            tuple((f, e) for f, e in worked if e is not None and not f.is_computed),
        )
    return plans[entity]


def _fitting_all(context: Context, plan: Plan, absent_from: Sequence[Record]) -> dict[str, Value]:
    """The references that somebody left out, each with the one record that its default fits, whoever asks."""
    found: dict[str, Value] = {}
    for of, where in plan.fitting:
        if not all(of.key in r.values for r in absent_from):
            found.update(fitting(context, of, where))
    return found


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
    plan = plan_of(context, record.entity)
    if plan.fitting:
        record = record.but(values={**_fitting_all(context, plan, [record]), **record.values})
    record = _own(context, plan.bound, record)
    wanting = [one for one in plan.wanting if one[0].key not in record.values]
    if not wanting:
        return record
    # Nobody else has these values yet: each default is laid in beside those before it, which it sees.
    values = {**record.values}
    record = record.holding(values, record.lines)
    for of, expression in wanting:
        try:
            values[of.key] = assigned(of, context.evaluate(expression, record))
        except ExpressionError as error:
            problems.append(failed(of, f"/{of.key}", error))
    return record


def _lines(context: Context, record: Record, key: str, new: Sequence[int], problems: list[Problem]) -> Record:
    lines = list(record.lines[key])
    if not new:
        return record
    plan = plan_of(context, lines[0].entity)
    fits = _fitting_all(context, plan, [lines[i] for i in new])
    for i in new if fits or plan.bound else ():
        lines[i] = _own(context, plan.bound, lines[i].with_values({**fits, **lines[i].values}), record)
    for of, expression in plan.wanting:
        wanting = [i for i in new if of.key not in lines[i].values]
        if not wanting:
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
    return record.but(lines={**record.lines, key: tuple(lines)})
