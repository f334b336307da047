"""Consumption: layers of cost and edges are written: what is left, and what took it. Only the journal calls this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete

from builder.ledger.columns import COST_KEY, key_values
from builder.ledger.definition import LedgerModel
from builder.ledger.outcome import LayerChange
from builder.ledger.state import Edge
from builder.ledger.writing import insert_rows, update_of
from builder.storage.prepared import Prepared
from builder.storage.sql.conflicts import insert_for
from builder.storage.tables import ledgers as t

_UPDATE_LAYERS = Prepared(
    update_of(
        t.layer,
        ("ws", "ledger_id", *COST_KEY, "order_day", "order_seq", "entry_id"),
        "qty_left",
        "value_left",
    )
)


def write_layers(
    conn: Connection, models: Mapping[str, LedgerModel], changes: Sequence[LayerChange], ws: int
) -> None:
    """Layers that are new, and what is left of the others."""
    new: list[dict[str, Any]] = []
    known: list[dict[str, Any]] = []
    for change in changes:
        layer = change.layer
        row = {
            "ws": ws,
            "ledger_id": models[change.ledger].ledger_id,
            "order_day": layer.day,
            "order_seq": layer.seq,
            "entry_id": layer.entry_id,
            "kind": layer.kind,
            "qty_left": layer.qty,
            "value_left": layer.value,
            **key_values(change.key, COST_KEY),
        }
        if change.is_new:
            new.append(row)
        else:
            known.append({f"b_{k}": v for k, v in row.items()})
    insert_rows(conn, t.layer, new)
    if known:
        _UPDATE_LAYERS.run_many(conn, known)


def write_edges(conn: Connection, edges: Sequence[tuple[str, Edge]], ws: int) -> None:
    """One row per pair: an entry may take from a layer and settle with it in one plan."""
    sums: dict[tuple[int, int], tuple[int, int]] = {}
    for _, edge in edges:
        qty, value = sums.get((edge.from_entry, edge.to_entry), (0, 0))
        sums[edge.from_entry, edge.to_entry] = qty + edge.qty, value + edge.value
    rows = [
        {"ws": ws, "from_entry": pair[0], "to_entry": pair[1], "qty": qty, "value": value}
        for pair, (qty, value) in sorted(sums.items())
        if qty or value
    ]
    if rows:
        _ADD_EDGES.run_many(conn, rows)
    gone = [{"b_from": r["from_entry"], "b_to": r["to_entry"], "b_ws": ws} for r in rows if r["qty"] < 0]
    if gone:
        _GONE_EDGES.run_many(conn, gone)


_GONE_EDGES = Prepared(
    delete(t.edge).where(
        t.edge.c.ws == bindparam("b_ws"),
        t.edge.c.from_entry == bindparam("b_from"),
        t.edge.c.to_entry == bindparam("b_to"),
        t.edge.c.qty == 0,
        t.edge.c.value == 0,
    )
)
"""Along which nothing went after all."""


def _adding_edges(dialect: str) -> Any:
    """An edge that is there already (a replay changes how much went along it) gets the difference."""
    statement = insert_for(dialect, t.edge)
    sums = {name: t.edge.c[name] + statement.excluded[name] for name in ("qty", "value")}
    return statement.on_conflict_do_update(
        index_elements=[t.edge.c[name] for name in ("ws", "from_entry", "to_entry")], set_=sums
    )


_ADD_EDGES = Prepared(_adding_edges, columns=("ws", "from_entry", "to_entry", "qty", "value"))
