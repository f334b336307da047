"""Late costs: what comes to a receipt whose units are not there any more goes where they went, pool by pool. Pure.

Each stop gets an entry of value alone: what its pool keeps, and what goes on through it, which leaves it again at the issue that took
the units. What found no unit and led nowhere is the intent's ``rest``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from heapq import heapify, heappop, heappush

from builder.ledger.costing.shape import Move, share
from builder.ledger.definition import CostModel
from builder.ledger.parts import Part, rescaled, split, taken_over
from builder.ledger.pieces import Piece, sources
from builder.ledger.state import Edge, Entry
from builder.ledger.valuing import method_for, pool_of, settle_pool
from builder.ledger.work import Books, Done, Work


def flow(work: Work, done: Done) -> None:
    """Take what the intent's late cost could not keep to where the units went, and on from there."""
    waiting: dict[int, tuple[Entry, int]] = {}
    order: list[int] = []
    _leave(work, done, done.onward, waiting, order)
    _go_on(work, done, waiting, order)


def pass_on(work: Work, done: Done) -> None:
    """What covered a shortage makes a difference to its issue; that reaches what took the issue's value over, on the same day. In a
    ledger that replays, the replay sees to it."""
    for fixed in [e for e in done.entries if e.kind == "true_up" and e.concerns != done.intent.reverses]:
        books = work.books[fixed.ledger]
        cost = books.model.cost
        for taker, follow in work.takers.get(fixed.concerns, ()) if cost is not None else ():
            assert cost is not None
            scale, digits = (
                books.model.measures[cost.value].scale,
                work.books[taker.ledger].model.measures[follow.place].scale,
            )
            amount = rescaled(fixed.measures[cost.value], scale, digits)
            amounts = [amount if source == fixed.concerns else 0 for source in follow.sources]
            _reach(
                work, done, taker, follow.place, taken_over(follow, taker.id, amounts), fixed.business_date
            )


def _reach(work: Work, done: Done, taker: Entry, place: int, amount: int, day: date) -> None:
    books = work.books[taker.ledger]
    cost = books.model.cost
    if not amount:
        return
    if cost is not None and cost.value == place and taker.measures[cost.quantity] >= 0:
        _go_on(work, done, {taker.id: (taker, amount)}, [taker.id])
        return
    closed = books.state.closed_through
    if closed is not None and day <= closed:
        day = closed + timedelta(days=1)
    measures = [0] * len(books.model.measures)
    measures[place] = amount
    work.entry(
        done,
        taker.key,
        measures,
        kind="true_up",
        concerns=taker.id,
        ledger=taker.ledger,
        day=max(day, taker.business_date),
    )


def _go_on(work: Work, done: Done, waiting: dict[int, tuple[Entry, int]], order: list[int]) -> None:
    while order:
        entry, amount = waiting.pop(heappop(order))
        if amount:
            _leave(work, done, _arrive(work, done, entry, amount), waiting, order)


def _leave(
    work: Work,
    done: Done,
    parts: Iterable[Part],
    waiting: dict[int, tuple[Entry, int]],
    order: list[int],
) -> None:
    """The amounts leave with the issues and wait at what they came to, the earliest first."""
    for part in parts:
        books = work.books[part.issue.ledger]
        assert books.model.cost is not None
        measures = [0] * len(books.model.measures)
        measures[books.model.cost.value] = -part.whole
        done.gone += part.gone
        if any(measures):
            _enter(work, done, part.issue, measures)
            _tell(work, done, part)
        for entry, amount in part.to:
            if entry.id in waiting:
                waiting[entry.id] = entry, waiting[entry.id][1] + amount
            else:
                waiting[entry.id] = entry, amount
                heappush(order, entry.id)
    heapify(order)


def _tell(work: Work, done: Done, part: Part) -> None:
    """What else took the issue's value over hears of what went on with it: an order's direct material, what its output came to. The pools
    have it already."""
    issue = part.issue
    cost = work.books[issue.ledger].model.cost
    assert cost is not None
    gone = part.gone + sum(amount for entry, amount in part.to if entry.concerns != issue.id)
    for taker, follow in work.takers.get(issue.id, ()):
        books = work.books[taker.ledger]
        if books.model.cost is not None and books.model.cost.value == follow.place:
            continue
        scale = work.books[issue.ledger].model.measures[cost.value].scale
        amount = -rescaled(gone, scale, books.model.measures[follow.place].scale)
        amounts = [amount if source == issue.id else 0 for source in follow.sources]
        told = taken_over(follow, taker.id, amounts)
        _reach(work, done, taker, follow.place, told, done.intent.business_date)


def _arrive(work: Work, done: Done, entry: Entry, amount: int) -> Sequence[Part]:
    """One stop: what stays in its pool, and what goes on."""
    books = work.books[entry.ledger]
    cost = books.model.cost
    method = method_for(work, done, books, cost, entry.key) if cost is not None else None
    if cost is None or method is None:
        return ()
    closed = books.state.closed_through
    if closed is not None and done.intent.business_date <= closed:
        work.refuse(
            "PERIOD_CLOSED",
            done.intent,
            day=done.intent.business_date,
            closed_through=closed,
            ledger=entry.ledger,
        )
        return ()
    trail = work.trails.get(entry.id)
    qty = entry.measures[cost.quantity]
    move = Move(
        entry_id=entry.id,
        day=done.intent.business_date,
        seq=0,
        key=entry.key,
        qty=0,
        value=amount,
        origin=entry.id if qty else 0,
        origin_qty=qty or (trail.whole if trail is not None else 0),
        told_by=cost.told_by,
        heirs=trail.heirs if trail is not None and qty else (),
    )
    pool_key = cost.grain.of(entry.key)
    outcome = method.adjust(pool_of(books, cost, pool_key), move)
    on, parts = split(outcome.rest, trail, work.takers)
    measures = [0] * len(books.model.measures)
    measures[cost.value] = outcome.value + on
    _report(done, cost, measures, outcome.rest - on, outcome.variance)
    if any(measures):
        made = _enter(work, done, entry, measures)
        settle_pool(work, done, books, cost, pool_key, made, outcome)
    return parts


def _report(done: Done, cost: CostModel, measures: list[int], rest: int, variance: int) -> None:
    done.rest += rest
    done.strayed += rest
    if cost.residue is not None:
        measures[cost.residue] += rest
    if cost.variance is not None:
        measures[cost.variance] += variance
    else:
        done.rest += variance


def _enter(work: Work, done: Done, about: Entry, measures: Sequence[int]) -> Entry:
    """Not before the day of what it is about: no day has a value whose goods are not there yet."""
    return work.entry(
        done,
        about.key,
        tuple(measures),
        kind="true_up",
        concerns=about.id,
        ledger=about.ledger,
        day=max(done.intent.business_date, about.business_date),
    )


def connect(work: Work, done: Done, made: Sequence[tuple[Piece, Entry]]) -> None:
    """Edges from the entries whose value a dependent posting took over to its own, so that a late cost finds its way."""
    intent = done.intent
    books = work.books[intent.ledger]
    cost = books.model.cost
    if cost is None or not _takes_over(work, books, cost, done):
        return
    known = [e for d in sources(work, intent) for e in d.entries if e.kind == "normal"]
    # Goods that are worth nothing go on as well; beside others that are worth something they bring nothing.
    given = [e for e in known if _value(work, e)] or [e for e in known if _quantity(work, e)]
    total = sum(abs(_value(work, e)) for e in given)
    for piece, entry in made:
        worth = entry.measures[cost.value]
        if entry.measures[cost.quantity] < 0 or bool(worth) != bool(total):
            continue
        for source in [e for e in given if e.id == piece.source] or given:
            whole = abs(_value(work, source)) if source.id == piece.source else total
            value = share(abs(worth), abs(_value(work, source)), whole)
            books.edges.append(Edge(source.id, entry.id, _quantity(work, source), value))


def _takes_over(work: Work, books: Books, cost: CostModel, done: Done) -> bool:
    source = done.intent.dependent.get(books.model.measures[cost.value].key)
    if source is None or source.removeprefix("-").startswith("rest."):
        return False
    name = source.removeprefix("-")
    for other in sources(work, done.intent):
        model = work.books[other.intent.ledger].model
        if model.cost is None or model.measures[model.cost.value].key != name:
            return False
    return True


def _value(work: Work, entry: Entry) -> int:
    cost = work.books[entry.ledger].model.cost
    return entry.measures[cost.value] if cost is not None else 0


def _quantity(work: Work, entry: Entry) -> int:
    cost = work.books[entry.ledger].model.cost
    return abs(entry.measures[cost.quantity]) if cost is not None else 0
