"""Siblings: a count and its shifts, which come to one thing together, wherever only one of them is spoken of."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, and_, select

from builder.ledger.columns import rows_at
from builder.ledger.histories import Known
from builder.storage.tables.ledgers import entry


def shifts_with(conn: Connection, ws: int, known: Mapping[int, Known]) -> set[int]:
    """The counts that the known entries shifted, and every standing shift of known counts, as far as they are not known yet."""
    entries = [k.entry for k in known.values()]
    counts = {e.id for e in entries if e.kind == "count"}
    counts |= {e.concerns for e in entries if e.kind == "count_shift"}
    undoing = entry.alias()
    undone = (
        select(undoing.c.entry_id)
        .where(undoing.c.ws == entry.c.ws, undoing.c.concerns_entry == entry.c.entry_id)
        .where(undoing.c.kind == "reversal")
        .exists()
    )
    standing = and_(entry.c.kind == "count_shift", ~undone)
    rows = (
        rows_at(conn, entry, ws, ["concerns_entry"], [(i,) for i in sorted(counts)], standing)
        if counts
        else []
    )
    return (counts | {row.entry_id for row in rows}) - set(known)
