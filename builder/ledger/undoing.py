"""Undoing: the exact opposite of an entry, with what was said of it since. Pure."""

from __future__ import annotations

from builder.ledger.costing.shape import Method, Move
from builder.ledger.counts import shift
from builder.ledger.definition import CostModel
from builder.ledger.pieces import Piece
from builder.ledger.returns import concerning, has_late_costs, is_left_behind, is_undone, true_ups
from builder.ledger.state import Entry
from builder.ledger.valuing import method_for, pool_of, post, settle_pool, value_only, without_returns
from builder.ledger.work import Books, Done, Work


def undo(work: Work, done: Done, entry: Entry) -> None:
    """Make the exact opposite of a stored entry, with what later trued it up. What a count shifted belongs to the count, not to the
    document that turned up late: it goes when the count goes; a document that is taken back shifts the other way."""
    if entry.kind == "count_shift":
        return
    _undo(work, done, entry, entry.journal_id)
    if entry.kind == "count":
        known = concerning(work.books[done.intent.ledger], entry)
        for moved in [e for e in known if e.kind == "count_shift"]:
            _undo(work, done, moved, entry.journal_id)


def _undo(work: Work, done: Done, entry: Entry, reverses: int) -> None:
    books = work.books[done.intent.ledger]
    cost = books.model.cost
    opposite = tuple(-m for m in entry.measures)
    piece = Piece(entry.key, opposite, valued=True, kind="reversal", concerns=entry.id, origin=entry.id)
    made = None
    if cost is not None and is_left_behind(books, cost, entry):
        work.refuse("LATE_COST_GONE", done.intent)
    # What a reclassification levelled comes to nothing within the pool, forth and back.
    levels = entry.kind == "reclass" and cost is not None and not opposite[cost.quantity]
    if cost is None or levels or not (opposite[cost.quantity] or opposite[cost.value]):
        made = work.entry(done, entry.key, opposite, kind="reversal", concerns=entry.id, reverses=reverses)
        if cost is None:
            _unsay(work, done, books, entry, reverses)
    else:
        method = method_for(work, done, books, cost, entry.key)
        if method is not None:
            made = _undone(work, done, books, cost, method, piece, entry, reverses)
    follower = shift(books, made) if made is not None else None
    if follower is not None:
        post(work, done, follower, reverses)


def _undone(
    work: Work,
    done: Done,
    books: Books,
    cost: CostModel,
    method: Method,
    piece: Piece,
    entry: Entry,
    reverses: int,
) -> Entry:
    pool_key = cost.grain.of(piece.key)
    corrected = -true_ups(books, entry) if piece.measures[cost.quantity] else 0
    move = Move(
        entry_id=work.new_id(),
        day=done.intent.business_date,
        seq=books.next_seq(piece.key),
        key=piece.key,
        qty=piece.measures[cost.quantity],
        value=piece.measures[cost.value] + corrected,
        origin=entry.id if piece.measures[cost.quantity] else entry.concerns,
        undoes=books.state.edges.get(entry.id, ()),
        told_by=cost.told_by,
    )
    outcome = method.undo(pool_of(books, cost, pool_key), move)
    outcome = without_returns(outcome)
    if (outcome.residue or books.model.ledger.order == "replay") and has_late_costs(books, cost, entry):
        work.refuse("LATE_COST_STANDS", done.intent)
    made = work.entry(
        done,
        piece.key,
        piece.measures,
        kind="reversal",
        concerns=entry.id,
        reverses=reverses,
        as_id=move.entry_id,
        seq=move.seq,
    )
    if corrected:
        value_only(work, done, books, cost, made.key, corrected, "true_up", entry.id, reverses)
    _unsay(work, done, books, entry, reverses)
    settle_pool(work, done, books, cost, pool_key, made, outcome, reverses=reverses)
    return made


def _unsay(work: Work, done: Done, books: Books, entry: Entry, reverses: int) -> None:
    """What was said of an entry since beside its pool: what it took over came to something else."""
    known = [e for e in concerning(books, entry) if e.kind == "true_up" and not is_undone(books, e)]
    cost = books.model.cost
    kept = (cost.quantity, cost.value, cost.residue, cost.variance) if cost is not None else ()
    places = range(len(entry.measures))
    said = [0 if place in kept else -sum(e.measures[place] for e in known) for place in places]
    if any(said):
        work.entry(done, entry.key, said, kind="true_up", concerns=entry.id, reverses=reverses)
