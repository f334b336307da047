"""Openings: the layers that a cost pool had before a day, worked back from those it has now. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from builder.ledger.costing.shape import Pool, share
from builder.ledger.definition import CostModel
from builder.ledger.state import Edge, Entry, Layer


def opening(
    qty: int,
    value: int,
    layers: Iterable[Layer],
    edges: Iterable[Edge],
    later: Mapping[int, Entry],
    since: date,
    cost: CostModel | None = None,
    kept: Collection[int] = (),
) -> Pool:
    """The pool of ``qty`` and ``value`` at the start of ``since``, with the layers it had then. ``later`` are the entries of that day and
    after by id: what those took is put back, what they brought to a layer, or said of a shortage, is taken off again. ``kept`` are the entries whose layers are stored. Where layers do not add up to the pool (they were not kept then), it is one layer."""
    layers = list(layers)
    early = {x.entry_id: x for x in layers if x.entry_id not in later}
    # What was taken and given back again since lies in its layer already; of a move within the pool that was taken back, twice.
    known = list(edges)
    own = {x.entry_id: x.qty for x in layers}
    reversals = [e for e in later.values() if e.kind == "reversal"]
    given_back = Counter(p for e in reversals for p in _given_back(e, own.get(e.id), known, cost, kept))
    stayed = Counter(_stayed(known, later, set(own), cost) if cost is not None else ())
    for edge in known:
        sign = (edge.to_entry in later) - given_back[_pair(edge)] - stayed[edge.to_entry]
        if sign:
            _add(early, edge.from_entry, "receipt", sign * edge.qty, sign * edge.value)
        if edge.from_entry in later:
            _add(early, edge.to_entry, "short", edge.qty, edge.value)
    undone = {e.concerns for e in reversals}
    covers = {
        (later[e.from_entry].journal_id, e.to_entry) for e in known if e.from_entry in later and e.qty > 0
    }
    for entry in later.values() if cost is not None else ():
        assert cost is not None
        if (
            entry.kind == "true_up"
            and entry.id in undone
            and (entry.journal_id, entry.concerns) not in covers
        ):
            # It was taken back, and what it was said for is not known to cover anything either.
            continue
        if not entry.measures[cost.quantity] and entry.kind in ("normal", "true_up"):
            _unsay(early, later, entry, entry.measures[cost.value])
    open_ = sorted((x for x in early.values() if x.qty > 0), key=lambda x: (x.day, x.seq))
    return Pool(qty, value, _adding_up(qty, value, open_))


def _pair(edge: Edge) -> tuple[int, int]:
    return edge.from_entry, edge.to_entry


def _given_back(
    reversal: Entry, left: int | None, edges: Iterable[Edge], cost: CostModel | None, kept: Collection[int]
) -> Iterator[tuple[int, int]]:
    """The edges along which a reversal gave back what its origin had taken. One that has a layer of its own (of which ``left`` is there) gave
    back the rest: all that was taken, or what came from layers that were there to take it."""
    edges = list(edges)
    mine = [e for e in edges if e.to_entry == reversal.concerns]
    if left is not None:
        own = left + sum(e.qty for e in edges if e.from_entry == reversal.id)
        back = reversal.measures[cost.quantity] - own if cost is not None else 0
        if sum(e.qty for e in mine) > back:
            mine = [e for e in mine if e.from_entry in kept]
        if not 0 < sum(e.qty for e in mine) <= back:
            return
    yield from map(_pair, mine)


def _stayed(
    edges: Iterable[Edge], later: Mapping[int, Entry], layered: set[int], cost: CostModel
) -> Iterator[int]:
    """What left and came to another place of the same pool at once."""
    for edge in edges:
        out, into = later.get(edge.from_entry), later.get(edge.to_entry)
        if out is None or into is None or out.measures[cost.quantity] >= 0 or into.id in layered:
            continue
        is_whole = out.measures[cost.quantity] == -into.measures[cost.quantity]
        if is_whole and out.ledger == into.ledger and cost.grain.of(out.key) == cost.grain.of(into.key):
            yield out.id


def _unsay(early: dict[int, Layer], later: Mapping[int, Entry], entry: Entry, value: int) -> None:
    """Take a value off that came to an earlier entry by itself: a late cost, what moved it away again, and true-ups."""
    if entry.kind == "true_up":
        _add(early, entry.concerns, "short", 0, value)
        about = later.get(entry.concerns)
        if about is not None and about.kind == "normal":
            _add(early, about.concerns, "receipt", 0, -value)
    _add(early, entry.concerns, "receipt", 0, -value)


def _add(layers: dict[int, Layer], id: int, kind: str, qty: int, value: int) -> None:
    layer = layers.get(id)
    if layer is not None and layer.kind == kind:
        layers[id] = replace(layer, qty=layer.qty + qty, value=layer.value + value)


def adds_up(pool: Pool) -> bool:
    """Whether the layers less the shortages are all that the pool holds."""
    return pool.qty == sum(x.qty if x.kind == "receipt" else -x.qty for x in pool.layers)


def _adding_up(qty: int, value: int, layers: list[Layer]) -> tuple[Layer, ...]:
    """The layers with what late costs brought or took since spread over them, so that they are worth what the pool is."""
    receipts = [x for x in layers if x.kind == "receipt"]
    shorts = [x for x in layers if x.kind == "short"]
    if sum(x.qty for x in receipts) - sum(x.qty for x in shorts) != qty:
        return tuple(shorts) if qty <= 0 else ()
    more = value - sum(x.value for x in receipts) + sum(x.value for x in shorts)
    left, made = sum(x.qty for x in receipts), list[Layer]()
    for layer in receipts:
        part = share(more, layer.qty, left)
        made.append(replace(layer, value=layer.value + part))
        left, more = left - layer.qty, more - part
    return tuple(sorted((*made, *shorts), key=lambda x: (x.day, x.seq)))
