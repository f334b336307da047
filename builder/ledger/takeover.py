"""Takeover: a turnover by what another ledger picked: one piece for each entry there, together exactly what the posting says. Pure."""

from __future__ import annotations

from builder.ledger.costing.shape import share
from builder.ledger.pieces import Piece, own_kinds, scaled, sources
from builder.ledger.state import Entry
from builder.ledger.work import Done, Work


def taken_over(work: Work, done: Done, piece: Piece) -> list[Piece]:
    """The piece split by the entries that the other posting made, each with what that one picked. What the posting takes from there is each
    entry's own; what it says itself is split by their quantities. Without entries it stands as it is."""
    model = work.books[done.intent.ledger].model
    moved = [(d, e) for d in sources(work, done.intent) for e in d.entries if e.kind in ("normal", "count")]
    if not moved:
        return [piece]
    weights = [abs(e.measures[work.books[e.ledger].model.counted]) or 1 for _, e in moved]
    whole, until = sum(weights), 0
    intent = done.intent
    dependent = {
        model.place(name): source
        for name, source in intent.dependent.items()
        if "rest." not in source and name not in intent.shares
    }
    parts: list[list[int]] = []
    for (other, entry), weight in zip(moved, weights, strict=True):
        after = until + weight
        measures = [
            _own(work, other, entry, dependent[place], model.measures[place].scale)
            if place in dependent
            else share(amount, after, whole) - (share(amount, until, whole) if until else 0)
            for place, amount in enumerate(piece.measures)
        ]
        parts.append(measures)
        until = after
    for place, amount in enumerate(piece.measures):
        parts[-1][place] += amount - sum(part[place] for part in parts)
    return [_at(work, done, piece, e, tuple(part)) for (_, e), part in zip(moved, parts, strict=True)]


def _own(work: Work, other: Done, entry: Entry, source: str, scale: int) -> int:
    """What the entry came to, with the rounding that belongs to it."""
    model = work.books[entry.ledger].model
    place, kinds = model.place(source.removeprefix("-")), own_kinds(model)
    own = [e for e in other.entries if e is entry or (e.kind == "residue" and e.concerns == entry.id)]
    amount = sum(e.measures[place] for e in own if e.kind in kinds)
    return scaled((-1 if source.startswith("-") else 1) * model.measures[place].exact(amount), scale)


def _at(work: Work, done: Done, piece: Piece, entry: Entry, measures: tuple[int, ...]) -> Piece:
    model, origin = work.books[done.intent.ledger].model, work.books[entry.ledger].model
    key = list(piece.key)
    for own, other in done.intent.picked.items():
        key[model.position(own)] = entry.key[origin.position(other)]
    return Piece(tuple(key), measures, piece.valued, piece.kind, day=piece.day, source=entry.id)
