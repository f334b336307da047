"""What of an entity is validated, worked out once per version of an app: the fields that people enter, those that refer, and the checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from builder.errors import Problem
from builder.expressions import Expression
from builder.metadata.entity import Constraint, Entity, Field
from builder.metadata.field_types import FieldType, field_type
from builder.metadata.filter import Filter, paths_at_hand, settled
from builder.record import Value
from builder.rules.context import Context
from builder.rules.kept import Kept

CONDITIONS = ("required_if", "visible_if")
REFERENCES = frozenset({"reference", "multi_reference"})


@dataclass(frozen=True, slots=True)
class Reference:
    """A field that refers: its filter where nothing need be filled in, with what that asks of the other record, and whose values are filled in
    where something must be: those of the record itself and those of its header."""

    field: Field
    where: Filter | None
    asked: frozenset[str]
    own: frozenset[str]
    above: frozenset[str]


class Entered(NamedTuple):
    """A field that people enter, and what its type says of values, where it says anything. ``is_wanted``: it may have to be filled in."""

    key: str
    field: Field
    check: Callable[[Value, Field], Problem | None] | None
    holds_lines: bool
    is_wanted: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What of an entity is looked at: the fields that people enter, those that refer, the checks, and every path that these read."""

    entered: tuple[Entered, ...]
    references: tuple[Reference, ...]
    checks: tuple[tuple[Constraint, Expression | None, Expression | None], ...]
    paths: frozenset[str]


_PLANS = Kept[str, Plan]()


def plan_of(context: Context, entity: Entity) -> Plan:
    plans = _PLANS.of(context.compiled)
    found = plans.get(entity.key)
    if found is None:
        fields = [f for f in entity.fields if not (f.archived or f.is_computed)]
        found = plans[entity.key] = Plan(
            tuple(one for f in fields if (one := _entered(f)) is not None),
            tuple(_reference(entity, f) for f in fields if f.entity and f.type in REFERENCES),
            tuple(_check(context, c) for c in entity.constraints if c.check),
            frozenset(p for expression in _expressions(context, entity) for p in expression.paths),
        )
    return found


def _entered(of: Field) -> Entered | None:
    """None for a field of which nothing can be wrong."""
    kind = field_type(of.type)
    check = kind.check if type(kind).check is not FieldType.check else None
    is_wanted = of.required or bool(of.required_if)
    if kind.generated or (check is None and not is_wanted):
        return None
    return Entered(of.key, of, check, of.type == "lines", is_wanted)


def _check(
    context: Context, constraint: Constraint
) -> tuple[Constraint, Expression | None, Expression | None]:
    """The check with what it asks first, and what it asks then."""
    of = context.compiled.expression
    return constraint, of(constraint.uid, "when"), of(constraint.uid, "check")


def _reference(entity: Entity, of: Field) -> Reference:
    paths = [path.split(".") for path in paths_at_hand(of.filter or {})]
    has_header = entity.parent is not None
    above = frozenset(path[1] for path in paths if has_header and path[0] == "parent" and len(path) > 1)
    own = frozenset(path[0] for path in paths if not has_header or path[0] != "parent")
    where = settled(of.filter or {})
    asked = frozenset(c.field for c in where.conditions()) if where is not None else frozenset()
    return Reference(of, where, asked, own, above)


def _expressions(context: Context, entity: Entity) -> Iterator[Expression]:
    asked = [(f.uid, name) for f in entity.fields for name in CONDITIONS if f.required or f.required_if]
    asked += [(c.uid, name) for c in entity.constraints if c.check for name in ("check", "when")]
    for uid, name in asked:
        expression = context.compiled.expression(uid, name)
        if expression is not None:
            yield expression
