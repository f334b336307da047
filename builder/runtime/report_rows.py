"""Report rows: what a report reads, for one actor: records, balances or entries, within its rights, as flat values by path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from builder.errors import ForbiddenError, TooLargeError
from builder.expressions import Expression, compile_expression
from builder.expressions.bounds import Bound
from builder.ledger.pooled import POOLED
from builder.metadata.compare import COMPARE
from builder.metadata.entity import Entity
from builder.metadata.filter import conjuncts, matches, paths_of
from builder.metadata.ledger import Ledger
from builder.metadata.paths import field_at
from builder.record import Record, Value
from builder.rules.context import LEDGER
from builder.runtime.context import Context
from builder.runtime.ledger_reading import ledger_of, read_balances
from builder.runtime.pooled import read_pooled
from builder.runtime.rights import Filter

MOST = 100_000
PAGE = 5_000
BOUNDING = {"=": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
"""Operators of filters by those of expressions."""
PATH = re.compile(r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")
Values = Mapping[str, Value]
ZERO = Decimal(0)


# Records


def may_read_path(ctx: Context, entity: Entity, path: str) -> bool:
    """Whether the actor may read the path; a line's may lead through its header, wherever the line is met."""
    head, _, rest = path.partition(".")
    if head == "parent" and entity.parent and entity.kind == "lines":
        parent = ctx.app.package.entity(entity.parent)
        return not rest or (parent is not None and may_read_path(ctx, parent, rest))
    before, found, after = path.partition(".parent.")
    field = field_at(ctx.app.package, entity.key, before) if found else None
    lines = ctx.app.package.entity(field.entity or "") if field is not None else None
    if lines is not None and lines.kind == "lines":
        return ctx.kernel.is_path_readable(entity.key, before) and may_read_path(
            ctx, lines, f"parent.{after}"
        )
    return ctx.kernel.is_path_readable(entity.key, path)


def reading_scope(ctx: Context, entity: Entity) -> Filter | None:
    """The filter that records must pass to be read; lines are seen where their header is."""
    if entity.kind != "lines" or not entity.parent:
        return ctx.kernel.scope(entity.key)
    above = ctx.kernel.scope(entity.parent)
    own = any(role.grant(entity.key) for role, _ in ctx.kernel.grants)
    return both(ctx.kernel.scope(entity.key) if own else None, _below(above) if above is not None else None)


def _below(where: Filter) -> Filter:
    """A filter over headers as one over their lines."""
    for joint in ("and", "or"):
        if joint in where:
            return {joint: [_below(part) for part in where[joint]]}
    if "not" in where:
        return {"not": _below(where["not"])}
    return {**where, "field": f"parent.{where['field']}"}


def both(*parts: Filter | None) -> Filter | None:
    """Everything that must hold at once."""
    found = [part for part in parts if part]
    if len(found) < 2:
        return found[0] if found else None
    return {"and": found}


def readable(ctx: Context, key: str) -> Entity:
    """The entity, if the actor may read it. Lines are read with their header."""
    entity = ctx.app.package.entity(key)
    if entity is None or not ctx.kernel.may("read", key):
        raise ForbiddenError(deed="read", entity=entity.label if entity else key)
    return entity


def within(ctx: Context, key: str, where: Filter | None) -> Filter | None:
    """The filter with what the actor may see of the entity. 403 where it reads a field that the actor may not."""
    entity = readable(ctx, key)
    if where and not all(may_read_path(ctx, entity, path) for path in paths_of(where)):
        raise ForbiddenError("REPORT_FORBIDDEN", entity=entity.label)
    return both(where, reading_scope(ctx, entity))


def record_rows(
    ctx: Context, key: str, where: Filter | None, paths: Sequence[str], most: int = MOST
) -> Iterator[Values]:
    """Rows of an entity's records. ``TooLargeError`` beyond ``most``: a figure over some of them would be wrong."""
    found = ctx.reader.find(key, within(ctx, key, where), limit=most + 1)
    if len(found) > most:
        raise TooLargeError("REPORT_TOO_LARGE", most=most)
    wanted = frozenset(paths)
    for start in range(0, len(found), PAGE):
        yield from ctx.facts.values_many(wanted, found[start : start + PAGE])


# Balances and entries


@dataclass(frozen=True)
class Limits:
    """A ledger report's filter, taken apart: conditions on dimensions go into the query, those on days too, the rest is judged a
    row at a time."""

    dimensions: tuple[Filter, ...]
    days: tuple[date | None, date | None]
    rest: tuple[tuple[Expression, str, Any], ...]
    joined: tuple[tuple[Filter, Mapping[str, Expression]], ...] = ()
    """Parts whose conditions are joined by *or* or *not*, with what each condition reads."""

    @property
    def where(self) -> Filter | None:
        return {"and": list(self.dimensions)} if self.dimensions else None

    @property
    def paths(self) -> frozenset[str]:
        read = [*(e for e, _, _ in self.rest), *(e for _, fields in self.joined for e in fields.values())]
        return frozenset[str]().union(*(e.paths for e in read))

    @property
    def bounds(self) -> tuple[Bound, ...] | None:
        """The rest as comparisons of names with numbers; None where there is more to it."""
        found = [_bound(e.source, op, wanted) for e, op, wanted in self.rest]
        kept = tuple(b for b in found if b is not None)
        return kept if len(kept) == len(found) and not self.joined else None

    def passes(self, ctx: Context, values: Values) -> bool:
        for expression, op, wanted in self.rest:
            found = expression.evaluate(values, ctx.environment)
            if not COMPARE[op](found, wanted):
                return False
        for where, fields in self.joined:
            read = {name: e.evaluate(values, ctx.environment) for name, e in fields.items()}
            if not matches(where, read):
                return False
        return True


def _bound(path: str, op: str, wanted: Any) -> Bound | None:
    if not PATH.match(path) or op not in BOUNDING or isinstance(wanted, bool):
        return None
    try:
        number = Decimal(wanted)
    except (TypeError, ValueError, ArithmeticError):
        return None
    return Bound(path, BOUNDING[op], number) if number.is_finite() else None


def limits_of(ctx: Context, ledger: Ledger, where: Filter | None) -> Limits:
    """The parts of a filter, which are joined by *and*."""
    dimensions: list[Filter] = []
    joined: list[tuple[Filter, Mapping[str, Expression]]] = []
    rest: list[tuple[Expression, str, Any]] = []
    first: date | None = None
    last: date | None = None
    for part in conjuncts(ctx.reader.filters.resolve(where) if where else None):
        if "field" not in part:
            joined.append((part, {path: compile_expression(path) for path in paths_of(part)}))
            continue
        path, op, value = part["field"], part["op"], part.get("value")
        if path == "business_date" and op in {"=", ">=", "<=", "between"}:
            low, high = _span(op, value)
            first = max(filter(None, (first, low)), default=None)
            last = min(filter(None, (last, high)), default=None)
        elif PATH.match(path) and ledger.dimension(path.partition(".")[0]) is not None:
            dimensions.append(part)
        else:
            rest.append((compile_expression(path), op, value))
    return Limits(tuple(dimensions), (first, last), tuple(rest), tuple(joined))


def _span(op: str, value: Any) -> tuple[date | None, date | None]:
    if op == "between":
        return _day(value[0]), _day(value[1])
    day = _day(value)
    return (day if op in {"=", ">="} else None), (day if op in {"=", "<="} else None)


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def balance_rows(
    ctx: Context,
    key: str,
    where: Filter | None,
    paths: Sequence[str],
    *,
    group: Sequence[str] = (),
    as_of: date | None = None,
    bounds: Sequence[Bound] = (),
) -> Iterator[Values]:
    """Rows of a ledger's balances by the dimensions that the paths and the filter name (and those of ``group``); those that cannot keep
    the ``bounds`` need not come."""
    ledger, _, measures = ledger_of(ctx, key)
    limits = limits_of(ctx, ledger, where)
    asked = [*paths, *limits.paths]
    shared = [p for p in asked if p.startswith(POOLED)]
    wanted = allowed(ctx, ledger, measures, [p.removeprefix(POOLED) for p in asked])
    heads = {p.partition(".")[0] for p in wanted} | set(group)
    wide = [d.key for d in ledger.dimensions if d.key in heads]
    found = read_balances(ctx, key, group=wide, where=limits.where, as_of=as_of, bounds=bounds)
    falls = read_pooled(ctx, key, group=wide, where=limits.where, as_of=as_of) if shared else {}
    records = [Record(f"{LEDGER}{key}", 0, {**ids_of(row.dimensions), **row.measures}) for row in found]
    counted = [p for p in asked if p in measures or p in shared]
    for row, values in zip(found, ctx.facts.values_many(frozenset(wanted), records), strict=True):
        whole = {**values, **dict.fromkeys(shared, falls.get(row.place(wide), ZERO))} if shared else values
        # A place may have nothing but what its pool left it in the books.
        if shared and not any(whole[p] for p in counted):
            continue
        if limits.passes(ctx, whole):
            yield whole


def ids_of(dimensions: Mapping[str, Any]) -> dict[str, Value]:
    """Dimension values as expressions see them: a record's id, a scalar's text."""
    return {
        key: None if named is None else (named.id if named.entity is not None else named.title)
        for key, named in dimensions.items()
    }


def allowed(ctx: Context, ledger: Ledger, measures: frozenset[str], paths: Sequence[str]) -> list[str]:
    """The paths, if the actor may see all of them."""
    for path in paths:
        head, _, rest = path.partition(".")
        dimension = ledger.dimension(head)
        if head == "setting" or (head in measures and not rest):
            continue
        if dimension is None or (dimension.entity and not _may_name(ctx, dimension.entity, rest)):
            raise ForbiddenError("REPORT_FORBIDDEN", entity=ledger.label)
    return list(dict.fromkeys(paths))


def _may_name(ctx: Context, entity: str, rest: str) -> bool:
    return ctx.kernel.may("read", entity) and (not rest or ctx.kernel.is_path_readable(entity, rest))
