"""Validation: everything that is wrong with a record, at once, each with its place.

Uniqueness and number series are settled in commit, where they hold under concurrency; this is what can be said beforehand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from builder.errors import Problem
from builder.expressions import ExpressionError
from builder.metadata.entity import Field
from builder.record import Record, Value
from builder.rules.conditions import bound, passes
from builder.rules.context import Context
from builder.rules.reach import ids_in
from builder.rules.validation_plan import CONDITIONS, Plan, Reference, plan_of
from builder.rules.wording import filled

BLANK = (str, tuple)
"""What may be there and say nothing."""
NOTHING: tuple[Mapping[str, Value], ...] = ({},)


class _Part(NamedTuple):
    """The header, or the lines of one lines field: records of one entity with their places, how they were before, and the values of every
    path that their conditions and checks name, read at once."""

    plan: Plan
    records: tuple[Record, ...]
    paths: tuple[str, ...]
    parent: Record | None
    old_parent: Record | None
    olds: Mapping[int, Record]
    values: tuple[Mapping[str, Value], ...]


def validate(context: Context, record: Record, before: Record | None = None) -> tuple[Problem, ...]:
    """The problems of ``record`` against its entity and constraints, lines included (``/lines/2/quantity``, counted from 0).
    With ``before``, a value that was already there is not held against it where limits, options or references have changed since."""
    found: list[Problem] = []
    _judged(context, _header(context, record, before), found)
    if record.lines:
        for part in _lines(context, record, before):
            _judged(context, part, found)
    if not found:
        return ()
    if before is not None and _is_void(context, record):
        # What is given up need not be completed first.
        return tuple(problem for problem in found if problem.code != "REQUIRED")
    return tuple(found)


def _judged(context: Context, part: _Part, found: list[Problem]) -> None:
    _fields(context, part, found)
    if part.plan.references:
        _references(context, part, found)
    if part.plan.checks:
        _checks(context, part, found)


def _is_void(context: Context, record: Record) -> bool:
    workflow = context.package.workflow_of(record.entity)
    state = workflow.state(record.state) if workflow is not None else None
    return state is not None and state.void


def _header(context: Context, record: Record, before: Record | None) -> _Part:
    entity = context.entity(record.entity)
    plan = plan_of(context, entity)
    values = (context.values(plan.paths, record, old=before),) if plan.paths else NOTHING
    return _Part(plan, (record,), ("",), None, None, {record.id: before} if before else {}, values)


def _lines(context: Context, record: Record, before: Record | None) -> Iterator[_Part]:
    entity = context.entity(record.entity)
    for of in entity.line_fields:
        lines = record.lines.get(of.key, ())
        if of.entity is None or not lines:
            continue
        known = {line.id: line for line in before.lines.get(of.key, ())} if before else {}
        places = tuple(f"/{of.key}/{i}" for i in range(len(lines)))
        plan = plan_of(context, context.entity(of.entity))
        values = NOTHING * len(lines)
        if plan.paths:
            olds = [known.get(line.id) for line in lines]
            values = tuple(context.values_many(plan.paths, lines, parents=[record] * len(lines), olds=olds))
        yield _Part(plan, lines, places, record, before, known, values)


def is_empty(value: Value) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, tuple) and not value)


# Fields


def _fields(context: Context, part: _Part, problems: list[Problem]) -> None:
    for record, place, values in zip(part.records, part.paths, part.values, strict=True):
        old = part.olds.get(record.id)
        known, was = record.values, NOTHING[0] if old is None else old.values
        for key, of, check, holds_lines, is_wanted in part.plan.entered:
            value = known.get(key)
            if holds_lines:
                is_missing = not record.lines.get(key)
            else:
                is_missing = value is None or (value.__class__ in BLANK and is_empty(value))
            problem = None
            if is_missing:
                problem = _missing(context, of, values) if is_wanted else None
            elif check is not None and (
                old is None or ((then := was.get(key)) is not value and then != value)
            ):
                problem = check(value, of)
            if problem is not None:
                problems.append(replace(problem, path=f"{place}/{key}"))


def _missing(context: Context, of: Field, values: Mapping[str, Value]) -> Problem | None:
    """The problem of a field that says nothing, where it must say something."""
    try:
        return Problem("REQUIRED", params={"field": of.label}) if _is_required(context, of, values) else None
    except ExpressionError as error:
        return Problem("CONDITION_FAILED", params={"field": of.label, "reason": error.why})


def is_required(context: Context, of: Field, record: Record, parent: Record | None = None) -> bool:
    """Whether the record cannot do without a value of the field, as far as that can be told."""
    if not of.required and not of.required_if:
        return False
    asked = (context.compiled.expression(of.uid, name) for name in CONDITIONS)
    paths = {path for expression in asked if expression is not None for path in expression.paths}
    try:
        return _is_required(context, of, context.values(paths, record, parent=parent))
    except ExpressionError:
        return False


def _is_required(context: Context, of: Field, values: Mapping[str, Value]) -> bool:
    """A field that its condition hides is never required."""
    visible = context.compiled.expression(of.uid, "visible_if")
    if visible is not None and not visible.evaluate(values, context.env):
        return False
    if of.required:
        return True
    required = context.compiled.expression(of.uid, "required_if")
    return required is not None and bool(required.evaluate(values, context.env))


# References


def _references(context: Context, part: _Part, problems: list[Problem]) -> None:
    """References that are new, or stand beside something else than before, must exist, be in use and pass the field's filter; one read per
    target entity."""
    asked: dict[str, dict[int, None]] = {}
    places: list[tuple[Reference, Record, int, str]] = []
    for record, place in zip(part.records, part.paths, strict=True):
        old = part.olds.get(record.id)
        for reference in part.plan.references:
            of = reference.field
            value = record.values.get(of.key)
            if value is None:
                continue
            was = _kept(part, reference, record, old) if old is not None else None
            if was == value:
                continue
            known = ids_in(was)
            for id_ in ids_in(value):
                if id_ not in known:
                    asked.setdefault(of.entity or "", {})[id_] = None
                    places.append((reference, record, id_, f"{place}/{of.key}"))
    if not places:
        return
    found = {entity: context.reader.get(entity, list(ids)) for entity, ids in asked.items()}
    for reference, record, id_, path in places:
        of = reference.field
        code = _wrong(context, reference, record, found[of.entity or ""].get(id_), part.parent)
        if code:
            problems.append(Problem(code, path, {"field": of.label}))


def _kept(part: _Part, reference: Reference, record: Record, old: Record) -> Value:
    """What the field said before, where that still says that it may; None where it is asked again."""
    limited = reference.own or reference.above
    return (
        None
        if limited and _is_asked_anew(part, reference, record, old)
        else old.values.get(reference.field.key)
    )


def _is_asked_anew(part: _Part, reference: Reference, record: Record, old: Record) -> bool:
    """Whether something that the filter goes by is changed: a bill of one customer is none of another's, nor a unit of one thing another's."""
    if reference.own and any(record.get(key) != old.get(key) for key in reference.own):
        return True
    now, then = part.parent, part.old_parent
    return (
        bool(reference.above)
        and now is not None
        and then is not None
        and any(now.get(k) != then.get(k) for k in reference.above)
    )


def _wrong(
    context: Context,
    reference: Reference,
    record: Record,
    target: Record | None,
    parent: Record | None,
) -> str:
    if target is None:
        return "REFERENCE_MISSING"
    if target.archived_at is not None:
        return "REFERENCE_ARCHIVED"
    if reference.where is not None:
        is_allowed = reference.where.passes(context.values(reference.asked, target))
    else:
        where = bound(context, reference.field.filter or {}, record, parent)
        is_allowed = passes(context, where, target)
    return "" if is_allowed else "REFERENCE_NOT_ALLOWED"


# Checks


def _checks(context: Context, part: _Part, problems: list[Problem]) -> None:
    env = context.env
    for record, place, values in zip(part.records, part.paths, part.values, strict=True):
        for constraint, when, check in part.plan.checks:
            try:
                holds = (when is not None and not when.evaluate(values, env)) or (
                    check is None or bool(check.evaluate(values, env))
                )
            except ExpressionError as error:
                why = {"check": constraint.key, "reason": error.why}
                problems.append(Problem("CHECK_NOT_JUDGED", place, why))
                continue
            if not holds:
                message = filled(constraint.message, context, record)
                problems.append(Problem("CHECK_FAILED", place, {"check": constraint.key}, message=message))
