"""Validation: everything that is wrong with a record, at once, each with its place.

Uniqueness and number series are settled in commit, where they hold under concurrency; this is what can be said beforehand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from builder.errors import Problem
from builder.expressions import Expression, ExpressionError
from builder.metadata.entity import Entity, Field
from builder.metadata.patterns import PatternError, pattern_matches
from builder.metadata.text import in_locale
from builder.record import Record, Value
from builder.rules.conditions import bound, passes
from builder.rules.context import Context
from builder.rules.formulas import scale_of
from builder.rules.wording import filled

LARGEST = 2**63 - 1
GIVEN_BY_ENGINE = frozenset({"auto_number", "created_by", "created_at", "updated_by", "updated_at"})
CONDITIONS = ("required_if", "visible_if", "min", "max")


@dataclass(frozen=True, slots=True)
class _Part:
    """The header, or the lines of one lines field: records of one entity with their places."""

    entity: Entity
    records: tuple[Record, ...]
    paths: tuple[str, ...]
    parent: Record | None
    olds: Mapping[int, Record]
    values: tuple[Mapping[str, Value], ...] = ()


def validate(context: Context, record: Record, before: Record | None = None) -> tuple[Problem, ...]:
    """The problems of ``record`` against its entity and constraints, lines included (``/lines/2/quantity``, counted from 0).
    With ``before``, what was already there and has not been touched is not held against it (archived options and references)."""
    found: list[Problem] = []
    for part in _parts(context, record, before):
        found.extend(_fields(context, part))
        found.extend(_references(context, part))
        found.extend(_checks(context, part))
    return tuple(found)


def _parts(context: Context, record: Record, before: Record | None) -> Iterator[_Part]:
    entity = context.entity(record.entity)
    olds = {record.id: before} if before else {}
    yield _seen(context, _Part(entity, (record,), ("",), None, olds), [before])
    for of in entity.line_fields:
        lines = record.lines.get(of.key, ())
        if of.entity is None or not lines:
            continue
        known = {line.id: line for line in before.lines.get(of.key, ())} if before else {}
        places = tuple(f"/{of.key}/{i}" for i in range(len(lines)))
        part = _Part(context.entity(of.entity), lines, places, record, known)
        yield _seen(context, part, [known.get(line.id) for line in lines])


def _seen(context: Context, part: _Part, olds: Sequence[Record | None]) -> _Part:
    """The part with the values of every path that its conditions and checks name, read at once."""
    paths = {path for expression in _expressions(context, part.entity) for path in expression.paths}
    values = context.values_many(paths, part.records, parents=[part.parent] * len(part.records), olds=olds)
    return _Part(part.entity, part.records, part.paths, part.parent, part.olds, tuple(values))


def _expressions(context: Context, entity: Entity) -> Iterator[Expression]:
    asked = [(f.uid, name) for f in entity.fields for name in CONDITIONS if getattr(f, name)]
    asked += [(c.uid, name) for c in entity.constraints if c.check for name in ("check", "when")]
    for uid, name in asked:
        expression = context.compiled.expression(uid, name)
        if expression is not None:
            yield expression


def words(of: Field) -> dict[str, Any]:
    """How messages name a field: ``key`` for programs, ``field`` and ``field_en`` for people."""
    return {
        "key": of.key,
        "field": in_locale(of.label, "zh-CN", of.key),
        "field_en": in_locale(of.label, "en", of.key),
    }


def is_empty(value: Value) -> bool:
    return value is None or value == () or (isinstance(value, str) and not value.strip())


# Fields


def _fields(context: Context, part: _Part) -> Iterator[Problem]:
    for record, place, values in zip(part.records, part.paths, part.values, strict=True):
        old = part.olds.get(record.id)
        for of in part.entity.fields:
            if of.archived or of.is_computed or of.type in GIVEN_BY_ENGINE:
                continue
            yield from _field(context, of, record, old, values, f"{place}/{of.key}")


def _field(
    context: Context, of: Field, record: Record, old: Record | None, values: Mapping[str, Value], path: str
) -> Iterator[Problem]:
    value = record.get(of.key)
    empty = not record.lines.get(of.key) if of.type == "lines" else is_empty(value)
    try:
        if empty:
            if _is_required(context, of, values):
                yield Problem("REQUIRED", path, words(of))
            return
        yield from _range(context, of, value, values, path)
    except ExpressionError as error:
        yield Problem("CONDITION_FAILED", path, words(of) | {"reason": error.code})
    yield from _text(of, value, path)
    yield from _size(of, value, path)
    if of.options and (old is None or old.get(of.key) != value):
        yield from _options(of, value, path)


def _is_required(context: Context, of: Field, values: Mapping[str, Value]) -> bool:
    """A field that its condition hides is never required."""
    if not of.required and not of.required_if:
        return False
    visible = context.compiled.expression(of.uid, "visible_if")
    if visible is not None and not visible.evaluate(values, context.env):
        return False
    if of.required:
        return True
    required = context.compiled.expression(of.uid, "required_if")
    return required is not None and bool(required.evaluate(values, context.env))


def _range(
    context: Context, of: Field, value: Value, values: Mapping[str, Value], path: str
) -> Iterator[Problem]:
    low, high = _limit(context, of, "min", values), _limit(context, of, "max", values)
    if low is not None and _less(value, low):
        yield Problem("VALUE_TOO_SMALL", path, words(of) | {"min": str(low)})
    if high is not None and _less(high, value):
        yield Problem("VALUE_TOO_LARGE", path, words(of) | {"max": str(high)})


def _limit(context: Context, of: Field, name: str, values: Mapping[str, Value]) -> Value:
    source = getattr(of, name)
    if source is None:
        return None
    expression = context.compiled.expression(of.uid, name)
    if expression is not None:
        return expression.evaluate(values, context.env)
    return _literal(str(source), of)


def _literal(source: str, of: Field) -> Value:
    """A limit written as a plain value of the field's type."""
    try:
        if of.type == "date":
            return date.fromisoformat(source)
        if of.type == "datetime":
            return datetime.fromisoformat(source)
        if of.type == "time":
            return time.fromisoformat(source)
        return Decimal(source)
    except (ValueError, InvalidOperation):
        return None


def _less(left: Value, right: Value) -> bool:
    """``left < right`` where the two can be compared."""
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return left < right
    if isinstance(left, datetime) and isinstance(right, datetime):
        return left < right
    if type(left) is date and type(right) is date:
        return left < right
    if isinstance(left, time) and isinstance(right, time):
        return left < right
    return False


def _text(of: Field, value: Value, path: str) -> Iterator[Problem]:
    if not isinstance(value, str):
        return
    if of.max_length is not None and len(value) > of.max_length:
        yield Problem("TEXT_TOO_LONG", path, words(of) | {"max": of.max_length, "length": len(value)})
        return
    if of.pattern:
        yield from _pattern(of, value, path)


def _pattern(of: Field, value: str, path: str) -> Iterator[Problem]:
    try:
        matched = pattern_matches(of.pattern or "", value)
    except PatternError as error:
        yield Problem("PATTERN_UNUSABLE", path, words(of) | {"reason": error.reason})
        return
    if matched is None:
        yield Problem("PATTERN_TEXT_TOO_LONG", path, words(of))
    elif not matched:
        yield Problem("PATTERN_MISMATCH", path, words(of), message=of.pattern_message)


def _size(of: Field, value: Value, path: str) -> Iterator[Problem]:
    """Numbers are kept as whole numbers of 63 bits at the field's scale."""
    scale = scale_of(of)
    if scale is not None and isinstance(value, Decimal) and abs(value.scaleb(scale)) > LARGEST:
        yield Problem("NUMBER_TOO_LARGE", path, words(of))


def _options(of: Field, value: Value, path: str) -> Iterator[Problem]:
    known = {o.key: o for o in of.options}
    for key in value if isinstance(value, tuple) else (value,):
        option = known.get(str(key))
        if option is None:
            if of.type != "tags":
                yield Problem("OPTION_UNKNOWN", path, words(of) | {"value": str(key), "options": ", ".join(known)})
        elif option.archived:
            yield Problem("OPTION_ARCHIVED", path, words(of) | {"value": in_locale(option.label, "zh-CN", option.key)})


# References


def _references(context: Context, part: _Part) -> Iterator[Problem]:
    """References that are new must exist, be in use and pass the field's filter; one read per target entity."""
    asked: dict[str, dict[int, None]] = {}
    places: list[tuple[Field, Record, int, str]] = []
    for record, place in zip(part.records, part.paths, strict=True):
        old = part.olds.get(record.id)
        for of in part.entity.fields:
            if of.entity is None or of.type not in {"reference", "multi_reference"} or of.is_computed or of.archived:
                continue
            known = set(_ids(old.get(of.key))) if old else set()
            for id_ in _ids(record.get(of.key)):
                if id_ not in known:
                    asked.setdefault(of.entity, {})[id_] = None
                    places.append((of, record, id_, f"{place}/{of.key}"))
    found = {entity: context.reader.get(entity, list(ids)) for entity, ids in asked.items()}
    for of, record, id_, path in places:
        yield from _reference(context, of, record, found[of.entity or ""].get(id_), path, part.parent)


def _ids(value: Value) -> list[int]:
    many = value if isinstance(value, tuple) else (value,)
    return [v for v in many if isinstance(v, int) and not isinstance(v, bool)]


def _reference(
    context: Context, of: Field, record: Record, target: Record | None, path: str, parent: Record | None
) -> Iterator[Problem]:
    if target is None:
        yield Problem("REFERENCE_MISSING", path, words(of))
    elif target.archived_at is not None:
        yield Problem("REFERENCE_ARCHIVED", path, words(of))
    elif of.filter and not passes(context, bound(context, of.filter, record, parent), target):
        yield Problem("REFERENCE_NOT_ALLOWED", path, words(of))


# Checks


def _checks(context: Context, part: _Part) -> Iterator[Problem]:
    checks = [c for c in part.entity.constraints if c.check]
    for record, place, values in zip(part.records, part.paths, part.values, strict=True):
        for constraint in checks:
            try:
                holds = _applies(context, constraint.uid, values) is False or _check(context, constraint.uid, values)
            except ExpressionError as error:
                yield Problem("CHECK_NOT_JUDGED", place, {"check": constraint.key, "reason": error.code})
                continue
            if not holds:
                message = filled(constraint.message, context, record)
                yield Problem("CHECK_FAILED", place, {"check": constraint.key}, message=message)


def _applies(context: Context, uid: str, values: Mapping[str, Value]) -> bool:
    expression = context.compiled.expression(uid, "when")
    return expression is None or bool(expression.evaluate(values, context.env))


def _check(context: Context, uid: str, values: Mapping[str, Value]) -> bool:
    expression = context.compiled.expression(uid, "check")
    return expression is None or bool(expression.evaluate(values, context.env))


# What a person may change


def uneditable(context: Context, before: Record, after: Record) -> tuple[Problem, ...]:
    """Header and line fields that a person changed although they are read-only or their ``editable_if`` does not hold on the record as it
    was before. Whether the state is editable is the workflow's to say."""
    found: list[Problem] = []
    found.extend(_touched(context, before, after, "", None))
    for key, lines in after.lines.items():
        known = {line.id: line for line in before.lines.get(key, ())}
        for i, line in enumerate(lines):
            if line.id in known:
                found.extend(_touched(context, known[line.id], line, f"/{key}/{i}", before))
    return tuple(found)


def _touched(
    context: Context, before: Record, after: Record, place: str, parent: Record | None
) -> Iterator[Problem]:
    for of in context.entity(after.entity).record_fields:
        if after.get(of.key) == before.get(of.key) or of.is_computed:
            continue
        if of.read_only:
            yield Problem("FIELD_READ_ONLY", f"{place}/{of.key}", words(of))
            continue
        expression = context.compiled.expression(of.uid, "editable_if")
        if expression is None:
            continue
        try:
            editable = bool(context.evaluate(expression, before, parent=parent))
        except ExpressionError:
            editable = False
        if not editable:
            yield Problem("FIELD_NOT_EDITABLE", f"{place}/{of.key}", words(of))
