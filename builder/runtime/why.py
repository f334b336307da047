"""Why this number: how a balance came to be in a period, what it is made of, and what is not in it yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from builder.changes import RecordChange
from builder.expressions import ExpressionError
from builder.ledger import breakdown
from builder.ledger.breakdown import Rows
from builder.metadata.entity import Entity
from builder.metadata.ledger import Ledger, Measure
from builder.metadata.workflow import Workflow
from builder.record import Record, Value
from builder.runtime.context import Context
from builder.runtime.expanding import seen
from builder.runtime.ledger_reading import (
    BalanceRow,
    dimension_ids,
    grouping_of,
    ledger_of,
    read_balances,
    scopes_of,
    seen_over,
)
from builder.runtime.movements import Days, Flow, read_movements, total
from builder.runtime.postings import PostingWriter
from builder.runtime.rights import Filter

MOST_DOCUMENTS = 200
SHOWN = 12
"""Documents that a part of the answer names; the entries have them all."""
LATE_DAYS = 2
"""Entered so many days after its day, a document is worth a look."""
Sums = dict[str, Decimal]


@dataclass(frozen=True)
class Period:
    """One measure over a period."""

    measure: Measure
    flow: Flow


@dataclass(frozen=True)
class Kind:
    """What the documents of one entity moved in the period; ``entity`` is None where the reader may not know it."""

    entity: Entity | None
    documents: int
    flows: Mapping[str, Flow]


@dataclass(frozen=True)
class Named:
    """A document with what it has to do with the number; ``record`` is None where it is not the reader's to know."""

    entity: Entity | None
    record: Record | None
    day: date | None
    amount: Decimal


@dataclass(frozen=True)
class Held:
    """A measure beside the counted one (reserved, on its way) and the documents that hold it."""

    measure: Measure
    amount: Decimal
    documents: tuple[Named, ...]


@dataclass(frozen=True)
class Pending:
    """A document that is not in the balance, and what approving it would do to each measure."""

    entity: Entity
    record: Record
    moves: Mapping[str, Decimal]


@dataclass(frozen=True)
class Suspicions:
    """What often lies behind a number that surprises: entered twice, entered late, and places that stand below zero
    (goods that left there without a transfer)."""

    twins: tuple[tuple[Named, ...], ...]
    late: tuple[Named, ...]
    below_zero: tuple[BalanceRow, ...]


@dataclass(frozen=True)
class Inquiry:
    """One balance asked about: a ledger, the records it is limited to, and the period."""

    ctx: Context
    ledger: Ledger
    where: Filter | None
    days: Days

    @property
    def rows(self) -> Rows:
        ledger, model, _ = ledger_of(self.ctx, self.ledger.key, self.where)
        limits = dimension_ids(self.ctx, ledger, self.where)
        return Rows(self.ctx.conn, model, self.ctx.ws, limits, scopes_of(self.ctx, ledger))

    @property
    def counted(self) -> Measure:
        """The measure that a count makes absolute: the number that people ask about first."""
        costing = self.ledger.costing
        found = self.ledger.measure(costing.quantity) if costing is not None else None
        return found or self.ledger.measures[0]

    def periods(self, measures: Sequence[Measure]) -> tuple[Period, ...]:
        """What happened in the period, for each measure."""
        found = read_movements(self.ctx, self.ledger.key, group=(), days=self.days, where=self.where)
        return tuple(Period(m, total(found, m.key)) for m in measures)

    def kinds(self) -> tuple[Kind, ...]:
        """What each kind of document moved, the busiest first."""
        zero = Decimal(0)
        return tuple(
            Kind(
                self._entity(part.entity_id),
                part.documents,
                {k: Flow(zero, part.ins[k], -part.outs[k]) for k in part.ins},
            )
            for part in breakdown.by_document_kind(self.rows, self.days)
        )

    def last_count(self) -> Named | None:
        """The newest count, with the difference that it booked."""
        found = breakdown.last_count(self.rows)
        return self._named([found], found.difference)[0] if found is not None else None

    def held(self, measures: Sequence[Measure]) -> tuple[Held, ...]:
        """Measures beside quantity and value that are not nought, and who holds them."""
        costing = self.ledger.costing
        kept = {self.counted.key, costing.value if costing else ""}
        balance = {p.measure.key: p.flow.closing for p in self.periods(measures)}
        found = []
        for measure in measures:
            if measure.key in kept or not balance[measure.key]:
                continue
            documents = self._named(breakdown.holders(self.rows, measure.key, SHOWN))
            found.append(Held(measure, balance[measure.key], documents))
        return tuple(found)

    def suspicions(self) -> Suspicions:
        rows = self.rows
        return Suspicions(
            tuple(self._named(group) for group in breakdown.twins(rows, self.days, SHOWN)),
            self._named(breakdown.entered_late(rows, self.days, LATE_DAYS, SHOWN)),
            self._below_zero(),
        )

    def _below_zero(self) -> tuple[BalanceRow, ...]:
        """Rows of the first chosen record, at the ledger's finest readable grain, that stand below zero."""
        parts = self.where["and"] if self.where else []
        if not parts:
            return ()
        open_to = set(grouping_of(self.ctx, self.ledger, None)) | {parts[0]["field"]}
        group = [d.key for d in self.ledger.dimensions if d.key in open_to or self._may_group(d.entity)]
        where: Filter = {"and": parts[:1]}
        found = read_balances(self.ctx, self.ledger.key, group=group, where=where)
        return tuple(r for r in found if r.measures.get(self.counted.key, Decimal(0)) < 0)[:SHOWN]

    def _may_group(self, entity: str | None) -> bool:
        model = self.ctx.app.package.entity(entity or "")
        return model is not None and model.kind != "lines" and self.ctx.kernel.may("read", model.key)

    def _entity(self, number: int) -> Entity | None:
        key = self.ctx.app.maps.entity_by_id(number)
        if key is None or not self.ctx.kernel.may("read", key):
            return None
        return self.ctx.app.package.entity(key)

    def _named(self, found: Sequence[Any], amount: Decimal | None = None) -> tuple[Named, ...]:
        known: dict[tuple[int, int], Record] = {}
        for number, ids in breakdown.names_of_documents(found).items():
            entity = self._entity(number)
            if entity is not None:
                known |= {(number, id): record for id, record in seen(self.ctx, entity.key, ids).items()}
        return tuple(
            Named(
                self._entity(one.entity_id),
                known.get((one.entity_id, one.record_id)),
                getattr(one, "day", None),
                one.amount if amount is None else amount,
            )
            for one in found
        )


def pending(ctx: Context, ledger: Ledger, wanted: Mapping[str, int]) -> tuple[Pending, ...]:
    """Documents that would post to the ledger at ``wanted`` (dimension → id) once they are approved, oldest first."""
    found: list[Pending] = []
    for entity in ctx.app.package.entities:
        moves = _transitions(ctx, entity, ledger.key)
        workflow = ctx.app.package.workflow_of(entity.key)
        if not moves or workflow is None or not ctx.kernel.may("read", entity.key):
            continue
        for record in _open_records(ctx, entity, workflow):
            moved = _moved(ctx, ledger.key, record, moves, wanted)
            if any(moved.values()):
                found.append(Pending(entity, record, moved))
    return tuple(sorted(found, key=lambda p: (p.record.business_date or date.min, p.record.id)))


def _transitions(ctx: Context, entity: Entity, ledger: str) -> tuple[str, ...]:
    """Moves that post to the ledger once and for all."""
    keys = (t for p in entity.postings if p.ledger == ledger and p.mode == "fixed" for t in p.transitions)
    return tuple(dict.fromkeys(keys))


def _open_records(ctx: Context, entity: Entity, workflow: Workflow) -> list[Record]:
    states = [s.key for s in workflow.states if not (s.approved or s.final or s.void)]
    parts: list[Filter] = [{"field": "state", "op": "in", "value": states}]
    scope = ctx.kernel.scope(entity.key)
    where: Filter = {"and": [*parts, scope]} if scope else parts[0]
    ids = [r.id for r in ctx.reader.find(entity.key, where, limit=MOST_DOCUMENTS)]
    return list(ctx.reader.get(entity.key, ids).values())


def _moved(
    ctx: Context, ledger: str, record: Record, transitions: tuple[str, ...], wanted: Mapping[str, int]
) -> Sums:
    def evaluate(uid: str, name: str, line: Record, parent: Record | None) -> Value:
        expression = ctx.expression(uid, name)
        return None if expression is None else ctx.evaluate(expression, line, parent)

    writer = PostingWriter(ctx.app, ctx.pending.today, evaluate, ctx.reader.reversals)
    try:
        intents = writer.intents(RecordChange(record, record), transitions, is_reversed=False)
    except ExpressionError:
        # A document that cannot be worked out cannot be approved either.
        return {}
    declared = ctx.app.ledgers[ledger].ledger
    parts = [{"field": key, "op": "=", "value": id} for key, id in wanted.items()]
    seen = seen_over(ctx, declared, {"and": parts} if parts else None)
    moved: Sums = {}
    for intent in intents:
        if intent.ledger != ledger or intent.count:
            continue
        if all(intent.dimensions.get(key) == id for key, id in wanted.items()):
            for key, amount in intent.measures.items():
                if key in seen:
                    moved[key] = moved.get(key, Decimal(0)) + amount
    return moved
