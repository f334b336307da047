"""Openings: the layers that a cost pool had before a day, worked back from those it has now. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from builder.ledger.costing.shape import Pool, share
from builder.ledger.state import Edge, Entry, Layer


def opening(
    qty: int,
    value: int,
    layers: Iterable[Layer],
    edges: Iterable[Edge],
    later: Mapping[int, Entry],
    since: date,
) -> Pool:
    """The pool of ``qty`` and ``value`` at the start of ``since``, with the layers it had then. ``later`` are the entries of that day and
    after by id; what those took is put back. Where layers do not add up to the pool (they were not kept then), it is one layer."""
    early = {x.entry_id: x for x in layers if x.entry_id not in later}
    # What was taken and given back again since lies in its layer already.
    given_back = {e.concerns for e in later.values() if e.kind == "reversal"}
    for edge in edges:
        sign = (edge.to_entry in later) - (edge.to_entry in given_back)
        layer = early.get(edge.from_entry)
        if layer is not None and sign:
            early[edge.from_entry] = replace(
                layer, qty=layer.qty + sign * edge.qty, value=layer.value + sign * edge.value
            )
        short = early.get(edge.to_entry)
        if short is not None and short.kind == "short" and edge.from_entry in later:
            early[edge.to_entry] = replace(short, qty=short.qty + edge.qty, value=short.value + edge.value)
    open_ = sorted((x for x in early.values() if x.qty > 0), key=lambda x: (x.day, x.seq))
    return Pool(qty, value, _adding_up(qty, value, open_))


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
