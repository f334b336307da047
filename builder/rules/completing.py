"""Completing: what a written record gets of its own: defaults, lookups copied at save, and stored formulas.

Of many a new record neither a default nor a formula looks through what another one gives. What all of them read is then found at once, and
each is worked out beside the others; anything else goes step by step, to the same end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from builder.errors import Problem
from builder.expressions import Expression, ExpressionError
from builder.metadata.entity import Field
from builder.record import Record, Value
from builder.rules.assignment import at_scale, failed, scale_of
from builder.rules.context import Context
from builder.rules.defaults import defaults
from builder.rules.defaults import plan_of as plan_of_defaults
from builder.rules.formulas import compute
from builder.rules.formulas import plan_of as plan_of_formulas
from builder.rules.kept import Kept
from builder.rules.lookups import copied, copies_of


@dataclass(frozen=True, slots=True)
class _Worked:
    """A default or a formula, with its field's key and decimal places."""

    key: str
    field: Field
    scale: int | None
    expression: Expression


@dataclass(frozen=True, slots=True)
class _Opening:
    """The defaults and formulas of a new record, what formulas read of what is there before them, what they put into place, and what of
    that is kept. ``seen`` keeps what is read where these defaults are wanted."""

    defaults: tuple[_Worked, ...]
    formulas: tuple[_Worked, ...]
    given: frozenset[str]
    empty: Mapping[str, Value]
    kept: tuple[str, ...]
    seen: dict[tuple[str, ...], frozenset[str]] = field(default_factory=dict, compare=False)


MOST_SEEN = 100
"""Of one entity. Forms and programs leave out the same few fields each time; anybody may leave out any."""
_OPENINGS = Kept[str, _Opening | None]()


def complete(
    context: Context, record: Record, before: Record | None = None
) -> tuple[Record, tuple[Problem, ...]]:
    """``record`` with defaults (new record, new lines), lookups copied at save and stored formulas, and what failed on the way."""
    opening = _opening(context, record.entity) if before is None and not record.lines else None
    if opening is None:
        return step_by_step(context, record, before)
    return _at_once(context, record, opening)


def step_by_step(
    context: Context, record: Record, before: Record | None = None
) -> tuple[Record, tuple[Problem, ...]]:
    """``complete`` of any record: each step sees what the ones before it have come to."""
    record, problems = defaults(context, record, before)
    record, more = compute(context, copied(context, record, before))
    return record, (*problems, *more)


def _at_once(context: Context, record: Record, opening: _Opening) -> tuple[Record, tuple[Problem, ...]]:
    there, env = record.values, context.env
    wanting = [one for one in opening.defaults if one.key not in there]
    values = {**context.values(_read(opening, wanting), record), **opening.empty}
    made: dict[str, Value] = {}
    problems: list[Problem] = []
    for one in wanting:
        try:
            values[one.key] = made[one.key] = at_scale(one.scale, one.expression.evaluate(values, env))
        except ExpressionError as error:
            problems.append(failed(one.field, f"/{one.key}", error))
    for one in opening.formulas:
        try:
            values[one.key] = at_scale(one.scale, one.expression.evaluate(values, env))
        except ExpressionError as error:
            problems.append(failed(one.field, f"/{one.key}", error))
    for key in opening.kept:
        made[key] = values[key]
    return (record.with_values(made) if made else record), tuple(problems)


def _read(opening: _Opening, wanting: Iterable[_Worked]) -> frozenset[str]:
    """Every path that these defaults and the formulas read."""
    at = tuple([one.key for one in wanting])
    found = opening.seen.get(at)
    if found is None:
        if len(opening.seen) >= MOST_SEEN:
            opening.seen.clear()
        found = opening.given.union(*(one.expression.paths for one in wanting)) - opening.empty.keys()
        opening.seen[at] = found
    return found


def _opening(context: Context, entity: str) -> _Opening | None:
    """None where something is looked for among other records, copied, or seen through what is given here."""
    plans = _OPENINGS.of(context.compiled)
    if entity not in plans:
        plans[entity] = _planned(context, entity)
    return plans[entity]


def _planned(context: Context, entity: str) -> _Opening | None:
    model = context.entity(entity)
    begun, formulas = plan_of_defaults(context, entity), plan_of_formulas(context, model)
    if (
        model.parent
        or begun.fitting
        or begun.bound
        or copies_of(context, entity)
        or not formulas.is_of_header
    ):
        return None
    part = formulas.parts[""]
    opening = _Opening(
        tuple(_worked(of, expression) for of, expression in begun.wanting),
        tuple(_worked(formula.field, formula.expression) for formula in formulas.formulas),
        part.given,
        part.empty,
        part.kept,
    )
    return opening if _stand_alone(context, entity, opening) else None


def _worked(of: Field, expression: Expression) -> _Worked:
    return _Worked(of.key, of, scale_of(of), expression)


def _stand_alone(context: Context, entity: str, opening: _Opening) -> bool:
    """Whether nothing is read that another value is when defaults are there: through a field that has one, or of one that is worked out
    whenever somebody looks. Defaults read nothing that formulas give, which come after them."""
    given = {one.key for one in opening.defaults}
    of_defaults = {path for one in opening.defaults for path in one.expression.paths}
    fields = context.fields(entity)
    for path in (*opening.given, *of_defaults):
        head, dot, _ = path.partition(".")
        of = fields.get(head)
        if (dot and head in given) or (of is not None and of.is_computed):
            return False
    return True
