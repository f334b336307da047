"""Valuing: a piece gets its cost and becomes entries: its own, true-ups, residue and count shift. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from builder.expressions import Expression
from builder.ledger.costing import METHODS
from builder.ledger.costing.decreed import remembered
from builder.ledger.costing.shape import Method, Move, Outcome, Pool, at_unit
from builder.ledger.counts import shift
from builder.ledger.definition import CostModel, Key
from builder.ledger.heirs import Heirs
from builder.ledger.parts import split
from builder.ledger.pieces import Piece
from builder.ledger.state import Edge, Entry, Trail
from builder.ledger.work import Books, Done, Work


def post(work: Work, done: Done, piece: Piece, reverses: int | None = None) -> Entry | None:
    """Make the piece's entries; None (with a problem) where the ledger's costing method is unknown. ``reverses`` is the journal
    in whose reversal they are made."""
    books = work.books[done.intent.ledger]
    cost = books.model.cost
    if cost is None or not (piece.measures[cost.quantity] or piece.measures[cost.value]):
        entry: Entry | None = work.entry(
            done,
            piece.key,
            piece.measures,
            kind=piece.kind,
            concerns=piece.concerns,
            day=piece.day,
            reverses=reverses,
        )
    else:
        method = method_for(work, done, books, cost, piece.key)
        if method is None:
            return None
        entry = _costed(work, done, books, cost, method, piece, reverses)
    follower = shift(books, entry) if entry is not None else None
    if follower is not None:
        post(work, done, follower, reverses)
    return entry


def revalue(work: Work, done: Done, piece: Piece, unit: Decimal) -> None:
    """Make all that the piece's cost pool holds worth ``unit`` each: an entry of value alone, with its counter as variance."""
    books = work.books[done.intent.ledger]
    cost = books.model.cost
    method = method_for(work, done, books, cost, piece.key) if cost is not None else None
    if cost is None or method is None:
        return
    pool_key = cost.grain.of(piece.key)
    pool = pool_of(books, cost, pool_key)
    each = scaled_unit(books, cost, unit)
    more = at_unit(each, pool.qty) - pool.value if pool.qty > 0 else 0
    if not more:
        return
    seq = books.next_seq(piece.key)
    move = Move(work.new_id(), done.intent.business_date, seq, piece.key, 0, more, told_by=cost.told_by)
    outcome = method.revalue(pool, move)
    measures = list(piece.measures)
    measures[cost.value] = outcome.value
    if cost.variance is not None:
        measures[cost.variance] -= outcome.value
    else:
        done.rest -= outcome.value
    made = work.entry(done, piece.key, measures, as_id=move.entry_id, seq=seq)
    settle_pool(work, done, books, cost, pool_key, made, outcome)


def method_for(work: Work, done: Done, books: Books, cost: CostModel, key: Key) -> Method | None:
    """The lane's costing method: the one of its first entry, else what the ledger says for this key."""
    lane = books.model.lane.of(key)
    name = books.methods.get(lane) or books.lane_row(key).method
    if not name:
        name = cost.method
        if cost.method_of is not None:
            name = str(
                cost.method_of.evaluate(work.context(books, lane, books.model.lane.positions)) or cost.method
            )
    method = METHODS.find(name)
    if method is None:
        work.refuse("COSTING_UNKNOWN", done.intent, method=name)
        return None
    books.methods[lane] = name
    return method


def pool_of(books: Books, cost: CostModel, key: Key) -> Pool:
    """A cost pool as it stands."""
    row = books.row(cost.grain, key)
    return Pool(row[cost.quantity], row[cost.value], books.open_layers(key))


def _costed(
    work: Work,
    done: Done,
    books: Books,
    cost: CostModel,
    method: Method,
    piece: Piece,
    reverses: int | None = None,
) -> Entry | None:
    pool_key = cost.grain.of(piece.key)
    move = Move(
        entry_id=work.new_id(),
        day=piece.day or done.intent.business_date,
        seq=books.next_seq(piece.key),
        key=piece.key,
        qty=piece.measures[cost.quantity],
        value=piece.measures[cost.value] if piece.valued else None,
        origin=piece.takes_back or piece.origin,
        origin_qty=piece.origin_qty,
        provisional=_unit(work, books, cost, pool_key, cost.provisional),
        standard=_unit(work, books, cost, pool_key, cost.standard),
        told_by=cost.told_by,
        place=piece.place,
        undoes=_taken(books, piece),
        heirs=_heirs(work, piece),
    )
    if method.needs_standard and move.standard is None:
        work.refuse("STANDARD_MISSING", done.intent, dimensions=_named(books, cost, pool_key))
        return None
    decide = method.move if move.qty else method.adjust
    if piece.takes_back and not method.needs_standard:
        decide = method.undo
    outcome = decide(pool_of(books, cost, pool_key), move)
    if method.needs_standard and move.qty:
        after = replace(outcome.pool, layers=remembered(outcome.pool.layers, move))
        outcome = replace(outcome, pool=after)
    if piece.takes_back:
        outcome = without_returns(outcome)
    measures = list(piece.measures)
    on = 0
    if not move.qty and cost.follows:
        on, parts = split(outcome.rest, _trail(work, books, pool_key, piece), work.takers)
        done.onward += parts
    measures[cost.value] = outcome.value + on
    if cost.residue is not None:
        measures[cost.residue] += outcome.rest - on
    if cost.variance is not None:
        measures[cost.variance] += outcome.variance
    else:
        done.rest += outcome.variance
    entry = work.entry(
        done,
        piece.key,
        measures,
        kind=piece.kind,
        concerns=piece.concerns,
        day=piece.day,
        reverses=reverses,
        as_id=move.entry_id,
        seq=move.seq,
    )
    done.rest += outcome.rest - on
    settle_pool(work, done, books, cost, pool_key, entry, outcome, reverses)
    return entry


def _taken(books: Books, piece: Piece) -> tuple[Edge, ...]:
    """What goes back into the layers it came from: not what a count saw, of which nobody knows where it came from."""
    id = piece.takes_back
    if not id or piece.kind == "count_shift":
        return ()
    return (*books.state.edges.get(id, ()), *(e for e in books.edges if e.to_entry == id))


def _heirs(work: Work, piece: Piece) -> Heirs:
    trail = work.trails.get(piece.origin)
    return trail.heirs if trail is not None else ()


def _trail(work: Work, books: Books, pool_key: Key, piece: Piece) -> Trail | None:
    """Where the units of a late cost's receipt went; without a receipt, where an empty pool's went."""
    if piece.origin:
        return work.trails.get(piece.origin)
    return work.emptied.get((books.model.key, pool_key))


def without_returns(outcome: Outcome) -> Outcome:
    """What was taken stays to be seen, though it lies in its layers again: it was taken back, or moved within its pool."""
    return replace(outcome, edges=tuple(e for e in outcome.edges if e.qty >= 0))


def settle_pool(
    work: Work,
    done: Done,
    books: Books,
    cost: CostModel,
    pool_key: Key,
    entry: Entry,
    outcome: Outcome,
    reverses: int | None = None,
) -> None:
    """Put the pool as the outcome leaves it on the books, with its true-ups and residue."""
    books.layers[pool_key] = outcome.pool.layers
    books.edges += outcome.edges
    for true_up in outcome.true_ups:
        value_only(
            work,
            done,
            books,
            cost,
            true_up.key,
            true_up.value,
            "true_up",
            true_up.concerns,
            reverses,
            max(entry.business_date, true_up.day),
        )
    if outcome.residue:
        value_only(
            work,
            done,
            books,
            cost,
            entry.key,
            outcome.residue,
            "residue",
            entry.id,
            reverses,
            entry.business_date,
        )


def value_only(
    work: Work,
    done: Done,
    books: Books,
    cost: CostModel,
    key: Key,
    value: int,
    kind: Literal["true_up", "residue"],
    concerns: int,
    reverses: int | None,
    day: date | None = None,
) -> None:
    """An entry of value alone about another: what it came to later, or a residue that goes to its place."""
    measures = [0] * len(books.model.measures)
    measures[cost.value] = value
    place = cost.residue if cost.residue is not None or reverses is None else cost.variance
    if kind == "residue" and place is not None:
        measures[place] -= value
    work.entry(done, key, measures, kind=kind, concerns=concerns, day=day, reverses=reverses)


def _named(books: Books, cost: CostModel, pool_key: Key) -> dict[str, int]:
    """The cost pool's dimensions by their names."""
    return {books.model.dimensions[p].key: v for p, v in zip(cost.grain.positions, pool_key, strict=True)}


def _unit(
    work: Work, books: Books, cost: CostModel, pool_key: Key, unit_cost: Expression | None
) -> Fraction | None:
    """A declared unit cost, as value per scaled unit of quantity."""
    if unit_cost is None:
        return None
    unit = unit_cost.evaluate(work.context(books, pool_key, cost.grain.positions))
    if unit is None:
        return None
    return scaled_unit(books, cost, Decimal(str(unit)))


def standard_unit(work: Work, books: Books, cost: CostModel, pool_key: Key) -> Fraction | None:
    """The standard unit cost of a pool, as value per scaled unit of quantity."""
    return _unit(work, books, cost, pool_key, cost.standard)


def scaled_unit(books: Books, cost: CostModel, unit: Decimal) -> Fraction:
    """A unit cost as value per scaled unit of quantity."""
    digits = books.model.measures[cost.value].scale - books.model.measures[cost.quantity].scale
    return Fraction(unit.scaleb(digits))
