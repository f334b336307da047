"""First in, first out: issues take the oldest receipt layers, splitting the last one touched. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from math import lcm

from builder.ledger.costing.shape import (
    Method,
    Move,
    Outcome,
    Pool,
    TrueUp,
    at_average,
    at_unit,
    close_to_zero,
    share,
    short_unit,
)
from builder.ledger.costing.shortage import forget, settle, short
from builder.ledger.state import Edge, Layer


def move(pool: Pool, it: Move) -> Outcome:
    """A receipt covers shortages, then makes a layer; an issue takes layers by (day, seq). A return to where it came from
    (an issue with an origin that still has a layer) takes that layer first."""
    return close_to_zero(_receive(pool, it) if it.qty > 0 else _issue(pool, it))


def adjust(pool: Pool, it: Move) -> Outcome:
    """A late cost stays with what is left of its receipt's layer, and of those that hold its units since; without a receipt it is
    spread over all layers."""
    value = it.value or 0
    parts = {it.origin: Fraction(1), **dict(it.heirs)} if it.origin else {}
    scale = lcm(*(part.denominator for part in parts.values()))
    mine = [x for x in _open(pool.layers) if not it.origin or x.entry_id in parts]
    weights = {x.entry_id: int(x.qty * parts.get(x.entry_id, Fraction(1)) * scale) for x in mine}
    left = sum(weights.values())
    whole = abs(it.origin_qty) * scale or left
    kept = share(value, min(left, whole), whole) if whole else 0
    spread, rest = dict[int, int](), kept
    for id, weight in weights.items():
        part = share(rest, weight, left) if left else 0
        spread[id] = part
        left, rest = left - weight, rest - part
    layers = tuple(
        replace(x, value=x.value + spread.get(x.entry_id, 0)) if x.kind == "receipt" else x
        for x in pool.layers
    )
    return Outcome(Pool(pool.qty, pool.value + kept, layers), kept, rest=value - kept)


def undo(pool: Pool, it: Move) -> Outcome:
    """Exactly opposite. An undone issue gives its layers back what it took; an undone receipt takes its own layer away and,
    for what was issued from it meanwhile, the oldest others; what is nowhere left is short until the next receipt."""
    value = it.value or 0
    layers = forget(pool.layers, it.origin) if it.qty > 0 else pool.layers
    edges: tuple[Edge, ...] = ()
    true_ups: tuple[TrueUp, ...] = ()
    if it.qty > 0:
        layers, back = _give_back(layers, *_there(pool.layers, it, value))
        layers, true_ups, edges = _cover(layers, it)
        edges = (*back, *edges)
    elif not it.qty:
        # The value goes from the layer that it came to, where that is still open.
        layers, edges = _absorb(_first(layers, it.origin), it, -value)
        layers = in_order(layers)
    else:
        taken = _take(_first(layers, it.origin), it, -it.qty)
        layers, edges = in_order(taken.layers), taken.edges
        unmet = -value - taken.cost
        if taken.missing:
            layers = in_order((*layers, short(it, taken.missing, unmet)))
        else:
            layers, more = _absorb(layers, it, unmet)
            edges = (*edges, *more)
    after = Pool(pool.qty + it.qty, pool.value + value + sum(t.value for t in true_ups), layers)
    return close_to_zero(Outcome(after, value, edges, true_ups))


def _cover(
    layers: tuple[Layer, ...], it: Move
) -> tuple[tuple[Layer, ...], tuple[TrueUp, ...], tuple[Edge, ...]]:
    """Open shortages take of what is there again, as they would of a receipt."""
    true_ups: list[TrueUp] = []
    edges: list[Edge] = []
    for layer in _open(layers) if any(x.kind == "short" and x.qty for x in layers) else ():
        given = replace(it, entry_id=layer.entry_id, qty=layer.qty)
        layers, fixed, went, left, worth = settle(layers, given, layer.value)
        kept = replace(layer, qty=left, value=worth)
        layers = tuple(kept if x is layer else x for x in layers)
        true_ups += fixed
        edges += went
    return layers, tuple(true_ups), tuple(edges)


def _there(layers: Iterable[Layer], it: Move, value: int) -> tuple[Move, int]:
    """What comes back of an undone issue: not what never was there, whose shortage is forgotten."""
    open_ = [x for x in layers if x.kind == "short" and x.entry_id == it.origin]
    return replace(it, qty=it.qty - sum(x.qty for x in open_)), value - sum(x.value for x in open_)


def _open(layers: Iterable[Layer]) -> list[Layer]:
    return [x for x in layers if x.kind == "receipt" and x.qty]


def in_order(layers: Iterable[Layer]) -> tuple[Layer, ...]:
    return tuple(sorted(layers, key=lambda x: (x.day, x.seq, x.entry_id)))


def _first(layers: Iterable[Layer], entry_id: int) -> tuple[Layer, ...]:
    return tuple(sorted(layers, key=lambda x: (x.entry_id != entry_id, x.day, x.seq, x.entry_id)))


def _receive(pool: Pool, it: Move) -> Outcome:
    value = it.value if it.value is not None else at_average(pool, it.qty, it.provisional)
    layers, true_ups, edges, left, worth = settle(pool.layers, it, value)
    if left:
        day, seq = it.place or (it.day, it.seq)
        layers = (*layers, Layer(day, seq, it.entry_id, "receipt", left, worth, it.key))
    corrected = sum(t.value for t in true_ups)
    after = Pool(pool.qty + it.qty, pool.value + value + corrected, in_order(layers))
    return Outcome(after, value, edges, true_ups)


class _Taken:
    """Layers while an issue works through them."""

    __slots__ = ("cost", "edges", "layers", "missing")

    def __init__(self, layers: tuple[Layer, ...], edges: tuple[Edge, ...], cost: int, missing: int) -> None:
        self.layers, self.edges, self.cost, self.missing = layers, edges, cost, missing


def _take(layers: tuple[Layer, ...], it: Move, wanted: int) -> _Taken:
    after: list[Layer] = []
    edges: list[Edge] = []
    cost, left = 0, wanted
    for layer in layers:
        taken = min(layer.qty, left) if layer.kind == "receipt" else 0
        if not taken:
            after.append(layer)
            continue
        part = share(layer.value, taken, layer.qty)
        after.append(replace(layer, qty=layer.qty - taken, value=layer.value - part))
        edges.append(Edge(layer.entry_id, it.entry_id, taken, part))
        cost, left = cost + part, left - taken
    return _Taken(tuple(after), tuple(edges), cost, left)


def _issue(pool: Pool, it: Move) -> Outcome:
    wanted = -it.qty
    ordered = _first(pool.layers, it.origin) if it.origin else pool.layers
    taken = _take(ordered, it, wanted)
    layers, edges = in_order(taken.layers), taken.edges
    if it.value is None:
        lacking = at_unit(short_unit(pool, it), taken.missing)
        value = taken.cost + lacking
    else:
        value = -it.value
        # Where anything is missing no layer is left to give the difference: the shortage holds it.
        lacking = value - taken.cost if taken.missing else 0
        layers, more = _absorb(layers, it, value - lacking - taken.cost)
        edges = (*edges, *more)
    if taken.missing:
        layers = (*layers, short(it, taken.missing, lacking))
    return Outcome(Pool(pool.qty - wanted, pool.value - value, in_order(layers)), -value, edges)


def _absorb(layers: tuple[Layer, ...], it: Move, more: int) -> tuple[tuple[Layer, ...], tuple[Edge, ...]]:
    """Where an issue's value was given, what it took more (or less) than its layers held comes from the first open one, along an edge
    of value alone."""
    for i, layer in enumerate(layers) if more else ():
        if layer.kind == "receipt" and layer.qty:
            after = (*layers[:i], replace(layer, value=layer.value - more), *layers[i + 1 :])
            return after, (Edge(layer.entry_id, it.entry_id, 0, more),)
    return layers, ()


def _give_back(layers: tuple[Layer, ...], it: Move, value: int) -> tuple[tuple[Layer, ...], tuple[Edge, ...]]:
    """Layers with what an undone issue took from each, and the edges that say so; what no edge explains becomes a layer of the
    reversal's own."""
    back: dict[int, Edge] = {}
    for edge in [e for e in it.undoes if e.to_entry == it.origin]:
        was = back.get(edge.from_entry, replace(edge, qty=0, value=0))
        back[edge.from_entry] = replace(was, qty=was.qty + edge.qty, value=was.value + edge.value)
    after: list[Layer] = []
    edges: list[Edge] = []
    qty, worth = it.qty, value
    for layer in layers:
        took = back.pop(layer.entry_id, None) if layer.kind == "receipt" else None
        if took is None:
            after.append(layer)
            continue
        after.append(replace(layer, qty=layer.qty + took.qty, value=layer.value + took.value))
        edges.append(replace(took, qty=-took.qty, value=-took.value))
        qty, worth = qty - took.qty, worth - took.value
    if qty:
        day, seq = it.place or (it.day, it.seq)
        after.append(Layer(day, seq, it.entry_id, "receipt", qty, worth, it.key))
        worth = 0
    layers, more = _absorb(in_order(after), it, -worth)
    return layers, (*edges, *more)


def revalue(pool: Pool, it: Move) -> Outcome:
    """All there is is worth more by the value, each layer by its share of the quantity; where nothing is, nothing changes."""
    return adjust(pool, replace(it, origin=0, origin_qty=0))


METHOD = Method(move=move, adjust=adjust, undo=undo, revalue=revalue, uses_layers=True)
