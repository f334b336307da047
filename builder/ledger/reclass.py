"""Reclassification: what a ledger holds of one record goes over to another, at its exact value. Pure.

A pair of intents says it: what leaves one key, and, depending on it, what comes to another. Quantities go through the costing method, so
that layers keep their places and values. A row whose value is not its share of the pool (the pool knows no places) gets the difference
as entries of value alone: within a pool these come to nothing, so both rows are exact and the pool is as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from builder.ledger import valuing
from builder.ledger.mirror import mirrored
from builder.ledger.pieces import Piece, read
from builder.ledger.state import Edge, Entry
from builder.ledger.work import Books, Done, Work


def move(work: Work, done: Done) -> None:
    """Make the entries of one side."""
    books = work.books[done.intent.ledger]
    piece = read(work, done)
    if piece is None or not _is_covered(work, done, books, piece):
        return
    for part in _parts(work, done, books, piece):
        made = valuing.post(work, done, part) if any(part.measures) else None
        if made is not None and part.takes_back:
            _tell(books, part, made)


def _tell(books: Books, part: Piece, made: Entry) -> None:
    """Within one pool nothing has happened: the units lie in their layers again, and an edge says by which entry."""
    cost = books.model.cost
    if cost is not None:
        units, worth = made.measures[cost.quantity], made.measures[cost.value]
        books.edges.append(Edge(part.takes_back, made.id, units, worth))


def _is_covered(work: Work, done: Done, books: Books, piece: Piece) -> bool:
    """Where more went out than came in, nobody knows yet what it cost: there is nothing exact to take over."""
    cost = books.model.cost
    if cost is None:
        return True
    pool = cost.grain.of(piece.key)
    short = any(x.kind == "short" and x.qty for x in books.open_layers(pool))
    lacks = done.intent.depends_on is None and piece.measures[cost.quantity] > 0
    if short or lacks or books.row(cost.grain, pool)[cost.quantity] < 0:
        work.refuse("MERGE_SHORT", done.intent)
        return False
    return True


def _parts(work: Work, done: Done, books: Books, piece: Piece) -> list[Piece]:
    cost = books.model.cost
    if cost is None:
        return [piece]
    source = _source(work, done)
    if source is None:
        return [replace(piece.with_measure(cost.value, 0), valued=False)]
    value = -sum(e.measures[cost.value] for e in source.entries)
    whole = replace(piece.with_measure(cost.value, value), valued=True)
    return mirrored(work, done, whole) or [whole]


def _source(work: Work, done: Done) -> Done | None:
    """The other side, where this one depends on it."""
    intent = done.intent
    if intent.depends_on is None:
        return None
    return next(
        d for d in work.done if d.intent.line_id == intent.line_id and d.intent.posting == intent.depends_on
    )


def level(work: Work) -> None:
    """Make the value of every row exact, and refuse what would not arrive as it left."""
    for come in [d for d in work.done if d.intent.reclass and d.intent.depends_on is not None]:
        gone = _source(work, come)
        if gone is None or (not gone.entries and not any(gone.intent.measures.values())):
            continue
        if any(p.code == "MERGE_SHORT" and p.path == come.intent.path for p in work.problems):
            continue
        books = work.books[come.intent.ledger]
        _level(work, books, gone, come)
        if any(_sums(books, (gone, come))):
            work.refuse("MERGE_VALUE", come.intent)
        for name in _methods(books, gone, come):
            work.refuse("MERGE_METHOD", come.intent, method=name)


def _level(work: Work, books: Books, gone: Done, come: Done) -> None:
    cost = books.model.cost
    if cost is None:
        return
    wanted, there = read(work, gone), read(work, come)
    if wanted is None or there is None:
        return
    more = wanted.measures[cost.value] - _sums(books, (gone,))[cost.value]
    if not more:
        return
    for done, key, amount in ((gone, wanted.key, more), (come, there.key, -more)):
        measures = [0] * len(books.model.measures)
        measures[cost.value] = amount
        work.entry(done, key, measures, kind="reclass")


def _sums(books: Books, parts: tuple[Done, ...]) -> list[int]:
    """What the entries come to, measure by measure."""
    sums = [0] * len(books.model.measures)
    for done in parts:
        for entry in done.entries:
            sums = [a + b for a, b in zip(sums, entry.measures, strict=True)]
    return sums


def _methods(books: Books, gone: Done, come: Done) -> Iterator[str]:
    """The costing method of what arrives, where it is another one."""
    if not gone.entries or not come.entries:
        return
    lane = books.model.lane.of
    left = books.methods.get(lane(gone.entries[0].key))
    to = books.methods.get(lane(come.entries[0].key))
    if left and to and left != to:
        yield to
