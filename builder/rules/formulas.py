"""Formulas: what a record is given besides what a person entered: defaults, copied lookups, own computed fields.

A formula sees its own aggregate: the record, its lines, and through references what others say now. Nothing is ever
recomputed because another record changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from builder.errors import Problem
from builder.expressions import Expression, ExpressionError, quantise
from builder.metadata.entity import Entity, Field
from builder.record import Record, Value
from builder.rules.context import Context

SCALES: Mapping[str, int] = {"money": 2, "quantity": 4, "percent": 2, "decimal": 2, "integer": 0, "rating": 0}


def scale_of(field: Field) -> int | None:
    """Decimal places of a numeric field; None for other types."""
    return field.scale if field.scale is not None else SCALES.get(field.type)


def assigned(field: Field, value: Value) -> Value:
    """``value`` as the field keeps it: numbers at its scale, half up."""
    scale = scale_of(field)
    if scale is not None and isinstance(value, Decimal):
        return quantise(value, scale)
    return value


def complete(context: Context, record: Record, before: Record | None = None) -> tuple[Record, tuple[Problem, ...]]:
    """``record`` with defaults (new record, new lines), lookups copied at save and stored formulas, and what failed on the way."""
    problems: list[Problem] = []
    record = _defaults(context, record, before, problems)
    record = _copies(context, record, before, problems)
    record = _formulas(context, record, problems)
    return record, tuple(problems)


def defaults(context: Context, record: Record, before: Record | None = None) -> tuple[Record, tuple[Problem, ...]]:
    """``record`` with the defaults of absent fields; with ``before`` only lines that are new get theirs."""
    problems: list[Problem] = []
    return _defaults(context, record, before, problems), tuple(problems)


def compute(context: Context, record: Record) -> tuple[Record, tuple[Problem, ...]]:
    """``record`` with its stored formulas worked out, lines before what sums them, each quantised to its field's scale."""
    problems: list[Problem] = []
    return _formulas(context, record, problems), tuple(problems)


def failed(field: Field, path: str, error: ExpressionError) -> Problem:
    return Problem("FORMULA_FAILED", path, {"field": field.key, "reason": error.code, **error.params})


# Defaults


def _defaults(context: Context, record: Record, before: Record | None, problems: list[Problem]) -> Record:
    if before is None:
        record = _default_header(context, record, problems)
    for key, lines in record.lines.items():
        known = _line_ids(before, key)
        record = _default_lines(context, record, key, [i for i, line in enumerate(lines) if line.id not in known], problems)
    return record


def _line_ids(record: Record | None, key: str) -> set[int]:
    return {line.id for line in record.lines.get(key, ())} if record else set()


def _wanting(entity: Entity) -> Iterable[Field]:
    return (f for f in entity.fields if f.default and not f.is_computed and not f.archived)


def _default_header(context: Context, record: Record, problems: list[Problem]) -> Record:
    for of in _wanting(context.entity(record.entity)):
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


def _default_lines(
    context: Context, record: Record, key: str, new: Sequence[int], problems: list[Problem]
) -> Record:
    lines = list(record.lines[key])
    if not new:
        return record
    for of in _wanting(context.entity(lines[0].entity)):
        expression = context.compiled.expression(of.uid, "default")
        wanting = [i for i in new if of.key not in lines[i].values]
        if expression is None or not wanting:
            continue
        seen = context.values_many(expression.paths, [lines[i] for i in wanting], parents=[record] * len(wanting))
        for i, values in zip(wanting, seen, strict=True):
            try:
                value = assigned(of, expression.evaluate(values, context.env))
            except ExpressionError as error:
                problems.append(failed(of, f"/{key}/{i}/{of.key}", error))
                continue
            lines[i] = lines[i].with_values({of.key: value})
    return replace(record, lines={**record.lines, key: tuple(lines)})


# Lookups that are copied once


def _copied(entity: Entity) -> list[Field]:
    return [f for f in entity.fields if f.lookup and f.copy == "at_save" and not f.archived]


def _copies(context: Context, record: Record, before: Record | None, problems: list[Problem]) -> Record:
    record = _copy(context, [record], [before], [None], [None])[0]
    lines: dict[str, tuple[Record, ...]] = {}
    for key, now in record.lines.items():
        known = {line.id: line for line in before.lines.get(key, ())} if before else {}
        olds = [known.get(line.id) for line in now]
        lines[key] = tuple(_copy(context, now, olds, [record] * len(now), [before] * len(now)))
    return replace(record, lines=lines) if lines else record


def _copy(
    context: Context,
    records: Sequence[Record],
    olds: Sequence[Record | None],
    parents: Sequence[Record | None],
    old_parents: Sequence[Record | None],
) -> list[Record]:
    """The records (all of one entity) with their copies: taken when the record is new or its reference became another one, unless
    a person gave another value in the same change."""
    if not records:
        return []
    fields = _copied(context.entity(records[0].entity))
    if not fields:
        return list(records)
    paths = {f.lookup for f in fields if f.lookup}
    seen = context.values_many(paths, records, parents=parents)
    result = []
    for record, old, parent, old_parent, values in zip(records, olds, parents, old_parents, seen, strict=True):
        fresh: dict[str, Value] = {}
        for of in fields:
            path = of.lookup or ""
            if _takes(of, record, old, _source(path, record, parent) != _source(path, old, old_parent)):
                fresh[of.key] = assigned(of, values.get(path))
        result.append(record.with_values(fresh) if fresh else record)
    return result


def _source(path: str, record: Record | None, parent: Record | None) -> Value:
    """The value of the reference that the lookup starts from."""
    head, _, rest = path.partition(".")
    if head == "parent":
        head, record = rest.partition(".")[0], parent
    return record.get(head) if record else None


def _takes(of: Field, record: Record, old: Record | None, moved: bool) -> bool:
    if old is None:
        return of.read_only or record.get(of.key) is None
    given = record.get(of.key) != old.get(of.key)
    return moved and (of.read_only or not given)


# Own formulas


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula in its place: ``lines`` is the lines field's key, empty for the header."""

    lines: str
    field: Field
    expression: Expression

    @property
    def name(self) -> str:
        return f"{self.lines}.{self.field.key}" if self.lines else self.field.key


def plan(context: Context, entity: Entity) -> tuple[Formula, ...]:
    """The aggregate's stored formulas with what they need, in the order in which they must be worked out: lines and header may depend
    on each other. Volatile ones are live, not stored. A circle is cut where it is met; publishing refuses it."""
    found: dict[str, Formula] = {}
    for lines, of_entity in _parts(context, entity):
        for of in of_entity.fields:
            expression = context.compiled.expression(of.uid, "formula") if of.formula else None
            if expression is not None and not expression.volatile and not of.archived:
                formula = Formula(lines, of, expression)
                found[formula.name] = formula
    done: dict[str, Formula] = {}
    for name, formula in found.items():
        if formula.field.stored:
            _visit(name, found, done, set())
    return tuple(done.values())


def _parts(context: Context, entity: Entity) -> Iterable[tuple[str, Entity]]:
    for of in entity.line_fields:
        if of.entity:
            yield of.key, context.entity(of.entity)
    yield "", entity


def _visit(name: str, found: Mapping[str, Formula], done: dict[str, Formula], above: set[str]) -> None:
    if name in done or name in above:
        return
    formula = found[name]
    for path in sorted(formula.expression.paths):
        needed = _place(path, formula.lines)
        if needed in found:
            _visit(needed, found, done, above | {name})
    done[name] = formula


def _place(path: str, lines: str) -> str:
    """How the plan calls what ``path`` names, seen from the header or from a line."""
    parts = path.split(".")
    if lines:
        return parts[1] if parts[0] == "parent" and len(parts) > 1 else f"{lines}.{parts[0]}"
    return path if len(parts) > 1 else parts[0]


def _formulas(context: Context, record: Record, problems: list[Problem]) -> Record:
    formulas = plan(context, context.entity(record.entity))
    if not formulas:
        return record
    work = _Work(context, record, formulas)
    for formula in formulas:
        work.do(formula, problems)
    return work.result()


class _Work:
    """The values of one aggregate while its formulas are worked out one after the other."""

    def __init__(self, context: Context, record: Record, formulas: Sequence[Formula]) -> None:
        self._context = context
        self._record = record
        self._formulas = formulas
        known = {f.name for f in formulas}
        empty = _without(record, known)
        self._header = context.values(_paths(formulas, ""), empty)
        self._lines: dict[str, list[dict[str, Value]]] = {}
        for key, lines in empty.lines.items():
            self._lines[key] = context.values_many(_paths(formulas, key), lines, parents=[empty] * len(lines))

    def do(self, formula: Formula, problems: list[Problem]) -> None:
        of, key = formula.field, formula.field.key
        if not formula.lines:
            value = self._one(formula, self._header, f"/{key}", problems)
            self._header[key] = value
            for lines in self._lines.values():
                for values in lines:
                    values[f"parent.{key}"] = value
            return
        lines = self._lines.get(formula.lines, [])
        for i, values in enumerate(lines):
            values[key] = self._one(formula, values, f"/{formula.lines}/{i}/{of.key}", problems)
        self._header[f"{formula.lines}.{key}"] = tuple(values[key] for values in lines)

    def _one(self, formula: Formula, values: Mapping[str, Value], path: str, problems: list[Problem]) -> Value:
        try:
            return assigned(formula.field, formula.expression.evaluate(values, self._context.env))
        except ExpressionError as error:
            problems.append(failed(formula.field, path, error))
            return None

    def result(self) -> Record:
        kept = [f for f in self._formulas if f.field.stored]
        header = {f.field.key: self._header[f.field.key] for f in kept if not f.lines}
        lines: dict[str, tuple[Record, ...]] = {}
        for key, records in self._record.lines.items():
            own = [f.field.key for f in kept if f.lines == key]
            done = zip(records, self._lines[key], strict=True)
            lines[key] = tuple(line.with_values({k: values[k] for k in own}) for line, values in done)
        return replace(self._record.with_values(header), lines=lines)


def _paths(formulas: Iterable[Formula], lines: str) -> frozenset[str]:
    return frozenset(path for f in formulas if f.lines == lines for path in f.expression.paths)


def _without(record: Record, names: set[str]) -> Record:
    """The record with its formulas emptied, so that nothing is worked out from a value of yesterday."""
    lines = {
        key: tuple(replace(line, values=_emptied(line.values, names, f"{key}.")) for line in of)
        for key, of in record.lines.items()
    }
    return replace(record, values=_emptied(record.values, names, ""), lines=lines)


def _emptied(values: Mapping[str, Value], names: set[str], prefix: str) -> dict[str, Value]:
    kept = {k: v for k, v in values.items() if prefix + k not in names}
    return kept | {n.removeprefix(prefix): None for n in names if n.startswith(prefix) and "." not in n.removeprefix(prefix)}
