"""What if: changed guards and costing methods over what really happened, in memory. Nothing is written, nothing is locked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, and_, select

from builder.ledger.balance import balances
from builder.ledger.columns import entry_of
from builder.ledger.costing import METHODS
from builder.ledger.costing.shape import Pool
from builder.ledger.definition import GuardModel, Key, LedgerModel
from builder.ledger.guards import refused_slack
from builder.ledger.histories import LaneAt, LaneHistory, Provisional
from builder.ledger.pieces import scaled
from builder.ledger.rerun import Run
from builder.ledger.state import Entry, Layer
from builder.ledger.work import Books
from builder.storage.tables.ledgers import entry, journal


@dataclass(frozen=True, slots=True)
class Happened:
    """An entry with the posting and the document that made it; entries of one command and document stand together."""

    entry: Entry
    posting: str
    cmd: int
    entity_id: int
    record_id: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A document that a guard would have refused, on its business date."""

    entity_id: int
    record_id: int
    day: date
    key: Key


def happened(conn: Connection, model: LedgerModel, ws: int, since: date, most: int) -> tuple[Happened, ...]:
    """Entries of that day and later in the order in which they were posted."""
    statement = (
        select(journal.c.posting_uid, journal.c.cmd, journal.c.entity_id, journal.c.record_id, entry)
        .join(journal, and_(journal.c.ws == entry.c.ws, journal.c.journal_id == entry.c.journal_id))
        .where(entry.c.ws == ws, entry.c.ledger_id == model.ledger_id, entry.c.business_date >= since)
        .order_by(journal.c.cmd, journal.c.entity_id, journal.c.record_id, entry.c.entry_id)
        .limit(most)
    )
    return tuple(
        Happened(entry_of(model, r), r.posting_uid, r.cmd, r.entity_id, r.record_id)
        for r in conn.execute(statement)
    )


def opening(
    conn: Connection, model: LedgerModel, ws: int, guard: GuardModel, since: date
) -> dict[Key, tuple[int, ...]]:
    """Balances of the guard's grain before that day."""
    names = [model.dimensions[p].key for p in guard.grain.positions]
    rows = balances(conn, model, ws, group=names, as_of=since - timedelta(days=1))
    return {
        tuple(row.dimensions[n] for n in names): tuple(
            scaled(row.measures[m.key], m.scale) for m in model.measures
        )
        for row in rows
    }


def refused(
    books: Books,
    guard: GuardModel,
    past: Iterable[Happened],
    before: Mapping[Key, tuple[int, ...]],
    names: Mapping[Key, Mapping[str, Any]],
    exempt: frozenset[str] = frozenset(),
) -> Iterator[Refused]:
    """Documents that the guard would have refused, each judged on the net of what it posted at once. ``names`` are what its
    expressions see at a row, ``exempt`` postings that it does not judge."""
    nothing = (0,) * len(books.model.measures)
    running = dict(before)
    for (_, entity_id, record_id), group in groupby(past, key=lambda h: (h.cmd, h.entity_id, h.record_id)):
        moved: dict[Key, tuple[int, ...]] = {}
        judged: set[Key] = set()
        day = date.min
        for one in group:
            key = guard.grain.of(one.entry.key)
            sums = moved.get(key, nothing)
            moved[key] = tuple(a + b for a, b in zip(sums, one.entry.measures, strict=True))
            day = max(day, one.entry.business_date)
            if one.posting not in exempt:
                judged.add(key)
        broken: Key | None = None
        for key, change in moved.items():
            was = running.get(key, nothing)
            running[key] = tuple(a + b for a, b in zip(was, change, strict=True))
            if broken is None and key in judged:
                slack = refused_slack(books, guard, names.get(key, {}), was, running[key])
                broken = key if slack is not None else None
        if broken is not None:
            yield Refused(entity_id, record_id, day, broken)


@dataclass(frozen=True, slots=True)
class Costed:
    """What another costing method comes to: values of what went out, and of what is there, booked and then."""

    issued: int
    issued_then: int
    there: int
    there_then: int

    @property
    def differs(self) -> bool:
        return (self.issued, self.there) != (self.issued_then, self.there_then)


def costed(
    models: Mapping[str, LedgerModel],
    ledger: str,
    lanes: Mapping[LaneAt, LaneHistory],
    methods: Mapping[LaneAt, str],
    provisional: Provisional,
) -> Costed:
    """Work those lanes with other methods from where they began; pools enter with what they held."""
    model = models[ledger]
    cost = model.cost
    assert cost is not None
    changed = {at: _with_method(history, methods[at]) for at, history in lanes.items()}
    run = Run(models, changed, provisional)
    run.work()
    issued = issued_then = there = 0
    for at, history in lanes.items():
        there += sum(p.value for p in history.opening.values())
        there += sum(p.entry.measures[cost.value] for p in history.past)
        for made, amount, _ in run.differences(at):
            issued_then += amount if made.measures[cost.quantity] < 0 else 0
        issued += sum(
            _value(p.entry, cost.value) for p in history.past if p.entry.measures[cost.quantity] < 0
        )
    there_then = sum(pool.value for (name, _), pool in run.pools.items() if name == ledger)
    return Costed(-issued, -(issued + issued_then), there, there_then)


def _value(made: Entry, place: int) -> int:
    return made.measures[place]


def _with_method(history: LaneHistory, method: str) -> LaneHistory:
    if method == history.method or method not in METHODS:
        return history
    opening_pools = {
        key: _entering(key, pool, history.since, method) for key, pool in history.opening.items()
    }
    return replace(history, method=method, opening=opening_pools, layers={}, edges=())


def _entering(key: Key, pool: Pool, since: date, method: str) -> Pool:
    """The pool as another method takes it over: what is there becomes one layer."""
    if not METHODS.get(method).uses_layers or pool.qty <= 0 or any(x.kind == "receipt" for x in pool.layers):
        return pool
    one = Layer(since - timedelta(days=1), 0, -1, "receipt", pool.qty, pool.value, key)
    return replace(pool, layers=(one, *(x for x in pool.layers if x.kind == "short")))


def lanes_of(model: LedgerModel, past: Sequence[Happened]) -> list[Key]:
    """Lanes of those entries, each once."""
    return sorted({model.lane.of(h.entry.key) for h in past})
