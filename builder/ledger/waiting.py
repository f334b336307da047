"""Waiting: lanes in which something came late that a replay has not worked yet."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, select

from builder.ledger.definition import Key, LedgerModel
from builder.storage.tables.ledgers import balance


def waiting(conn: Connection, model: LedgerModel, ws: int) -> dict[Key, date]:
    """Lanes that wait for a replay, each with the day from which on."""
    width = len(model.lane.positions)
    statement = select(balance).where(
        balance.c.ws == ws,
        balance.c.ledger_id == model.ledger_id,
        balance.c.grain == model.lane.number,
        balance.c.recost_from.is_not(None),
    )
    order = [balance.c[f"k{i}"] for i in range(1, width + 1)]
    return {
        tuple(r._mapping[f"k{i}"] for i in range(1, width + 1)): r.recost_from
        for r in conn.execute(statement.order_by(balance.c.recost_from, *order))
    }
