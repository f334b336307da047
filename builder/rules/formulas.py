"""Formulas: the stored computed fields of a record, worked out from its own aggregate.

A formula sees the record, its lines, and through references what others say now. Nothing is ever recomputed because
another record changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from builder.errors import Problem
from builder.expressions import ExpressionError
from builder.metadata.entity import Entity
from builder.metadata.formula_order import Formula, needed
from builder.record import Record, Value
from builder.rules.assignment import assigned, failed
from builder.rules.context import Context
from builder.rules.kept import Kept


def compute(context: Context, record: Record) -> tuple[Record, tuple[Problem, ...]]:
    """``record`` with its stored formulas worked out, lines before what sums them, each quantised to its field's scale. A formula that
    fails leaves its field empty and is told as ``FORMULA_FAILED``."""
    return _computed(context, record, plan_of(context, context.entity(record.entity)))


def _computed(context: Context, record: Record, of: Plan) -> tuple[Record, tuple[Problem, ...]]:
    if not of.formulas:
        return record, ()
    problems: list[Problem] = []
    if of.is_of_header:
        return _with_header(context, record, of, problems), tuple(problems)
    work = _Work(context, record, of)
    for formula in of.formulas:
        work.do(formula, problems)
    return work.result(), tuple(problems)


def _with_header(context: Context, record: Record, of: Plan, problems: list[Problem]) -> Record:
    """The record with formulas of its header alone, which see nothing of theirs but what was worked out before them."""
    part = of.parts[""]
    values = {**context.values(part.given, record), **part.empty}
    for formula in of.formulas:
        of_field = formula.field
        try:
            values[of_field.key] = assigned(of_field, formula.expression.evaluate(values, context.env))
        except ExpressionError as error:
            values[of_field.key] = None
            problems.append(failed(of_field, f"/{of_field.key}", error))
    return record.with_values({key: values[key] for key in part.kept})


def _one(
    context: Context, formula: Formula, values: Mapping[str, Value], path: str, problems: list[Problem]
) -> Value:
    try:
        return assigned(formula.field, formula.expression.evaluate(values, context.env))
    except ExpressionError as error:
        problems.append(failed(formula.field, path, error))
        return None


def recompute(
    context: Context, record: Record, was: Record, wrong: Sequence[Problem] = ()
) -> tuple[Record, tuple[Problem, ...]]:
    """``compute`` over what became of ``was``, whose formulas are worked out already: those that see nothing that is another now say what
    they said. ``wrong`` is what failed then; what is worked out again may have failed for the last time."""
    of = _again(context, record, was)
    made, more = _computed(context, record, of)
    worked_out = {(formula.lines, formula.field.key) for formula in of.formulas}
    return made, (*(p for p in wrong if _formula_at(p) not in worked_out), *more)


def _formula_at(problem: Problem) -> tuple[str, str]:
    """Of which formula a problem is told: its lines field's key, empty for the header, and its own."""
    lines, _, rest = problem.path.strip("/").partition("/")
    return (lines, rest.rpartition("/")[2]) if rest else ("", lines)


def _again(context: Context, record: Record, was: Record) -> Plan:
    """The formulas that must be worked out again."""
    entity = context.entity(record.entity)
    whole = plan_of(context, entity)
    if record.lines is not was.lines or any(part for part in whole.parts):
        return whole
    moved = frozenset(key for key, value in record.values.items() if was.values.get(key) is not value)
    of = whole.after.get(moved)
    if of is None:
        of = whole.after[moved] = _made(_affected(entity, whole.formulas, moved))
    return of


def _affected(entity: Entity, formulas: Sequence[Formula], moved: frozenset[str]) -> tuple[Formula, ...]:
    """The header's formulas that see one of those fields, themselves or through others, or that were overwritten. What is worked out
    whenever somebody looks may go by anything."""
    found: list[Formula] = []
    seen = {*moved, *(_live(entity, formulas) if moved else ())}
    for formula in formulas:
        if formula.field.key in seen or any(p.partition(".")[0] in seen for p in formula.expression.paths):
            found.append(formula)
            seen.add(formula.field.key)
    return tuple(found)


def _live(entity: Entity, formulas: Sequence[Formula]) -> frozenset[str]:
    """Fields that formulas see as they stand at that moment: they are neither kept nor worked out among those formulas."""
    planned = {formula.field.key for formula in formulas}
    return frozenset(
        f.key
        for f in entity.fields
        if f.rollup or f.balance or (f.lookup and f.copy == "live") or (f.formula and f.key not in planned)
    )


def plan(context: Context, entity: Entity) -> tuple[Formula, ...]:
    """The aggregate's stored formulas with what they need, in the order in which they must be worked out: lines and header may depend
    on each other. Volatile ones are live, not stored, and there only for those that see them. A circle is cut where it is met; publishing refuses it."""
    return plan_of(context, entity).formulas


@dataclass(frozen=True, slots=True)
class _Part:
    """What formulas of the header, or of one kind of lines, read, what of that was there before them, what they put into place, and what of that is kept."""

    paths: frozenset[str]
    given: frozenset[str]
    empty: Mapping[str, Value]
    kept: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The formulas in their order, and by lines field's key (empty for the header) what belongs to them. ``after`` keeps the plans of those
    that are to be worked out again after these fields have changed. ``is_of_header``: none is of lines, and none goes on from another one."""

    formulas: tuple[Formula, ...]
    parts: Mapping[str, _Part]
    is_of_header: bool
    after: dict[frozenset[str], Plan] = field(default_factory=dict, compare=False)


_NOTHING = _Part(frozenset(), frozenset(), {}, ())
_PLANS = Kept[str, Plan]()


def plan_of(context: Context, entity: Entity) -> Plan:
    plans = _PLANS.of(context.compiled)
    if entity.key not in plans:
        plans[entity.key] = _made(_planned(context, entity))
    return plans[entity.key]


def _made(formulas: tuple[Formula, ...]) -> Plan:
    parts = {key: _part(formulas, key) for key in {"", *(f.lines for f in formulas)}}
    return Plan(formulas, parts, len(parts) == 1 and not any(f.late for f in formulas))


def _part(formulas: Sequence[Formula], lines: str) -> _Part:
    own = [f for f in formulas if f.lines == lines]
    paths = frozenset(path for f in own for path in f.expression.paths if path not in f.late)
    empty: dict[str, Value] = dict.fromkeys(f.field.key for f in own)
    return _Part(
        paths,
        paths - empty.keys(),
        empty,
        tuple(f.field.key for f in own if _is_kept(f)),
    )


def _is_kept(formula: Formula) -> bool:
    """Whether the record keeps what it says; what goes by the day is worked out whenever somebody looks."""
    return formula.field.stored and not formula.expression.volatile


def _planned(context: Context, entity: Entity) -> tuple[Formula, ...]:
    found: list[Formula] = []
    wanted: set[str] = set()
    for formula in reversed(context.compiled.formulas(entity.key)):
        if _is_kept(formula) or formula.name in wanted:
            found.append(formula)
            wanted.update(needed(formula))
    return tuple(reversed(found))


class _Work:
    """The values of one aggregate while its formulas are worked out one after the other."""

    def __init__(self, context: Context, record: Record, plan: Plan) -> None:
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
        if formula.late:
            self._look(formula)
        if not formula.lines:
            value = _one(self._context, formula, self._header, f"/{key}", problems)
            self._header[key] = value
            for lines in self._lines.values():
                for values in lines:
                    values[f"parent.{key}"] = value
            return
        lines = self._lines.get(formula.lines, [])
        for i, values in enumerate(lines):
            values[key] = _one(self._context, formula, values, f"/{formula.lines}/{i}/{of.key}", problems)
        column = tuple(values[key] for values in lines)
        self._header[f"{formula.lines}.{key}"] = column
        for rows in self._lines.values():
            for values in rows:
                values[f"parent.{formula.lines}.{key}"] = column

    def _look(self, formula: Formula) -> None:
        """Read what the formula sees through others, now that they are worked out."""
        now = self._with(lambda part: part.empty)
        if not formula.lines:
            self._header.update(self._context.values(formula.late, now))
            return
        lines = now.lines.get(formula.lines, ())
        seen = self._context.values_many(formula.late, lines, parents=[now] * len(lines)) if lines else []
        for values, found in zip(self._lines.get(formula.lines, []), seen, strict=True):
            values.update(found)

    def result(self) -> Record:
        return self._with(lambda part: part.kept)

    def _with(self, names_of: Callable[[_Part], Iterable[str]]) -> Record:
        """The record with these of its formulas as they stand now; one that is not worked out yet says nothing."""
        header = {name: self._header.get(name) for name in names_of(self._part(""))}
        lines = {
            key: tuple(
                line.with_values({name: values.get(name) for name in names_of(self._part(key))})
                for line, values in zip(records, self._lines[key], strict=True)
            )
            for key, records in self._record.lines.items()
        }
        return self._record.but(values={**self._record.values, **header}, lines=lines)
