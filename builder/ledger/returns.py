"""Returns: what moves at the cost at which it moved before, and never more of it than moved. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from builder.ledger.costing import METHODS
from builder.ledger.costing.shape import share
from builder.ledger.definition import CostModel, Key
from builder.ledger.pieces import Piece
from builder.ledger.state import Entry
from builder.ledger.work import Books, Done, Work


@dataclass(frozen=True, slots=True)
class Origin:
    """An entry with its whole quantity and trued-up value, and what of both has come back already."""

    entry: Entry
    qty: int
    value: int
    back_qty: int
    back_value: int

    @property
    def left(self) -> int:
        return abs(self.qty) - abs(self.back_qty)

    def cost(self, qty: int) -> int:
        """The value of ``qty`` units (signed like the origin's): its share of the whole; the last unit takes the rest."""
        if qty == self.left:
            return self.value - self.back_value
        whole = share(self.value, qty, abs(self.qty))
        rest = self.value - self.back_value
        return min(whole, rest) if self.value >= 0 else max(whole, rest)


def origins(books: Books, line_id: int) -> list[Origin]:
    """Entries of that line that moved a quantity and stand, in the order in which they were made."""
    stored = books.state.origins.get(line_id, ())
    planned = [e for e in books.entries if e.line_id == line_id]
    found = []
    for entry in (*stored, *planned):
        if entry.kind in ("normal", "count") and entry.measures[books.model.counted]:
            about = concerning(books, entry)
            if not any(e.kind == "reversal" for e in about):
                found.append(_origin(books, entry, about))
    return found


def concerning(books: Books, entry: Entry) -> list[Entry]:
    """Entries, stored and planned, that concern this one."""
    stored = books.state.concerning.get(entry.id, ())
    return [*stored, *(e for e in books.entries if e.concerns == entry.id)]


def has_late_costs(books: Books, cost: CostModel, entry: Entry) -> bool:
    """Whether late costs of the entry stand that would be nowhere without it: no place takes what finds no unit."""
    if cost.residue is not None or cost.variance is not None or entry.measures[cost.quantity] <= 0:
        return False
    late = [e for e in concerning(books, entry) if e.kind == "normal" and not e.measures[cost.quantity]]
    return any(not any(r.kind == "reversal" for r in concerning(books, e)) for e in late)


def is_left_behind(books: Books, cost: CostModel, entry: Entry) -> bool:
    """Whether a replay moved this late cost to a receipt whose day is closed by now, and some of what that brought has gone: nothing there
    can give the cost back, and no place takes it."""
    closed, receipt = books.state.closed_through, books.state.receipts.get(entry.concerns)
    if receipt is None or closed is None or receipt.business_date > closed:
        return False
    is_placed = cost.residue is not None or cost.variance is not None
    moved = [e for e in concerning(books, entry) if e.kind == "true_up" and e.reason == "late_cost"]
    if is_placed or not moved or sum(e.measures[cost.value] for e in moved) != -entry.measures[cost.value]:
        return False
    key = cost.grain.of(receipt.key)
    method = METHODS.find(books.lane_row(receipt.key).method)
    there = books.row(cost.grain, key)[cost.quantity]
    if method is not None and method.uses_layers:
        there = sum(x.qty for x in books.open_layers(key) if x.entry_id == receipt.id and x.kind == "receipt")
    return there < receipt.measures[cost.quantity]


def is_undone(books: Books, entry: Entry) -> bool:
    """Whether the entry was taken back."""
    return any(e.kind == "reversal" for e in concerning(books, entry))


def true_ups(books: Books, entry: Entry) -> int:
    """What true-ups that stand added to the entry's value."""
    cost = books.model.cost
    if cost is None:
        return 0
    known = [e for e in concerning(books, entry) if e.kind == "true_up"]
    return sum(e.measures[cost.value] for e in known if not is_undone(books, e))


def _origin(books: Books, entry: Entry, about: list[Entry]) -> Origin:
    counted, cost = books.model.counted, books.model.cost
    back = [
        e
        for e in about
        if e.kind == "normal"
        and e.measures[counted] * entry.measures[counted] < 0
        and not any(r.kind == "reversal" for r in concerning(books, e))
    ]
    value = entry.measures[cost.value] + true_ups(books, entry) if cost is not None else 0
    back_value = -sum(e.measures[cost.value] + true_ups(books, e) for e in back) if cost is not None else 0
    return Origin(entry, entry.measures[counted], value, sum(e.measures[counted] for e in back), back_value)


def at_original(work: Work, done: Done, piece: Piece, line_id: int) -> list[Piece]:
    """The piece split over the entries of the line it speaks of, each part at that entry's cost. More than is left of
    them is refused. A late cost (value alone) is tied to its receipt."""
    intent = done.intent
    books = work.books[intent.ledger]
    known = origins(books, line_id)
    qty = piece.measures[books.model.counted]
    if not known:
        work.refuse("ORIGIN_MISSING", intent)
        return []
    if qty == 0:
        return _over(books, piece, [o for o in known if o.qty > 0] or known[:1], intent.business_date)
    opposite = [o for o in known if o.qty * qty < 0]
    if not opposite:
        return [_more_of(books, piece, known[0], qty)]
    return _back(work, done, piece, _matching(books, piece, opposite))


def _over(books: Books, piece: Piece, known: list[Origin], day: date) -> list[Piece]:
    """A late cost over everything that its line brought in, by quantity. One that is dated before its goods counts from their day on:
    no day has a value whose goods are not there yet."""
    cost = books.model.cost
    whole, until, pieces = sum(abs(o.qty) for o in known), 0, list[Piece]()
    for origin in known:
        part = piece if not pieces else replace(piece, measures=(0,) * len(piece.measures))
        after = until + abs(origin.qty)
        if cost is not None and len(known) > 1:
            value = piece.measures[cost.value]
            part = part.with_measure(cost.value, share(value, after, whole) - share(value, until, whole))
        until = after
        part = replace(part, concerns=origin.entry.id, origin=origin.entry.id, origin_qty=origin.qty)
        if origin.entry.business_date > day:
            part = replace(part, day=origin.entry.business_date)
        if part.key != origin.entry.key and len(known) > 1:
            part = replace(part, key=origin.entry.key)
        pieces.append(part)
    return pieces


def _matching(books: Books, piece: Piece, known: list[Origin]) -> list[Origin]:
    """Where the piece names its pick, only what moved with it."""
    issue = books.model.issue
    if issue is None or not piece.key[issue.pick]:
        return known
    return [o for o in known if o.entry.key[issue.pick] == piece.key[issue.pick]]


def _more_of(books: Books, piece: Piece, origin: Origin, qty: int) -> Piece:
    """More of the same: at the origin's unit cost, without a limit."""
    piece = replace(piece, concerns=origin.entry.id)
    cost = books.model.cost
    if cost is None or piece.valued:
        return piece
    value = share(origin.value, abs(qty), abs(origin.qty))
    return replace(piece.with_measure(cost.value, value), valued=True)


def _back(work: Work, done: Done, piece: Piece, known: list[Origin]) -> list[Piece]:
    books = work.books[done.intent.ledger]
    counted = books.model.counted
    qty = piece.measures[counted]
    left, pieces = abs(qty), list[Piece]()
    for origin in known:
        taken = min(left, origin.left)
        if taken > 0:
            pieces.append(_part(books, piece, origin, taken, abs(qty)))
            left -= taken
    if left:
        measure = books.model.measures[counted]
        work.refuse(
            "OVER_RETURN", done.intent, shortage=measure.exact(left), left=measure.exact(abs(qty) - left)
        )
        return []
    return pieces


def _old_place(books: Books, pool: Key, issue_id: int) -> tuple[date, int] | None:
    """Where in the queue the oldest units stood that the issue took."""
    took = {e.from_entry for e in books.state.edges.get(issue_id, ())}
    took |= {e.from_entry for e in books.edges if e.to_entry == issue_id}
    known = sorted((x.day, x.seq) for x in books.open_layers(pool) if x.entry_id in took)
    return known[0] if known else None


def _part(books: Books, piece: Piece, origin: Origin, taken: int, whole: int) -> Piece:
    counted, cost, issue = books.model.counted, books.model.cost, books.model.issue
    sign = 1 if piece.measures[counted] > 0 else -1
    part = replace(
        piece.with_measure(counted, sign * taken), concerns=origin.entry.id, origin=origin.entry.id
    )
    part = replace(part, origin_qty=origin.qty)
    if cost is not None and cost.returns_to_place and sign > 0:
        part = replace(part, place=_old_place(books, cost.grain.of(origin.entry.key), origin.entry.id))
    if issue is not None and not part.key[issue.pick]:
        part = part.with_pick(issue.pick, origin.entry.key[issue.pick])
    if cost is None:
        return part
    if piece.valued:
        return part.with_measure(cost.value, share(piece.measures[cost.value], taken, whole))
    if not cost.at_original:
        return part
    return replace(part.with_measure(cost.value, -origin.cost(taken)), valued=True)
