"""Replay: the past of the touched pools worked again in order of (business date, sequence), as if nobody had been late. Pure.

Nothing that was booked changes. What comes out is how far each entry is from the value it would have had, and the layers and
edges as they would be: booked as value-only true-ups, only in the open period. Differences that leave a pool with a
transfer, a production or a return arrive where that went, in the same or another ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from builder.ledger.booked import Booked
from builder.ledger.definition import LedgerModel
from builder.ledger.histories import Histories, LaneAt, LaneHistory, Past, PoolAt, Provisional, is_late_cost
from builder.ledger.rerun import Run
from builder.ledger.state import Edge, Entry, Layer

MOST_ROUNDS = 200
"""Rounds in which differences may reach further lanes; each is a step further from where it began."""
MOST_PASSES = 10
"""Passes over the same lanes until shortages that moved on come to what covered them."""


class ReplayTooDeepError(Exception):
    """Differences still reach further after very many rounds."""


@dataclass(frozen=True, slots=True)
class Correction:
    """``amount`` is missing at ``place`` of what ``entry`` came to. ``day`` is the entry's own, or that of what covered
    its shortage, at least the first that was replayed.
    A ``residue`` leaves its pool for the ledger's place for it."""

    entry: Entry
    place: int
    amount: int
    day: date
    reason: str = "replay"
    residue: bool = False


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay came to. ``lanes`` were worked, each from its day on; ``layers`` are those of their pools that differ from what
    is kept (by ledger and cost key; one without quantity is used up), ``edges`` what changes between entries; ``entries`` counts
    what was gone through."""

    lanes: Mapping[LaneAt, date] = field(default_factory=dict)
    corrections: tuple[Correction, ...] = ()
    layers: Mapping[PoolAt, tuple[Layer, ...]] = field(default_factory=dict)
    edges: tuple[tuple[str, Edge], ...] = ()
    entries: int = 0


def replay(
    models: Mapping[str, LedgerModel],
    histories: Histories,
    seeds: Mapping[LaneAt, date],
    *,
    closed: Mapping[str, date | None],
    provisional: Provisional = lambda _ledger, _key: None,
) -> Replayed:
    """Work those lanes again from their days on, and every lane that their differences reach. Nothing on or before the day through
    which a ledger is ``closed`` is touched."""
    spans = {at: _opened(closed, at[0], since) for at, since in seeds.items()}
    for _ in range(MOST_ROUNDS):
        lanes = {at: histories.lane(*at, since) for at, since in sorted(spans.items())}
        deeper = {at: _opened(closed, at[0], _depth(models, at, lanes[at])) for at in spans}
        if deeper != spans:
            spans = deeper
            continue
        run = _worked(models, lanes, provisional)
        outside, reached = _reached(models, histories, run, spans, closed)
        if reached == spans:
            return _outcome(models, lanes, spans, run, outside)
        spans = reached
    raise ReplayTooDeepError


def _worked(
    models: Mapping[str, LedgerModel], lanes: Mapping[LaneAt, LaneHistory], provisional: Provisional
) -> Run:
    """A pass in which what moved on before it was there has the cost of what covered it later."""
    foreseen: dict[int, int] = {}
    for _ in range(MOST_PASSES):
        run = Run(models, lanes, provisional, foreseen)
        run.work()
        outrun = run.outrun()
        if not outrun:
            break
        foreseen = {**foreseen, **outrun}
    return run


def _opened(closed: Mapping[str, date | None], ledger: str, since: date) -> date:
    through = closed.get(ledger)
    return since if through is None or since > through else date.fromordinal(through.toordinal() + 1)


def _depth(models: Mapping[str, LedgerModel], at: LaneAt, history: LaneHistory) -> date:
    """The day from which the lane is to be worked so that the pass says itself what was said later of earlier entries: a late cost moves to
    its receipt, and what true-ups say comes out again. Shortages are covered by what is worked anyway. Where the layers at the beginning
    are not clear, twice as many days are worked."""
    model = models[at[0]]
    if model.cost is None:
        return history.since
    mine, booked = {p.entry.id for p in history.past}, Booked(model, history)
    said_of = (set(booked.roots.values()) - booked.covered) | {e.concerns for e in booked.given.values()}
    said_of |= {p.entry.concerns for p in history.past if is_late_cost(model.cost, p)}
    earlier = (history.known[id].entry for id in said_of - mine if id in history.known)
    days = (e.business_date for e in earlier if (e.ledger, model.lane.of(e.key)) == at)
    since = min(days, default=history.since)
    if history.is_unclear:
        span = max((p.entry.business_date for p in history.past), default=since) - history.since
        since = min(since, history.since - span - timedelta(days=1))
    return since


def _reached(
    models: Mapping[str, LedgerModel],
    histories: Histories,
    run: Run,
    spans: Mapping[LaneAt, date],
    closed: Mapping[str, date | None],
) -> tuple[list[Correction], dict[LaneAt, date]]:
    """What follows the entries that changed: corrections where no pool is concerned, and the lanes to be worked with them."""
    wider = dict(spans)
    corrections: list[Correction] = []
    for follower in histories.followers(run.moved()):
        past, model = follower.past, models[follower.past.entry.ledger]
        if past.entry.id in run.values:
            continue
        shifts = run.shifts(past, follower.since, is_undone=follower.is_undone)
        day = _opened(closed, past.entry.ledger, past.entry.business_date)
        if not _is_costed(model, past):
            corrections += [Correction(past.entry, place, amount, day) for place, amount in shifts.items()]
        elif shifts or not past.told.follows:
            at = past.entry.ledger, model.lane.of(past.entry.key)
            wider[at] = min(wider.get(at, day), day)
    return corrections, wider


def _is_costed(model: LedgerModel, past: Past) -> bool:
    cost = model.cost
    return cost is not None and bool(
        past.entry.measures[cost.quantity] or any(f.place == cost.value for f in past.told.follows)
    )


def _outcome(
    models: Mapping[str, LedgerModel],
    lanes: Mapping[LaneAt, LaneHistory],
    spans: Mapping[LaneAt, date],
    run: Run,
    outside: list[Correction],
) -> Replayed:
    corrections: list[Correction] = []
    edges: list[tuple[str, Edge]] = []
    for at, history in lanes.items():
        cost = models[at[0]].cost
        if cost is None:
            continue
        for entry, own, amount, residue in run.dated(at):
            day = max(own, history.since)
            corrections.append(
                Correction(entry, cost.value, amount, day, run.reason(entry.id), residue=residue)
            )
        for entry, place, amount in run.asides(at):
            day = max(entry.business_date, history.since)
            corrections.append(Correction(entry, place, amount, day, run.reason(entry.id)))
        said = {c.entry.id for c in corrections}
        for entry in run.moved_now(at):
            if entry.id not in said:
                # Nothing of it was left to move, but it must not be looked for again.
                day = max(entry.business_date, history.since)
                corrections.append(Correction(entry, cost.value, 0, day, "late_cost"))
        edges += [(at[0], e) for e in run.edge_changes(at)]
    return Replayed(
        dict(spans),
        (*corrections, *outside),
        _layers(models, lanes, run),
        tuple(edges),
        sum(len(h.past) for h in lanes.values()),
    )


def _layers(
    models: Mapping[str, LedgerModel], lanes: Mapping[LaneAt, LaneHistory], run: Run
) -> dict[PoolAt, tuple[Layer, ...]]:
    """Layers that are not as they are kept; kept ones that the replay did not make are used up."""
    found: dict[PoolAt, tuple[Layer, ...]] = {}
    for (ledger, key), pool in run.pools.items():
        model = models[ledger]
        cost = model.cost
        assert cost is not None
        lane = tuple(key[cost.grain.positions.index(p)] for p in model.lane.positions)
        made = {x.entry_id: x for x in pool.layers}
        kept = {x.entry_id: x for x in lanes[ledger, lane].layers.get(key, ())}
        changed = [x for i, x in made.items() if kept.get(i) != x and (x.qty or i in kept)]
        changed += [
            Layer(x.day, x.seq, x.entry_id, x.kind, 0, 0, x.key)
            for i, x in kept.items()
            if i not in made and (x.qty or x.value)
        ]
        done = {x.entry_id for x in changed} | {i for i, x in made.items() if x.qty}
        changed += [
            x for x in run.used_up((ledger, lane)) if x.entry_id not in done and cost.grain.of(x.key) == key
        ]
        if changed:
            found[ledger, key] = tuple(changed)
    return found
