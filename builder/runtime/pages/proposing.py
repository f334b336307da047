"""Proposing: the lines that a document can begin with. What is open of one customer, the oldest first, as far as the money reaches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import islice

from flask import Blueprint, Response, request

from builder.errors import NotFoundError
from builder.expressions import Expression
from builder.metadata.entity import Entity, Field
from builder.metadata.filter import paths_at_hand
from builder.metadata.form import Proposal
from builder.record import Record
from builder.rules.defaults import defaults
from builder.runtime.api.body import answer
from builder.runtime.context import Context
from builder.runtime.listing import Wanted, list_records
from builder.runtime.pages.fields import Fields
from builder.runtime.pages.forms import form_nodes
from builder.runtime.pages.formulas import Formulas
from builder.runtime.pages.given import Given, given_document
from builder.runtime.pages.lookups import Item, Lookups
from builder.runtime.pages.site import Site
from builder.runtime.pages.titles import Titles
from builder.runtime.pages.words import Words

AT_ONCE = 200
"""Records that are looked at together, and the most lines that are proposed."""


def add_proposing(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/propose/<entity>/<lines>?parent.…``: values of the document go along."""

    @pages.get("/a/<app>/propose/<entity>/<lines>")
    def propose(app: str, entity: str, lines: str) -> Response:
        with site.reading(app) as ctx:
            return answer({"items": _proposing(ctx, site.words(), entity, lines).items()})


def _proposing(ctx: Context, words: Words, key: str, lines: str) -> Proposing:
    entity = ctx.app.package.entity(key)
    of = entity.field(lines) if entity else None
    model = ctx.app.package.entity(of.entity or "") if of else None
    if entity is None or model is None or not ctx.kernel.is_readable(key, lines):
        raise NotFoundError(field=lines)
    if not (ctx.kernel.may("create", key) or ctx.kernel.may("update", key)):
        raise NotFoundError(entity=key)
    nodes = (n for n in form_nodes(ctx, entity) if n.field == lines and n.proposal is not None)
    plan = next((n.proposal for n in nodes), None)
    reference = model.field(plan.field) if plan else None
    if plan is None or reference is None:
        raise NotFoundError(field=lines)
    return Proposing(ctx, words, entity, lines, model, plan, reference, request.args)


def shared_out(
    rows: Iterable[tuple[Record, Decimal]], most: Decimal | None
) -> Iterator[tuple[Record, Decimal]]:
    """Each record with what it takes: those before in full, the last what is left of ``most``; nothing for those of which nothing is open."""
    left = most
    for record, amount in rows:
        if left is not None and left <= 0:
            return
        taken = amount if left is None else min(amount, left)
        if taken <= 0:
            continue
        left = None if left is None else left - taken
        yield record, taken


@dataclass(frozen=True)
class Proposing:
    """Lines of ``entity`` as its form proposes them; ``given`` are values of the document, by path, as the address brings them."""

    ctx: Context
    words: Words
    entity: Entity
    lines: str
    model: Entity
    plan: Proposal
    reference: Field
    given: Given

    def items(self) -> list[Item]:
        """The records as a lookup gives them, each with the amount that its line takes."""
        lookups = Lookups(self.ctx, self.words, self.model, self.reference, self.given)
        target = self.ctx.app.package.entity(self.reference.entity or "")
        where = self.reference.filter or {}
        if target is None or any(lookups.own_value(p) is None for p in paths_at_hand(where)):
            # Nobody's records are proposed before it is said whose.
            return []
        amount = self.model.field(self.plan.amount)
        if amount is None:
            return [
                lookups.item(target, record) for record in islice(self._records(target, lookups), AT_ONCE)
            ]
        shares = islice(shared_out(self._open(target, lookups), self._most()), AT_ONCE)
        return [self._with_amount(lookups.item(target, record), amount, taken) for record, taken in shares]

    @cached_property
    def _fields(self) -> Fields:
        return Fields(self.ctx, self.words, Titles(self.ctx), self.model, "create", Formulas(self.ctx))

    def _with_amount(self, item: Item, amount: Field, taken: Decimal) -> Item:
        own = {} if amount.is_computed else {amount.key: self._fields.value(amount, taken)}
        return {**item, "values": {**item["values"], **own}}

    def _records(self, target: Entity, lookups: Lookups) -> Iterator[Record]:
        return (record for page in self._pages(target, lookups) for record in page)

    def _most(self) -> Decimal | None:
        value = self._parent.values.get(self.plan.within) if self.plan.within else None
        # Nothing is what a form says before anything is entered.
        return value if isinstance(value, Decimal) and value else None

    @cached_property
    def _parent(self) -> Record:
        return given_document(self.ctx, self.entity, self.given)

    @cached_property
    def _formula(self) -> Expression | None:
        of = self.model.field(self.plan.amount)
        return self.ctx.expression(of.uid, "formula") if of is not None and of.formula else None

    def _open(self, target: Entity, lookups: Lookups) -> Iterator[tuple[Record, Decimal]]:
        """The records in their order, each with the amount that its line begins with."""
        for page in self._pages(target, lookups):
            yield from zip(page, self._amounts(page), strict=True)

    def _pages(self, target: Entity, lookups: Lookups) -> Iterator[Sequence[Record]]:
        sort = tuple((path, False) for path in self.plan.sort)
        cursor: str | None = None
        while True:
            wanted = Wanted(lookups.limits(), sort=sort, limit=AT_ONCE, cursor=cursor, count="none")
            page = list_records(self.ctx, target.key, wanted)
            yield page.records
            cursor = page.next
            if not cursor:
                return

    def _amounts(self, records: Iterable[Record]) -> list[Decimal]:
        """What the lines of all of them begin with, read at once."""
        lines = tuple(
            Record(self.model.key, -at, {self.reference.key: record.id})
            for at, record in enumerate(records, 1)
        )
        before = self._parent
        after, _ = defaults(self.ctx.facts, before.but(lines={self.lines: lines}), before)
        formula = self._formula
        values = [
            line.values.get(self.plan.amount)
            if formula is None
            else self.ctx.facts.evaluate(formula, line, parent=after)
            for line in after.lines[self.lines]
        ]
        return [value if isinstance(value, Decimal) else Decimal(0) for value in values]
