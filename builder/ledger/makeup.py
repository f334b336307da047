"""Makeup: what is in a cost pool now, receipt by receipt: why a unit of it costs what it costs.

Layers say it themselves. A pool that averages takes the same part of everything with each issue, so each receipt since it was
last empty still has its part in it; the parts are whole and add up to the pool.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from sqlalchemy import Connection

from builder.ledger.columns import COST_KEY, padded, rows_at
from builder.ledger.cost_path import largest_remainder
from builder.ledger.definition import Key, LedgerModel
from builder.ledger.trace import Node, Spans, Tracer
from builder.storage.tables.ledgers import balance, layer

PRECISION = 50
MOST_NETTED = 5_000
"""Entries whose documents are looked up for moves within the pool, the newest."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a receipt still has in the pool: whole numbers at the measures' scales. ``whole`` is the quantity that it brought."""

    receipt: Node
    whole: int
    qty: int
    value: int


@dataclass(frozen=True, slots=True)
class Makeup:
    """A pool's quantity and value, and the receipts that they are made of, oldest first. ``layered``: the receipts are kept apart."""

    qty: int
    value: int
    layered: bool
    parts: tuple[Part, ...]


def makeup(conn: Connection, tracer: Tracer, model: LedgerModel, ws: int, key: Key) -> Makeup | None:
    """What the pool at ``key`` (the ids of the cost key's dimensions) is made of; None where it never held anything."""
    cost = model.cost
    if cost is None:
        return None
    names = [f"k{i + 1}" for i in range(len(key))]
    at_grain = balance.c.grain == cost.grain.number
    rows = rows_at(conn, balance, ws, names, [key], at_grain, ledger_id=model.ledger_id)
    if not rows:
        return None
    qty, value = (
        int(rows[0]._mapping[f"m{model.measures[place].number}"]) for place in (cost.quantity, cost.value)
    )
    layers = _layers(conn, tracer, model, ws, key)
    if layers:
        return Makeup(qty, value, True, layers)
    return Makeup(qty, value, False, _mixed(tracer, model, key, qty, value))


def _layers(conn: Connection, tracer: Tracer, model: LedgerModel, ws: int, key: Key) -> tuple[Part, ...]:
    at = padded(key, COST_KEY)
    still_open = (layer.c.kind == "receipt") & (layer.c.qty_left != 0)
    rows = rows_at(conn, layer, ws, list(COST_KEY), [at], still_open, ledger_id=model.ledger_id)
    rows.sort(key=lambda r: (r.order_day, r.order_seq))
    nodes = tracer.nodes([r.entry_id for r in rows])
    return tuple(
        Part(nodes[r.entry_id], nodes[r.entry_id].qty, int(r.qty_left), int(r.value_left))
        for r in rows
        if r.entry_id in nodes
    )


def _mixed(tracer: Tracer, model: LedgerModel, key: Key, qty: int, value: int) -> tuple[Part, ...]:
    assert model.cost is not None
    positions = dict(zip(model.cost.grain.positions, key, strict=True))
    pool = tuple(positions.get(p, -1) for p in range(len(model.dimensions)))
    spans = tracer.spans(model.key, pool)
    if qty <= 0 or not spans.rows:
        return ()
    with localcontext(prec=PRECISION):
        left = _left(_last_span(tracer, spans))
        nodes = tracer.nodes(left)
        kept = {id: part for id, part in left.items() if id in nodes and nodes[id].qty}
        worth = [part * max(nodes[id].value, 0) / nodes[id].qty for id, part in kept.items()]
    quantities = largest_remainder(qty, list(kept.values()))
    values = largest_remainder(max(value, 0), worth)
    parts = zip(kept, quantities, values, strict=True)
    return tuple(Part(nodes[id], nodes[id].qty, q, v) for id, q, v in parts if q)


def _last_span(tracer: Tracer, spans: Spans) -> list[tuple[int, int]]:
    """(entry, quantity moved) since the pool was last empty, without documents that took out what they put in: such a move
    within the pool brings nothing."""
    last = spans.rows[-1][2]
    rows = [(id, moved) for id, moved, span in spans.rows if span == last]
    nodes = tracer.nodes([id for id, _ in rows[-MOST_NETTED:]])
    net: dict[tuple[int, int], int] = {}
    for id, moved in rows:
        if id in nodes:
            document = nodes[id].entity_id, nodes[id].record_id
            net[document] = net.get(document, 0) + moved
    within = {document for document, moved in net.items() if not moved}
    return [
        r for r in rows if r[0] not in nodes or (nodes[r[0]].entity_id, nodes[r[0]].record_id) not in within
    ]


def _left(rows: Sequence[tuple[int, int]]) -> dict[int, Decimal]:
    """The quantity that each receipt still has in the pool."""
    received: dict[int, Decimal] = {}
    held, kept = 0, Decimal(1)
    for id, moved in rows:
        if moved > 0:
            received[id] = Decimal(moved) / kept
        elif 0 < -moved < held:
            kept *= Decimal(held + moved) / held
        held += moved
    return {id: part * kept for id, part in received.items()}
