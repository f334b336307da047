"""Openings: the layers that a cost pool had before a day, worked back from those it has now. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
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
) -> Pool:
    """The pool of ``qty`` and ``value`` at the start of ``since``, with the layers it had then. ``later`` are the entries of that day and
    after by id: what those took is put back, what they brought to a layer, or said of a shortage, is taken off again. Where layers do not add up to the pool (they were not kept then), it is one layer."""
    layers = list(layers)
    early = {x.entry_id: x for x in layers if x.entry_id not in later}
    # What was taken and given back again since lies in its layer already; of a move within the pool that was taken back, twice.
    known = list(edges)
    own = {x.entry_id: x.qty for x in layers}
    reversals = [e for e in later.values() if e.kind == "reversal"]
    given_back = Counter(
        e.concerns for e in reversals if e.id not in own or _gave_back(e, own[e.id], known, cost)
    )
    if cost is not None:
        given_back.update(_stayed(known, later, set(own), cost))
    for edge in known:
        sign = (edge.to_entry in later) - given_back[edge.to_entry]
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


def _gave_back(reversal: Entry, left: int, edges: Iterable[Edge], cost: CostModel | None) -> bool:
    """Whether a reversal that has a layer gave back what its origin took: its layer is what no edge explained."""
    if cost is None:
        return False
    edges = list(edges)
    taken = sum(e.qty for e in edges if e.to_entry == reversal.concerns)
    own = left + sum(e.qty for e in edges if e.from_entry == reversal.id)
    return 0 < taken <= reversal.measures[cost.quantity] - own


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
