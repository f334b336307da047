"""Counts: an absolute quantity at its date, and what a document that turns up later does to it. Pure.

A count stays what was counted. An entry dated before it changes the count's difference: a ``count_shift`` on the count's
day takes it back, so that from that day on the books say what was seen.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from builder.ledger.costing.shape import share
from builder.ledger.definition import GrainModel
from builder.ledger.pieces import Piece
from builder.ledger.state import CountPoint, Entry
from builder.ledger.work import Books, Done, Work


def count_grain(books: Books, piece: Piece) -> GrainModel:
    """The grain that a count speaks of: the one with exactly its dimensions, else the smallest that has them all."""
    given = {p for p, v in enumerate(piece.key) if v}
    exact = books.model.grain_with(given)
    if exact is not None:
        return exact
    covering = [g for g in books.model.grains if given <= set(g.positions)]
    finest = max(books.model.grains, key=lambda g: len(g.positions))
    return min(covering, key=lambda g: len(g.positions)) if covering else finest


def difference(work: Work, done: Done, piece: Piece) -> tuple[Piece, GrainModel, int]:
    """The piece with what the count differs by, its grain, and the counted quantity. A value given with the count is the
    counted goods' value: the difference in value where the grain owns its cost pool, else the surplus's share of it."""
    books = work.books[done.intent.ledger]
    counted = books.model.counted
    grain = count_grain(books, piece)
    seen = piece.measures[counted]
    row_key = grain.of(piece.key)
    booked = books.closing(grain, row_key, done.intent.business_date)
    delta = seen - booked[counted]
    found = replace(piece.with_measure(counted, delta), kind="count")
    cost = books.model.cost
    if cost is None or not piece.valued:
        return found, grain, seen
    worth = piece.measures[cost.value]
    if grain.positions == cost.grain.positions:
        return found.with_measure(cost.value, worth - booked[cost.value]), grain, seen
    if delta > 0:
        return found.with_measure(cost.value, share(worth, delta, seen)), grain, seen
    return replace(found.with_measure(cost.value, 0), valued=False), grain, seen


def remember(books: Books, grain: GrainModel, entry: Entry, counted: int) -> None:
    """Keep the count, so that later postings to earlier days find it."""
    key = grain.of(entry.key)
    point = CountPoint(grain.number, key, entry.business_date, entry.seq, counted, entry.id)
    books.counts.setdefault((grain.number, key), []).append(point)
    lane = books.model.lane.of(entry.key)
    last = books.count_days.get(lane, books.lane_row(entry.key).last_count_day)
    books.count_days[lane] = max(filter(None, (last, entry.business_date)))


def shift(books: Books, entry: Entry) -> Piece | None:
    """The counter-movement on the day of the first later count that an entry dated before it calls for."""
    counted = books.model.counted
    moved = entry.measures[counted]
    point = next_count(books, entry)
    if not moved or point is None or entry.kind == "count_shift":
        return None
    cost = books.model.cost
    measures = [0] * len(entry.measures)
    measures[counted] = -moved
    if cost is not None:
        measures[cost.value] = -entry.measures[cost.value]
    return Piece(
        entry.key,
        tuple(measures),
        valued=cost is not None,
        kind="count_shift",
        concerns=point.entry_id,
        origin=entry.id,
        origin_qty=moved,
        day=point.day,
        takes_back=entry.id if moved < 0 and cost is not None else 0,
        # A replay works as if the count had found its difference at once: what a shift brings stands where that would.
        place=(point.day, point.seq) if books.model.ledger.order == "replay" else None,
    )


def next_count(books: Books, entry: Entry) -> CountPoint | None:
    """The first count after the entry's day at any grain that it touches."""
    found: list[CountPoint] = []
    for grain in books.model.grains:
        at = grain.number, grain.of(entry.key)
        stored, planned = books.state.counts.get(at, ()), books.counts.get(at, ())
        found += [c for c in (*stored, *planned) if c.day > entry.business_date]
    return min(found, key=_order) if found else None


def _order(point: CountPoint) -> tuple[date, int]:
    return point.day, point.seq
