"""Drawn: no receipt gave more than it had, and no edge begins at nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from sqlalchemy import Connection, and_, case, exists, func, or_, select

from builder.ledger.definition import LedgerModel
from builder.ledger.findings import Finding
from builder.storage.sql.arrays import one_of
from builder.storage.tables.ledgers import edge, entry, layer

AT_ONCE = 500


def overdrawn(conn: Connection, model: LedgerModel, ws: int) -> Iterator[Finding]:
    """No receipt gave more than it had: what its layer still has is not negative."""
    statement = select(layer.c.entry_id, layer.c.qty_left).where(
        layer.c.ws == ws, layer.c.ledger_id == model.ledger_id, layer.c.qty_left < 0
    )
    for row in conn.execute(statement):
        yield Finding("LAYER_NEGATIVE", model.key, "layer", {"entry": row.entry_id}, 0, row.qty_left)
    yield from _drawn(conn, model, ws)
    dangling = (
        select(edge.c.from_entry, edge.c.to_entry)
        .outerjoin(entry, and_(entry.c.ws == edge.c.ws, entry.c.entry_id == edge.c.from_entry))
        .where(edge.c.ws == ws, entry.c.entry_id.is_(None))
    )
    for row in conn.execute(dangling):
        yield Finding("EDGE_WITHOUT_ENTRY", model.key, "edge", dict(row._mapping))


def _drawn(conn: Connection, model: LedgerModel, ws: int) -> Iterator[Finding]:
    """What went out of a receipt by edges that stand, and what its layer still has, is no more than came in by it. What moved to
    another place of its pool has not gone out."""
    assert model.cost is not None
    undoing, to = entry.alias("undoing"), entry.alias("to")
    undone = exists().where(
        undoing.c.ws == ws, undoing.c.concerns_entry == edge.c.to_entry, undoing.c.kind == "reversal"
    )
    came = entry.c[f"m{model.measures[model.cost.quantity].number}"]
    onward, into = edge.alias("onward"), entry.alias("into")
    pool = [into.c[f"k{model.dimensions[p].number}"] for p in model.cost.grain.positions]
    stayed = exists().where(
        onward.c.ws == ws,
        onward.c.from_entry == to.c.entry_id,
        into.c.ws == ws,
        into.c.entry_id == onward.c.to_entry,
        into.c.ledger_id == to.c.ledger_id,
        *(column == to.c[column.name] for column in pool),
    )
    left = select(layer.c.qty_left).where(
        layer.c.ws == ws, layer.c.entry_id == entry.c.entry_id, layer.c.kind == "receipt"
    )
    taken = func.sum(edge.c.qty)
    statement = (
        select(entry.c.entry_id, came, taken, func.coalesce(left.scalar_subquery(), 0))
        .join(edge, and_(edge.c.ws == entry.c.ws, edge.c.from_entry == entry.c.entry_id))
        .join(to, and_(to.c.ws == edge.c.ws, to.c.entry_id == edge.c.to_entry))
        .where(
            entry.c.ws == ws,
            entry.c.ledger_id == model.ledger_id,
            came > 0,
            ~undone,
            ~stayed,
            to.c.kind != "reversal",
        )
        .group_by(entry.c.entry_id, came)
        .having(taken > came)
    )
    looked_at = _suspects(conn, model, ws, came)
    while lot := list(islice(looked_at, AT_ONCE)):
        for id, qty, gone, rest in conn.execute(statement.where(one_of(entry.c.entry_id, lot))).all():
            brought = int(qty) + _found_with(conn, model, ws, id, came)
            if int(gone) > brought:
                yield Finding("EDGES", model.key, "edge", {"entry": id}, brought, int(gone) + int(rest))


def _found_with(conn: Connection, model: LedgerModel, ws: int, id: int, came: Any) -> int:
    """What a count and its shifts found at one key is there together, with one of them: what the others brought, where they stand."""
    own, undoing = entry.alias("own"), entry.alias("undoing")
    group = case((own.c.kind == "count_shift", own.c.concerns_entry), else_=own.c.entry_id)
    undone = exists().where(
        undoing.c.ws == ws, undoing.c.concerns_entry == entry.c.entry_id, undoing.c.kind == "reversal"
    )
    keys = [f"k{d.number}" for d in model.dimensions]
    statement = select(func.coalesce(func.sum(came), 0)).where(
        own.c.ws == ws,
        own.c.entry_id == id,
        own.c.kind.in_(("count", "count_shift")),
        entry.c.ws == ws,
        entry.c.entry_id != own.c.entry_id,
        or_(entry.c.entry_id == group, entry.c.concerns_entry == group),
        entry.c.kind.in_(("count", "count_shift")),
        came > 0,
        *(entry.c[k] == own.c[k] for k in keys),
        ~undone,
    )
    return int(conn.execute(statement).scalar_one())


def _suspects(conn: Connection, model: LedgerModel, ws: int, came: Any) -> Iterator[int]:
    """Receipts that gave more than they had, were every edge to stand: few, so that only these are looked at closely."""
    taken = select(edge.c.from_entry, func.sum(edge.c.qty).label("qty")).where(edge.c.ws == ws)
    sums = taken.group_by(edge.c.from_entry).subquery()
    statement = select(entry.c.entry_id).join(sums, sums.c.from_entry == entry.c.entry_id)
    own = (entry.c.ws == ws, entry.c.ledger_id == model.ledger_id, came > 0, sums.c.qty > came)
    yield from conn.execute(statement.where(*own).order_by(entry.c.entry_id)).scalars().all()
