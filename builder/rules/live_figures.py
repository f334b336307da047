"""Live figures: a formula, rollup or balance that is not stored, worked out when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Protocol

from builder.commands import Actor
from builder.expressions import Expression
from builder.metadata.compiled import CompiledPackage
from builder.metadata.entity import Entity, Field, Rollup
from builder.metadata.package import Package
from builder.ports import Environment, Reader
from builder.record import Record, Value
from builder.rules.binding import bind, paths_at_hand

DAYS = frozenset({"date", "datetime"})
BUSINESS_DATE = "business_date"
LOOKED_AT = 100


class Surroundings(Protocol):
    """What following a path, and working out what stands at its end, needs of its context."""

    @property
    def package(self) -> Package: ...
    @property
    def compiled(self) -> CompiledPackage: ...
    @property
    def reader(self) -> Reader: ...
    @property
    def env(self) -> Environment: ...
    @property
    def actor(self) -> Actor: ...

    def entity(self, key: str) -> Entity: ...

    def values(
        self, paths: Iterable[str], record: Record, *, parent: Record | None = None, old: Record | None = None
    ) -> dict[str, Value]: ...

    def fields(self, entity: str) -> Mapping[str, Field]: ...

    def target(self, entity: str, key: str) -> str | None: ...

    def evaluate(
        self,
        expression: Expression,
        record: Record,
        *,
        parent: Record | None = None,
        old: Record | None = None,
    ) -> Value: ...


def live_figure(
    context: Surroundings, of: Field, record: Record, parent: Record | None
) -> Callable[[], Value]:
    """How a figure that is not stored is worked out for ``record``: a formula, a rollup, a balance."""

    def formula() -> Value:
        expression = context.compiled.expression(of.uid, "formula")
        return None if expression is None else context.evaluate(expression, record, parent=parent)

    def rollup() -> Value:
        return None if of.rollup is None else _rolled_up(context, of.rollup, record, parent)

    def days() -> tuple[date, date] | None:
        """The last full days that are asked for; today is not over and would make every average too small."""
        expression = context.compiled.expression(of.uid, "balance.days")
        if expression is None:
            return None
        count = context.evaluate(expression, record, parent=parent)
        yesterday = context.env.today() - timedelta(days=1)
        return yesterday - timedelta(days=max(int(str(count or 0)), 0) - 1), yesterday

    def balance() -> Value:
        source = of.balance
        ledger = context.package.ledger(source.ledger) if source else None
        if source is None or ledger is None:
            return None
        keys: dict[str, Value] = {}
        for name in source.dimensions:
            expression = context.compiled.expression(of.uid, f"balance.dimensions.{name}")
            keys[name] = context.evaluate(expression, record, parent=parent) if expression else None
        ordered = [keys.get(d.key) for d in ledger.dimensions]
        figure = context.compiled.expression(of.uid, "balance.measure")
        names = figure.paths if figure is not None else (source.measure,)
        span = days()
        measures: dict[str, Value] = {
            m: context.reader.turnover(source.ledger, m, ordered, span)
            if span
            else context.reader.balance(source.ledger, m, ordered)
            for m in names
        }
        return measures[source.measure] if figure is None else figure.evaluate(measures, context.env)

    return formula if of.formula else rollup if of.rollup else balance


def _rolled_up(context: Surroundings, source: Rollup, record: Record, parent: Record | None) -> Value:
    where = _counted(context, source, record, parent)
    if source.op in {"first", "last"}:
        return _chosen(context, source, where)
    if source.op in {"min", "max"} and _is_day(context, source):
        return _extreme(context, source, where)
    return context.reader.aggregate(source.entity, source.op, source.field, where)


def _counted(
    context: Surroundings, source: Rollup, record: Record, parent: Record | None
) -> Mapping[str, Any]:
    """The filter of the records that count for this one."""
    own: list[Mapping[str, Any]] = []
    if source.reference:
        own.append({"field": source.reference, "op": "=", "value": record.id})
    if source.filter:
        paths = paths_at_hand(source.filter)
        values = context.values(paths, record, parent=parent) if paths else {}
        own.append(bind(source.filter, values) if paths else source.filter)
    return own[0] if len(own) == 1 else {"and": own}


def _chosen(context: Surroundings, source: Rollup, where: Mapping[str, Any]) -> Value:
    """The figure of the first or last of them. Those that are changing come behind those on record, so that all are compared."""
    last = source.op == "last"
    found = context.reader.find(source.entity, where, sort=[(source.by, last)], limit=LOOKED_AT)
    ordered = [(by, r.id, r) for r in found if isinstance(by := _standing(r, source.by), Decimal)]
    if not ordered:
        return None
    return (max(ordered) if last else min(ordered))[2].values.get(source.field)


def _standing(record: Record, by: str) -> Value:
    """What the record is ordered by; ids grow with every record that is made."""
    return Decimal(record.id) if by == "id" else record.values.get(by)


def _is_day(context: Surroundings, source: Rollup) -> bool:
    """Whether the figure is of days: of a field that holds them, or of the business date that every document has."""
    field = context.fields(source.entity).get(source.field)
    return source.field == BUSINESS_DATE if field is None else field.type in DAYS


def _extreme(context: Surroundings, source: Rollup, where: Mapping[str, Any]) -> Value:
    """The first or last day. Records that are changing come behind those on record, so that one alone would not do."""
    last = source.op == "max"
    found = context.reader.find(source.entity, where, sort=[(source.field, last)], limit=LOOKED_AT)
    days = [day for record in found if isinstance(day := _day(record, source.field), date)]
    if not days:
        return None
    return max(days) if last else min(days)


def _day(record: Record, field: str) -> Value:
    return record.business_date if field == BUSINESS_DATE else record.values.get(field)
