"""Specific identification: cost follows the batch or the serial number. Units of one batch cost alike. Pure.

The layers of a pool are told apart by one dimension. Whatever moves works on its own batch alone; within it a movement takes its
share of the batch's value, and its edges say which receipts it came from, oldest first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from builder.ledger.costing import fifo
from builder.ledger.costing.shape import (
    Method,
    Move,
    Outcome,
    Pool,
    at_unit,
    close_to_zero,
    share,
    short_unit,
)
from builder.ledger.costing.shortage import short
from builder.ledger.state import Edge, Layer


def move(pool: Pool, it: Move) -> Outcome:
    """A receipt joins its batch; an issue takes its share of its batch, the last unit the rest."""
    return _within(pool, it, fifo.move if it.qty > 0 else _issue)


def adjust(pool: Pool, it: Move) -> Outcome:
    """A late cost stays with what is left of its receipt, wherever that was put by a switch; without one it goes to the batch, or to
    all where none is named."""
    if it.heirs:
        return close_to_zero(fifo.adjust(pool, it))
    return _within(pool, it, fifo.adjust) if it.origin or _lot(it, it.key) else fifo.adjust(pool, it)


def undo(pool: Pool, it: Move) -> Outcome:
    """Exactly opposite, within the batch."""
    return _within(pool, it, fifo.undo)


def revalue(pool: Pool, it: Move) -> Outcome:
    """The batch is worth more by the value; where none is named, all there is."""
    return _within(pool, it, fifo.revalue) if _lot(it, it.key) else fifo.revalue(pool, it)


def _lot(it: Move, key: tuple[int, ...]) -> int:
    return key[it.told_by] if it.told_by is not None else 0


def _within(pool: Pool, it: Move, decide: Callable[[Pool, Move], Outcome]) -> Outcome:
    """Decide on the move's batch alone, and put what comes out back into the pool."""
    lot = _lot(it, it.key)
    mine = tuple(x for x in pool.layers if _lot(it, x.key) == lot)
    sign = {"receipt": 1, "short": -1, "standard": 0}
    before = Pool(sum(sign[x.kind] * x.qty for x in mine), sum(sign[x.kind] * x.value for x in mine), mine)
    made = close_to_zero(decide(before, it))
    others = tuple(x for x in pool.layers if _lot(it, x.key) != lot)
    after = Pool(
        pool.qty + made.pool.qty - before.qty,
        pool.value + made.pool.value - before.value,
        fifo.in_order((*others, *made.pool.layers)),
    )
    return close_to_zero(replace(made, pool=after))


def _issue(lot: Pool, it: Move) -> Outcome:
    wanted = -it.qty
    here = sum(x.qty for x in lot.layers if x.kind == "receipt")
    worth = sum(x.value for x in lot.layers if x.kind == "receipt")
    taken = min(wanted, here)
    if it.value is None:
        cost = share(worth, taken, here) if taken else 0
        lacking = at_unit(short_unit(lot, it), wanted - taken)
    else:
        # Where anything is missing all that is here goes: the shortage holds the difference.
        cost = worth if taken < wanted else -it.value
        lacking = -it.value - cost
    layers, edges = _spread(lot.layers, it, taken, cost, worth - cost)
    if taken < wanted:
        layers = fifo.in_order((*layers, short(it, wanted - taken, lacking)))
    value = cost + lacking
    return Outcome(Pool(lot.qty - wanted, lot.value - value, layers), -value, edges)


def _spread(
    layers: Iterable[Layer], it: Move, taken: int, cost: int, left_value: int
) -> tuple[tuple[Layer, ...], tuple[Edge, ...]]:
    """Quantities go oldest first; the cost is spread over what is taken, what is left of the value over what stays."""
    after: list[Layer] = []
    edges: list[Edge] = []
    left_qty = sum(x.qty for x in layers if x.kind == "receipt") - taken
    for layer in layers:
        if layer.kind != "receipt" or not layer.qty:
            after.append(layer)
            continue
        gone = min(layer.qty, taken)
        stays = layer.qty - gone
        if gone:
            part = share(cost, gone, taken)
            edges.append(Edge(layer.entry_id, it.entry_id, gone, part))
            taken, cost = taken - gone, cost - part
        value = share(left_value, stays, left_qty) if stays else 0
        left_qty, left_value = left_qty - stays, left_value - value
        after.append(replace(layer, qty=stays, value=value))
    return tuple(after), tuple(edges)


METHOD = Method(move=move, adjust=adjust, undo=undo, revalue=revalue, uses_layers=True, tells_apart=True)
