"""Validation: everything that is wrong with a record, at once, each with its place.

Uniqueness and number series are settled in commit, where they hold under concurrency; this is what can be said beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from builder.errors import Problem
from builder.expressions import Expression, ExpressionError
from builder.metadata.entity import Constraint, Entity, Field
from builder.metadata.field_types import FieldType, field_type
from builder.metadata.filter import Filter, settled
from builder.record import Record, Value
from builder.rules.binding import paths_at_hand
from builder.rules.conditions import bound, passes
from builder.rules.context import Context
from builder.rules.kept import Kept
from builder.rules.reach import ids_in
from builder.rules.wording import filled

CONDITIONS = ("required_if", "visible_if")
REFERENCES = frozenset({"reference", "multi_reference"})
NOTHING: tuple[Mapping[str, Value], ...] = ({},)


class _Part(NamedTuple):
    """The header, or the lines of one lines field: records of one entity with their places and how they were before."""

    entity: Entity
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
    for part in _parts(context, record, before):
        found.extend(_fields(context, part))
        found.extend(_references(context, part))
        found.extend(_checks(context, part))
    if before is not None and _is_void(context, record):
        # What is given up need not be completed first.
        return tuple(problem for problem in found if problem.code != "REQUIRED")
    return tuple(found)


def _is_void(context: Context, record: Record) -> bool:
    workflow = context.package.workflow_of(record.entity)
    state = workflow.state(record.state) if workflow is not None else None
    return state is not None and state.void


def _parts(context: Context, record: Record, before: Record | None) -> Iterator[_Part]:
    entity = context.entity(record.entity)
    olds = {record.id: before} if before else {}
    yield _seen(context, _Part(entity, (record,), ("",), None, None, olds, NOTHING), [before])
    for of in entity.line_fields:
        lines = record.lines.get(of.key, ())
        if of.entity is None or not lines:
            continue
        known = {line.id: line for line in before.lines.get(of.key, ())} if before else {}
        places = tuple(f"/{of.key}/{i}" for i in range(len(lines)))
        part = _Part(context.entity(of.entity), lines, places, record, before, known, NOTHING * len(lines))
        yield _seen(context, part, [known.get(line.id) for line in lines])


def _seen(context: Context, part: _Part, olds: Sequence[Record | None]) -> _Part:
    """The part with the values of every path that its conditions and checks name, read at once."""
    paths = _plan(context, part.entity).paths
    if not paths:
        return part
    parents = [part.parent] * len(part.records)
    return part._replace(values=tuple(context.values_many(paths, part.records, parents=parents, olds=olds)))


@dataclass(frozen=True, slots=True)
class _Reference:
    """A field that refers: its filter where nothing need be filled in, with what that asks of the other record, and whose values are filled in
    where something must be: those of the record itself and those of its header."""

    field: Field
    where: Filter | None
    asked: frozenset[str]
    own: frozenset[str]
    above: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Entered:
    """A field that people enter, and what its type says of values, where it says anything. ``is_wanted``: it may have to be filled in."""

    field: Field
    key: str
    check: Callable[[Value, Field], Problem | None] | None
    holds_lines: bool
    is_wanted: bool


@dataclass(frozen=True, slots=True)
class _Plan:
    """What of an entity is looked at: the fields that people enter, those that refer, the checks, and every path that these read."""

    entered: tuple[_Entered, ...]
    references: tuple[_Reference, ...]
    checks: tuple[tuple[Constraint, Expression | None, Expression | None], ...]
    paths: frozenset[str]


_PLANS = Kept[str, _Plan]()


def _plan(context: Context, entity: Entity) -> _Plan:
    plans = _PLANS.of(context.compiled)
    if entity.key not in plans:
        fields = [f for f in entity.fields if not (f.archived or f.is_computed)]
        plans[entity.key] = _Plan(
            tuple(one for f in fields if (one := _entered(f)) is not None),
            tuple(_reference(entity, f) for f in fields if f.entity and f.type in REFERENCES),
            tuple(_check(context, c) for c in entity.constraints if c.check),
            frozenset(p for expression in _expressions(context, entity) for p in expression.paths),
        )
    return plans[entity.key]


def _entered(of: Field) -> _Entered | None:
    """None for a field of which nothing can be wrong."""
    kind = field_type(of.type)
    check = kind.check if type(kind).check is not FieldType.check else None
    is_wanted = of.required or bool(of.required_if)
    if kind.generated or (check is None and not is_wanted):
        return None
    return _Entered(of, of.key, check, of.type == "lines", is_wanted)


def _check(
    context: Context, constraint: Constraint
) -> tuple[Constraint, Expression | None, Expression | None]:
    """The check with what it asks first, and what it asks then."""
    of = context.compiled.expression
    return constraint, of(constraint.uid, "when"), of(constraint.uid, "check")


def _reference(entity: Entity, of: Field) -> _Reference:
    paths = [path.split(".") for path in paths_at_hand(of.filter or {})]
    has_header = entity.parent is not None
    above = frozenset(path[1] for path in paths if has_header and path[0] == "parent" and len(path) > 1)
    own = frozenset(path[0] for path in paths if not has_header or path[0] != "parent")
    where = settled(of.filter or {})
    asked = frozenset(c.field for c in where.conditions()) if where is not None else frozenset()
    return _Reference(of, where, asked, own, above)


def _expressions(context: Context, entity: Entity) -> Iterator[Expression]:
    asked = [(f.uid, name) for f in entity.fields for name in CONDITIONS if f.required or f.required_if]
    asked += [(c.uid, name) for c in entity.constraints if c.check for name in ("check", "when")]
    for uid, name in asked:
        expression = context.compiled.expression(uid, name)
        if expression is not None:
            yield expression


def is_empty(value: Value) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, tuple) and not value)


# Fields


def _fields(context: Context, part: _Part) -> Iterator[Problem]:
    entered = _plan(context, part.entity).entered
    for record, place, values in zip(part.records, part.paths, part.values, strict=True):
        old = part.olds.get(record.id)
        known = record.values
        for one in entered:
            value = known.get(one.key)
            is_missing = (
                not record.lines.get(one.key) if one.holds_lines else value is None or is_empty(value)
            )
            problem = None
            if is_missing:
                problem = _missing(context, one.field, values) if one.is_wanted else None
            elif one.check is not None and (old is None or old.values.get(one.key) != value):
                problem = one.check(value, one.field)
            if problem is not None:
                yield replace(problem, path=f"{place}/{one.key}")


def _missing(context: Context, of: Field, values: Mapping[str, Value]) -> Problem | None:
    """The problem of a field that says nothing, where it must say something."""
    try:
        return Problem("REQUIRED", params={"field": of.label}) if _is_required(context, of, values) else None
    except ExpressionError as error:
        return Problem("CONDITION_FAILED", params={"field": of.label, "reason": error.why})


def is_required(context: Context, of: Field, record: Record) -> bool:
    """Whether the record cannot do without a value of the field, as far as that can be told."""
    if not of.required and not of.required_if:
        return False
    asked = (context.compiled.expression(of.uid, name) for name in CONDITIONS)
    paths = {path for expression in asked if expression is not None for path in expression.paths}
    try:
        return _is_required(context, of, context.values(paths, record))
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


def _references(context: Context, part: _Part) -> Iterator[Problem]:
    """References that are new, or stand beside something else than before, must exist, be in use and pass the field's filter; one read per
    target entity."""
    fields = _plan(context, part.entity).references
    asked: dict[str, dict[int, None]] = {}
    places: list[tuple[_Reference, Record, int, str]] = []
    for record, place in zip(part.records, part.paths, strict=True):
        old = part.olds.get(record.id)
        for reference in fields:
            of = reference.field
            value = record.values.get(of.key)
            if value is None:
                continue
            is_kept = old is not None and not _is_asked_anew(part, reference, record, old)
            was = old.values.get(of.key) if old is not None and is_kept else None
            if was == value:
                continue
            known = ids_in(was)
            for id_ in ids_in(value):
                if id_ not in known:
                    asked.setdefault(of.entity or "", {})[id_] = None
                    places.append((reference, record, id_, f"{place}/{of.key}"))
    found = {entity: context.reader.get(entity, list(ids)) for entity, ids in asked.items()}
    for reference, record, id_, path in places:
        of = reference.field
        code = _wrong(context, reference, record, found[of.entity or ""].get(id_), part.parent)
        if code:
            yield Problem(code, path, {"field": of.label})


def _is_asked_anew(part: _Part, reference: _Reference, record: Record, old: Record) -> bool:
    """Whether something that the filter goes by is changed: a bill of one customer is none of another's, nor a unit of one thing another's."""
    if any(record.get(key) != old.get(key) for key in reference.own):
        return True
    now, then = part.parent, part.old_parent
    return now is not None and then is not None and any(now.get(k) != then.get(k) for k in reference.above)


def _wrong(
    context: Context,
    reference: _Reference,
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


def _checks(context: Context, part: _Part) -> Iterator[Problem]:
    checks = _plan(context, part.entity).checks
    for record, place, values in zip(part.records, part.paths, part.values, strict=True):
        for constraint, when, check in checks:
            try:
                holds = not _true(context, when, values) or _true(context, check, values)
            except ExpressionError as error:
                yield Problem("CHECK_NOT_JUDGED", place, {"check": constraint.key, "reason": error.why})
                continue
            if not holds:
                message = filled(constraint.message, context, record)
                yield Problem("CHECK_FAILED", place, {"check": constraint.key}, message=message)


def _true(context: Context, expression: Expression | None, values: Mapping[str, Value]) -> bool:
    return expression is None or bool(expression.evaluate(values, context.env))
