"""Why this number: how a balance came to be in a period, and what is not in it yet: documents that nobody has approved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from builder.changes import RecordChange
from builder.expressions import ExpressionError
from builder.metadata.entity import Entity
from builder.metadata.ledger import Ledger, Measure
from builder.metadata.workflow import Workflow
from builder.record import Record, Value
from builder.runtime.context import Context
from builder.runtime.ledger_reading import EntryRow, read_balances, read_entries
from builder.runtime.permissions import Filter
from builder.runtime.postings import PostingWriter

MOST_ENTRIES = 5_000
MOST_DOCUMENTS = 200
Sums = dict[str, Decimal]


@dataclass(frozen=True)
class Period:
    """One measure over a period: ``opening`` + ``ins`` − ``outs`` = ``closing``. ``entries`` counts what moved it."""

    measure: Measure
    opening: Decimal
    ins: Decimal
    outs: Decimal
    closing: Decimal
    entries: int


@dataclass(frozen=True)
class Pending:
    """A document that is not in the balance, and what approving it would do to each measure."""

    entity: Entity
    record: Record
    moves: Mapping[str, Decimal]


def periods(
    ctx: Context, ledger: Ledger, measures: Sequence[Measure], where: Filter | None, first: date
) -> tuple[Period, ...]:
    """What happened since ``first``, for each measure."""
    opening = _sums(ctx, ledger, where, first - timedelta(days=1))
    closing = _sums(ctx, ledger, where, None)
    rows = list(_entries(ctx, ledger, where, first))
    return tuple(_period(m, rows, opening, closing) for m in measures)


def _period(measure: Measure, rows: Sequence[EntryRow], opening: Sums, closing: Sums) -> Period:
    moved = [a for row in rows if (a := row.measures.get(measure.key))]
    nought = Decimal(0)
    return Period(
        measure,
        opening.get(measure.key, nought),
        sum((a for a in moved if a > 0), nought),
        -sum((a for a in moved if a < 0), nought),
        closing.get(measure.key, nought),
        len(moved),
    )


def _sums(ctx: Context, ledger: Ledger, where: Filter | None, as_of: date | None) -> Sums:
    rows = read_balances(ctx, ledger.key, group=(), where=where, as_of=as_of, with_zero=True)
    total: Sums = {}
    for row in rows:
        for key, amount in row.measures.items():
            total[key] = total.get(key, Decimal(0)) + amount
    return total


def _entries(ctx: Context, ledger: Ledger, where: Filter | None, first: date) -> Iterator[EntryRow]:
    after, seen = None, 0
    while seen < MOST_ENTRIES:
        rows, after = read_entries(ctx, ledger.key, where=where, days=(first, None), after=after, limit=500)
        yield from rows
        seen += len(rows)
        if after is None:
            return


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
    seen = ctx.kernel.measures(ledger)
    moved: Sums = {}
    for intent in intents:
        if intent.ledger != ledger or intent.count:
            continue
        if all(intent.dimensions.get(key) == id for key, id in wanted.items()):
            for key, amount in intent.measures.items():
                if key in seen:
                    moved[key] = moved.get(key, Decimal(0)) + amount
    return moved
