"""Live figures: a formula, rollup or balance that is not stored, worked out when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol

from builder.commands import Actor
from builder.expressions import Expression
from builder.metadata.compiled import CompiledPackage
from builder.metadata.entity import BalanceSource, Entity, Field, Rollup
from builder.metadata.filter import paths_at_hand
from builder.metadata.package import Package
from builder.ports import Directory, Environment, Reader
from builder.record import BUSINESS_DATE, Record, Value
from builder.rules.binding import bind

DAYS = frozenset({"date", "datetime"})
LOOKED_AT = 100
LOT = 500
TOGETHER = frozenset({"sum", "min", "max"})


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
    @property
    def directory(self) -> Directory | None: ...

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

    if of.formula:
        return formula
    if of.balance is not None:
        return LiveBalance(context, of, of.balance, record, parent)
    return LiveRollup(context, of, of.rollup, record, parent) if of.rollup is not None else lambda: None


class LiveBalance:
    """A figure that a ledger knows: its place is told apart from its value, so that those of many records are read together."""

    def __init__(
        self, context: Surroundings, of: Field, source: BalanceSource, record: Record, parent: Record | None
    ) -> None:
        self._context, self._of, self._source = context, of, source
        self._record, self._parent = record, parent

    @cached_property
    def place(self) -> tuple[Value, ...] | None:
        """The keys in the order of the ledger's dimensions; None where there is no such ledger."""
        ledger = self._context.package.ledger(self._source.ledger)
        if ledger is None:
            return None
        keys = {name: self._said(f"balance.dimensions.{name}") for name in self._source.dimensions}
        return tuple(keys.get(d.key) for d in ledger.dimensions)

    def _said(self, property: str) -> Value:
        expression = self._context.compiled.expression(self._of.uid, property)
        if expression is None:
            return None
        return self._context.evaluate(expression, self._record, parent=self._parent)

    @cached_property
    def _days(self) -> tuple[date, date] | None:
        """The last full days that are asked for; today is not over and would make every average too small."""
        if self._context.compiled.expression(self._of.uid, "balance.days") is None:
            return None
        yesterday = self._context.env.today() - timedelta(days=1)
        return yesterday - timedelta(days=max(int(str(self._said("balance.days") or 0)), 0) - 1), yesterday

    def __call__(self) -> Value:
        source, reader, place = self._source, self._context.reader, self.place
        if place is None:
            return None
        figure = self._context.compiled.expression(self._of.uid, "balance.measure")
        names = figure.paths if figure is not None else (source.measure,)
        span = self._days
        measures: dict[str, Value] = {
            m: reader.turnover(source.ledger, m, place, span)
            if span
            else reader.balance(source.ledger, m, place)
            for m in names
        }
        return measures[source.measure] if figure is None else figure.evaluate(measures, self._context.env)

    @classmethod
    def read_together(cls, reader: Reader, figures: Iterable[LiveBalance]) -> None:
        """Let the reader read all places at once; one by one each would be a question."""
        places: dict[tuple[str, tuple[date, date] | None], list[tuple[Value, ...]]] = {}
        for figure in figures:
            if figure.place is not None:
                places.setdefault((figure._source.ledger, figure._days), []).append(figure.place)
        for (ledger, days), of in places.items():
            if len(of) > 1:
                reader.look_ahead(ledger, of, days)


class LiveRollup:
    """A figure over other records. Those that many records ask of the ones that refer to them are read together."""

    def __init__(
        self, context: Surroundings, of: Field, source: Rollup, record: Record, parent: Record | None
    ) -> None:
        self._context, self._of, self._source = context, of, source
        self._record, self._parent = record, parent
        self._known: tuple[Value] | None = None

    def __call__(self) -> Value:
        if self._known is not None:
            return self._known[0]
        return _rolled_up(self._context, self._source, self._record, self._parent)

    @property
    def _is_alike(self) -> bool:
        """Whether every record asks it in the same words, but for which record it is."""
        source = self._source
        is_plain = source.op == "count" or (source.op in TOGETHER and not _is_day(self._context, source))
        return bool(source.reference) and is_plain and not paths_at_hand(source.filter or {})

    @classmethod
    def read_together(cls, reader: Reader, figures: Iterable[LiveRollup]) -> None:
        """Read the figures of each field with one question; one by one each would be one."""
        fields: dict[str, list[LiveRollup]] = {}
        for figure in figures:
            fields.setdefault(figure._of.uid, []).append(figure)
        for alike in fields.values():
            if len(alike) > 1 and alike[0]._is_alike:
                cls._read(reader, alike[0]._source, alike)

    @staticmethod
    def _read(reader: Reader, source: Rollup, figures: Sequence[LiveRollup]) -> None:
        ids = list(dict.fromkeys(figure._record.id for figure in figures))
        found: dict[int, Value] = {}
        for at in range(0, len(ids), LOT):
            lot = ids[at : at + LOT]
            told = reader.aggregate_each(
                source.entity, source.op, source.field, source.reference, lot, source.filter
            )
            found.update(told or {})
        for figure in figures:
            if figure._record.id in found:
                figure._known = (found[figure._record.id],)


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
    """What the record is ordered by, a day as its number; ids grow with every record that is made."""
    standing = Decimal(record.id) if by == "id" else record.values.get(by)
    return Decimal(standing.toordinal()) if isinstance(standing, date) else standing


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
