"""Offering: of a reference's records those of which a ledger holds something, each with how much and until when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from builder.expressions import Expression, ExpressionError
from builder.ledger.balance import balances, ids_of
from builder.ledger.definition import LedgerModel
from builder.ledger.positive import terms_of
from builder.metadata.entity import Entity, Field
from builder.metadata.filter import paths_at_hand, paths_of
from builder.metadata.ledger import Ledger, Measure
from builder.metadata.offer import Offer
from builder.metadata.paths import field_at
from builder.record import Record, Value
from builder.rules.binding import bind
from builder.runtime.context import Context
from builder.runtime.handlers.sight import in_sight
from builder.runtime.ledger_reading import names_of, scopes_of
from builder.runtime.listing import Wanted, list_records
from builder.runtime.lookup import scanned
from builder.runtime.pages.amounts import measure_text
from builder.runtime.pages.cells import Cells
from builder.runtime.pages.given import read_value
from builder.runtime.pages.lookups import MOST, Item, Lookups
from builder.runtime.pages.titles import Titles
from builder.runtime.rights import Filter

DAY = "business_date"


def offering(lookups: Lookups, text: str) -> Mapping[str, Any]:
    """``items`` as a lookup has them; where nothing is there at all, ``none`` says of what. Balances move: ``live`` answers are not kept."""
    offer = lookups.field.offered
    ledger = lookups.ctx.app.package.ledger(offer.ledger) if offer is not None else None
    if offer is None or ledger is None:
        return {"items": lookups.find(text, limit=MOST)}
    found = Offering(lookups, offer, ledger)
    items = found.find(text)
    return {"items": items, "none": "" if items else found.nothing(text), "live": True}


@dataclass(frozen=True)
class Offering:
    """What the chooser of one field offers for the record at hand."""

    lookups: Lookups
    offer: Offer
    ledger: Ledger

    def find(self, text: str) -> list[Item]:
        """What is there, what was typed in full before it, whether it is there or not."""
        target, own = self.lookups.target(), self.lookups.limits()
        typed = scanned(self.ctx, target, text, own) if text else ()
        records = {record.id: record for record in (*typed, *self._offered(target, own, text))}
        return [self._item(target, record) for record in list(records.values())[:MOST]]

    def nothing(self, text: str) -> str:
        """Words where nothing is there to choose; empty where only ``text`` fits nothing of it, or the actor may not know."""
        if self.held is None or (self.held and text):
            return ""
        words, target = self.lookups.words, self.lookups.target()
        if missing := self._missing():
            return words.say("lookup.choose_first", what=words.inside(words.listed(missing)))
        say = "lookup.nothing_there" if self._facts() else "lookup.nothing_anywhere"
        return words.say(say, what=words.inside(words.of(target.label)), facts=words.listed(self._facts()))

    def _missing(self) -> list[str]:
        """What is to be chosen before: the field's filter asks for it, and it is not there yet."""
        lookups, package = self.lookups, self.ctx.app.package
        paths = paths_at_hand(lookups.field.filter or {})
        fields = (field_at(package, lookups.entity.key, p) for p in paths if lookups.own_value(p) is None)
        return [lookups.words.of(of.label) for of in fields if of is not None]

    @property
    def ctx(self) -> Context:
        return self.lookups.ctx

    @cached_property
    def held(self) -> Mapping[int, Decimal] | None:
        """How much there is of each record; None where the actor may not know it."""
        measure = self.ctx.expression(self.lookups.field.uid, "offered.measure")
        if measure is None or not measure.paths <= self.ctx.kernel.measures(self.ledger.key):
            return None
        rows = balances(
            self.ctx.conn,
            self._model,
            self.ctx.ws,
            group=[self.offer.dimension],
            where=ids_of(self.ctx.conn, self._model, self.ctx.ws, self._limits),
            scope=scopes_of(self.ctx, self.ledger),
            positive=terms_of(measure),
        )
        amounts = (
            (row.dimensions[self.offer.dimension], self._amount(measure, row.measures)) for row in rows
        )
        return {id: amount for id, amount in amounts if id and amount > 0}

    @property
    def _model(self) -> LedgerModel:
        return self.ctx.app.ledgers[self.ledger.key]

    def _amount(self, measure: Expression, row: Mapping[str, Decimal]) -> Decimal:
        value = measure.evaluate(row, self.ctx.environment)
        return value if isinstance(value, Decimal) else Decimal(0)

    @cached_property
    def _limits(self) -> Sequence[Value]:
        """The values of the ledger's dimensions that are at hand, in their order; None where one does not limit."""
        keys = (d.key for d in self.ledger.dimensions)
        return [self._value(key) if key in self.offer.dimensions else None for key in keys]

    def _value(self, dimension: str) -> Value:
        expression = self.ctx.expression(self.lookups.field.uid, f"offered.dimensions.{dimension}")
        try:
            return (
                self.ctx.facts.evaluate(expression, self._line, parent=self._parent) if expression else None
            )
        except ExpressionError:
            return None

    @cached_property
    def _line(self) -> Record:
        """What the record at hand says. What it may not be seen to refer to is not asked about."""
        return in_sight(self.ctx, self.lookups.entity, self.lookups.at_hand(), None)[0]

    @cached_property
    def _parent(self) -> Record | None:
        return self.lookups.document()

    def _facts(self) -> list[str]:
        """What the choice is limited to, in words: ``仓库“中心仓”``."""
        known = {d.key: v for d, v in zip(self.ledger.dimensions, self._limits, strict=True) if v is not None}
        ids = {key: value for key, value in known.items() if isinstance(value, int)}
        names = names_of(self.ctx, self.ledger, self._model, ids, [ids])
        words = self.lookups.words
        return [
            words.say(
                "lookup.fact",
                label=words.inside(words.of(d.label)),
                value=self._name(known[d.key], names.get(d.key)),
            )
            for d in self.ledger.dimensions
            if d.key in known
        ]

    def _name(self, value: Value, names: Mapping[int, Any] | None) -> str:
        named = names.get(value) if names and isinstance(value, int) else None
        return named.title if named is not None else "" if isinstance(value, int) else str(value)

    def _offered(self, target: Entity, own: Filter | None, text: str) -> Iterable[Record]:
        """Those that are there, in their order; what has expired after the others."""
        among = None if self.held is None else tuple(self.held)
        if among == ():
            return []
        expires = self._readable(target, self.offer.expires)
        by = self._readable(target, self.offer.by or self.offer.expires)
        sort = ((by.key, False),) if by is not None else ((target.title, False),)
        parts = [*([own] if own else []), *self._filter(target)]

        def page(limit: int, *more: Filter) -> Sequence[Record]:
            where = {"and": [*parts, *more]}
            wanted = Wanted(where, text, sort, None, limit, None, "none", among=among)
            return list_records(self.ctx, target.key, wanted).records

        if expires is None:
            return page(MOST)
        late = {"field": expires.key, "op": "<", "value": self._day.isoformat()}
        fresh = page(MOST, {"not": late})
        wants_late = self.offer.expired == "last" and len(fresh) < MOST
        return [*fresh, *(page(MOST - len(fresh), late) if wants_late else ())]

    def _readable(self, target: Entity, key: str) -> Field | None:
        of = target.field(key) if key else None
        return of if of is not None and self.ctx.kernel.is_readable(target.key, key) else None

    def _filter(self, target: Entity) -> Iterable[Filter]:
        """The offer's own filter, as far as its fields are there for the actor."""
        where = self.offer.filter
        if where and all(self.ctx.kernel.is_path_readable(target.key, path) for path in paths_of(where)):
            yield bind(where, {path: self.lookups.own_value(path) for path in paths_at_hand(where)})

    @cached_property
    def _day(self) -> date:
        """The day of the document that is entered."""
        own = read_value(self.ctx, Field("", DAY, "date", ""), self.lookups.given.get(DAY, ""))
        above = self._parent.business_date if self._parent is not None else None
        return own if isinstance(own, date) else above or self.ctx.pending.today

    def _item(self, target: Entity, record: Record) -> Item:
        item = self.lookups.item(target, record)
        of = self._readable(target, self.offer.expires)
        day = record.values.get(of.key) if of is not None else None
        told = [self._told(record), self._until(of, day), "" if self._is_told(target) else item["detail"]]
        is_late = isinstance(day, date) and day < self._day
        tag = {"tag": self.lookups.words.say("lookup.expired")} if is_late else {}
        return {**item, "detail": " · ".join(part for part in told if part), **tag}

    def _is_told(self, target: Entity) -> bool:
        return target.subtitle == self.offer.expires

    def _told(self, record: Record) -> str:
        if self.held is None:
            return ""
        amount = self.held.get(record.id)
        if amount is None:
            return self.lookups.words.say("lookup.not_there")
        measure = self._measure
        text = measure_text(measure, amount) if measure is not None else format(amount, "f")
        words, figure = self.lookups.words, f"{text} {self._unit}".strip()
        if measure is not None and measure.key == self.offer.measure:
            return words.say("lookup.of_measure", label=words.of(measure.label), amount=figure)
        return words.say("lookup.there", amount=figure)

    @cached_property
    def _measure(self) -> Measure | None:
        """The measure by whose scale the figure is written: the first that it reads."""
        found = self.ctx.expression(self.lookups.field.uid, "offered.measure")
        return next((m for m in self.ledger.measures if found is not None and m.key in found.paths), None)

    @cached_property
    def _unit(self) -> str:
        path, entity = self.offer.unit, self.lookups.entity
        if not path or not self.ctx.kernel.is_path_readable(entity.key, path):
            return ""
        value = self.ctx.facts.values([path], self._line, parent=self._parent).get(path)
        of = field_at(self.ctx.app.package, entity.key, path)
        return self._cells.text(of, value) if of is not None else ""

    def _until(self, of: Field | None, day: Value) -> str:
        if of is None or day is None:
            return ""
        words = self.lookups.words
        return words.say("lookup.until", label=words.of(of.label), day=self._cells.text(of, day))

    @cached_property
    def _cells(self) -> Cells:
        return Cells(self.ctx, self.lookups.words, Titles(self.ctx))
