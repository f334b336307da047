"""Shortages: what was issued before it was there waits, one row per issue, for the receipts that cover it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from builder.ledger.costing.shape import Move, TrueUp, share
from builder.ledger.state import Edge, Layer


def settle(
    layers: Iterable[Layer], move: Move, value: int
) -> tuple[tuple[Layer, ...], tuple[TrueUp, ...], tuple[Edge, ...], int, int]:
    """Cover open shortages by a receipt of ``move.qty`` worth ``value``, oldest first.

    Returns the layers after, a true-up per covered issue (what it was provisionally given minus what it really cost),
    edges receipt → issue, and the quantity and value of the receipt that are left."""
    left, worth = move.qty, value
    after: list[Layer] = []
    true_ups: list[TrueUp] = []
    edges: list[Edge] = []
    for layer in sorted(layers, key=lambda x: (x.day, x.seq, x.entry_id)):
        if layer.kind != "short" or not layer.qty or not left:
            after.append(layer)
            continue
        taken = min(layer.qty, left)
        cost = share(worth, taken, left)
        given = share(layer.value, taken, layer.qty)
        after.append(replace(layer, qty=layer.qty - taken, value=layer.value - given))
        edges.append(Edge(move.entry_id, layer.entry_id, taken, cost))
        if given != cost:
            true_ups.append(TrueUp(layer.entry_id, layer.key, given - cost, layer.day))
        left, worth = left - taken, worth - cost
    return tuple(after), tuple(true_ups), tuple(edges), left, worth


def short(move: Move, qty: int, value: int) -> Layer:
    """The shortage that an issue leaves open."""
    return Layer(move.day, move.seq, move.entry_id, "short", qty, value, move.key)


def forget(layers: Iterable[Layer], entry_id: int) -> tuple[Layer, ...]:
    """The layers when the entry that made one is taken back: its own is empty, the others stay."""
    return tuple(replace(x, qty=0, value=0) if x.entry_id == entry_id else x for x in layers)
