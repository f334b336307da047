"""Mirrors: what moves on to another place of its ledger takes over what was picked, its cost and its age. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from builder.ledger.definition import CostModel
from builder.ledger.pieces import Piece, sources
from builder.ledger.state import Edge, Entry, Layer
from builder.ledger.work import Books, Done, Work


def mirrored(work: Work, done: Done, piece: Piece) -> list[Piece]:
    """The piece of a posting that depends on another of its own ledger, part by part as that one moved; empty where it mirrors
    nothing and is posted as it stands."""
    books = work.books[done.intent.ledger]
    moved = _moved(work, done, books)
    if not moved:
        return []
    parts = _picked(books, done, piece, moved) or _whole(books, done, piece, moved)
    return [layered for part in parts for layered in _layered(books, part)]


def _moved(work: Work, done: Done, books: Books) -> list[Entry]:
    """What the sources moved in this ledger."""
    return [
        e
        for d in sources(work, done.intent)
        if d.intent.ledger == done.intent.ledger
        for e in d.entries
        if e.kind in ("normal", "reclass") and e.measures[books.model.counted]
    ]


def _picked(books: Books, done: Done, piece: Piece, moved: list[Entry]) -> list[Piece]:
    """A piece per picked value of the sources."""
    model, intent = books.model, done.intent
    if model.issue is None or piece.key[model.issue.pick] or not any(e.key[model.issue.pick] for e in moved):
        return []
    counted = model.counted
    given = {model.place(m) for m in intent.measures}
    left = abs(piece.measures[counted])
    sign = 1 if piece.measures[counted] >= 0 else -1
    parts: list[Piece] = []
    for entry in moved:
        taken = min(left, abs(entry.measures[counted]))
        if parts and not taken:
            break
        measures = [m if i in given and not parts else 0 for i, m in enumerate(piece.measures)]
        measures[counted] = sign * taken
        left -= taken
        for name, source in intent.dependent.items():
            if not source.removeprefix("-").startswith("rest."):
                amount = entry.measures[model.place(source.removeprefix("-"))]
                measures[model.place(name)] = -amount if source.startswith("-") else amount
        made = replace(piece, measures=tuple(measures), source=entry.id)
        parts.append(made.with_pick(model.issue.pick, entry.key[model.issue.pick]))
    if left and parts:
        parts[-1] = parts[-1].with_measure(counted, parts[-1].measures[counted] + sign * left)
    return parts


def _whole(books: Books, done: Done, piece: Piece, moved: list[Entry]) -> list[Piece]:
    """A piece per source where quantity and value go over whole and layers are kept; else nothing to mirror."""
    cost = books.model.cost
    if cost is None or not piece.valued or piece.measures[cost.quantity] <= 0:
        return []
    totals = tuple(-sum(e.measures[i] for e in moved) for i in (cost.quantity, cost.value))
    stays = all(cost.grain.of(e.key) == cost.grain.of(piece.key) for e in moved)
    if totals != (piece.measures[cost.quantity], piece.measures[cost.value]):
        return []
    if not stays and not _edges_of(books, moved):
        return []
    parts: list[Piece] = []
    for entry in moved:
        part = piece if not parts else replace(piece, measures=(0,) * len(piece.measures))
        for place in (cost.quantity, cost.value):
            part = part.with_measure(place, -entry.measures[place])
        parts.append(replace(part, source=entry.id))
    return parts


def _edges_of(books: Books, moved: Iterable[Entry]) -> list[Edge]:
    """What they took out of layers, even where a later count has put it back."""
    ids = {e.id for e in moved}
    return [e for e in books.edges if e.to_entry in ids and e.qty > 0]


def _layered(books: Books, piece: Piece) -> list[Piece]:
    """The piece as the layers that its source took: as if nothing had happened where both are one pool, even if it was not there; else
    each at its place in the queue."""
    cost = books.model.cost
    source = next((e for e in books.entries if e.id == piece.source), None)
    if cost is None or source is None or not piece.valued:
        return [piece]
    taken = _edges_of(books, [source])
    whole = (piece.measures[cost.quantity], piece.measures[cost.value])
    if whole != (-source.measures[cost.quantity], -source.measures[cost.value]):
        return [piece]
    if cost.grain.of(source.key) == cost.grain.of(piece.key):
        is_same = cost.told_by is None or source.key[cost.told_by] == piece.key[cost.told_by]
        return [replace(piece, takes_back=source.id)] if is_same else [piece]
    if not taken:
        return [piece]
    return _by_layer(books, cost, piece, source, taken) if cost.keeps_place else [piece]


def _by_layer(books: Books, cost: CostModel, piece: Piece, source: Entry, taken: list[Edge]) -> list[Piece]:
    pool = cost.grain.of(source.key)
    places = {x.entry_id: x for x in (*books.state.layers.get(pool, ()), *books.open_layers(pool))}
    qty, value = piece.measures[cost.quantity], piece.measures[cost.value]
    parts: list[Piece] = []
    for edge in taken:
        layer: Layer | None = places.get(edge.from_entry)
        is_last = edge is taken[-1] and edge.qty == qty
        worth = value if is_last else edge.value
        part = piece if not parts else replace(piece, measures=(0,) * len(piece.measures))
        part = part.with_measure(cost.quantity, edge.qty).with_measure(cost.value, worth)
        parts.append(replace(part, place=(layer.day, layer.seq) if layer is not None else None))
        qty, value = qty - edge.qty, value - worth
    if qty:
        rest = replace(piece, measures=(0,) * len(piece.measures))
        parts.append(rest.with_measure(cost.quantity, qty).with_measure(cost.value, value))
    elif value:
        last = parts[-1]
        parts[-1] = last.with_measure(cost.value, last.measures[cost.value] + value)
    return parts
