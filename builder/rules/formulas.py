"""Formulas: the stored computed fields of a record, worked out from its own aggregate.

A formula sees the record, its lines, and through references what others say now. Nothing is ever recomputed because
another record changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from builder.errors import Problem
from builder.expressions import Expression, ExpressionError
from builder.metadata.compiled import CompiledPackage
from builder.metadata.entity import Entity, Field
from builder.record import Record, Value
from builder.rules.assignment import assigned, failed
from builder.rules.context import Context
from builder.rules.defaults import defaults
from builder.rules.lookups import copied


def complete(
    context: Context, record: Record, before: Record | None = None
) -> tuple[Record, tuple[Problem, ...]]:
    """``record`` with defaults (new record, new lines), lookups copied at save and stored formulas, and what failed on the way."""
    record, problems = defaults(context, record, before)
    record, more = compute(context, copied(context, record, before))
    return record, (*problems, *more)


def compute(context: Context, record: Record) -> tuple[Record, tuple[Problem, ...]]:
    """``record`` with its stored formulas worked out, lines before what sums them, each quantised to its field's scale. A formula that
    fails leaves its field empty and is told as ``FORMULA_FAILED``."""
    return _computed(context, record, _plan(context, context.entity(record.entity)))


def _computed(context: Context, record: Record, of: _Plan) -> tuple[Record, tuple[Problem, ...]]:
    if not of.formulas:
        return record, ()
    problems: list[Problem] = []
    work = _Work(context, record, of)
    for formula in of.formulas:
        work.do(formula, problems)
    return work.result(), tuple(problems)


def recompute(context: Context, record: Record, was: Record) -> tuple[Record, tuple[Problem, ...]]:
    """``compute`` over what became of ``was``, whose formulas are worked out already: those that see nothing that is another now say what
    they said."""
    whole = _plan(context, context.entity(record.entity))
    if record.lines is not was.lines or any(part for part in whole.parts):
        return compute(context, record)
    moved = frozenset(key for key, value in record.values.items() if was.values.get(key) is not value)
    of = whole.after.get(moved)
    if of is None:
        of = whole.after[moved] = _made(_affected(whole.formulas, moved))
    return _computed(context, record, of)


def _affected(formulas: Sequence[Formula], moved: frozenset[str]) -> tuple[Formula, ...]:
    """The header's formulas that see one of those fields, themselves or through others, or that were overwritten."""
    found: list[Formula] = []
    seen = set(moved)
    for formula in formulas:
        if formula.field.key in seen or any(p.partition(".")[0] in seen for p in formula.expression.paths):
            found.append(formula)
            seen.add(formula.field.key)
    return tuple(found)


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
    return _plan(context, entity).formulas


@dataclass(frozen=True, slots=True)
class _Part:
    """What formulas of the header, or of one kind of lines, read, what they put into place, and what of that is kept."""

    paths: frozenset[str]
    empty: Mapping[str, Value]
    kept: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    """The formulas in their order, and by lines field's key (empty for the header) what belongs to them. ``after`` keeps the plans of those
    that are to be worked out again after these fields have changed."""

    formulas: tuple[Formula, ...]
    parts: Mapping[str, _Part]
    after: dict[frozenset[str], _Plan] = field(default_factory=dict, compare=False)


_NOTHING = _Part(frozenset(), {}, ())
_PLANS: WeakKeyDictionary[CompiledPackage, dict[str, _Plan]] = WeakKeyDictionary()
"""By version of an app, as long as that is in use."""


def _plan(context: Context, entity: Entity) -> _Plan:
    plans = _PLANS.get(context.compiled)
    if plans is None:
        plans = _PLANS.setdefault(context.compiled, {})
    if entity.key not in plans:
        plans[entity.key] = _made(_planned(context, entity))
    return plans[entity.key]


def _made(formulas: tuple[Formula, ...]) -> _Plan:
    return _Plan(formulas, {key: _part(formulas, key) for key in {"", *(f.lines for f in formulas)}})


def _part(formulas: Sequence[Formula], lines: str) -> _Part:
    own = [f for f in formulas if f.lines == lines]
    return _Part(
        frozenset(path for f in own for path in f.expression.paths),
        dict.fromkeys(f.field.key for f in own),
        tuple(f.field.key for f in own if f.field.stored),
    )


def _planned(context: Context, entity: Entity) -> tuple[Formula, ...]:
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
    if lines and parts[0] == "parent" and len(parts) > 1:
        # ``parent.lines.amount`` is a column of the lines themselves: a share of it waits until every line has its amount.
        return ".".join(parts[1:])
    if lines:
        return f"{lines}.{parts[0]}"
    return path


class _Work:
    """The values of one aggregate while its formulas are worked out one after the other."""

    def __init__(self, context: Context, record: Record, plan: _Plan) -> None:
        self._context = context
        self._record = record
        self._parts = plan.parts
        empty = self._emptied()
        self._header = context.values(self._part("").paths, empty)
        self._lines: dict[str, list[dict[str, Value]]] = {}
        for key, lines in empty.lines.items():
            self._lines[key] = context.values_many(self._part(key).paths, lines, parents=[empty] * len(lines))

    def _part(self, lines: str) -> _Part:
        return self._parts.get(lines, _NOTHING)

    def _emptied(self) -> Record:
        """The record without what its formulas gave, so that nothing is worked out from a value of yesterday."""
        lines = {
            key: tuple(line.with_values(self._part(key).empty) for line in of)
            for key, of in self._record.lines.items()
        }
        return self._record.but(values={**self._record.values, **self._part("").empty}, lines=lines)

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
        column = tuple(values[key] for values in lines)
        self._header[f"{formula.lines}.{key}"] = column
        for rows in self._lines.values():
            for values in rows:
                values[f"parent.{formula.lines}.{key}"] = column

    def _one(
        self, formula: Formula, values: Mapping[str, Value], path: str, problems: list[Problem]
    ) -> Value:
        try:
            return assigned(formula.field, formula.expression.evaluate(values, self._context.env))
        except ExpressionError as error:
            problems.append(failed(formula.field, path, error))
            return None

    def result(self) -> Record:
        header = {key: self._header[key] for key in self._part("").kept}
        lines = {
            key: tuple(
                line.with_values({name: values[name] for name in self._part(key).kept})
                for line, values in zip(records, self._lines[key], strict=True)
            )
            for key, records in self._record.lines.items()
        }
        return self._record.but(values={**self._record.values, **header}, lines=lines)
