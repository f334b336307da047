"""Writer slots: which part of the id space a process has, and until when."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, func, select, update

from builder.storage.columns import PG
from builder.storage.errors import RetryError
from builder.storage.ids import SLOTS, Lease
from builder.storage.tables.people import writer_slot

LEASE_MS = 3_600_000
LOCK = 0x7A67_0001
"""The advisory lock under which slots are given out; app ids, which are locks too, are far above it."""


def take(conn: Connection, process: str, ms: int, held: Lease | None) -> Lease:
    """The held slot for another hour, or the lowest that nobody has. Whoever takes over a slot starts after everything that its last
    holder may have made, however wrong either clock is."""
    until = ms + LEASE_MS
    values = {"process": process, "lease_until": _instant(until), "last_ms": until}
    if held is not None:
        mine = (writer_slot.c.slot == held.slot) & (writer_slot.c.process == process)
        if conn.execute(update(writer_slot).where(mine).values(values)).rowcount:
            return Lease(held.slot, ms, until)
    if conn.dialect.name == PG:
        conn.execute(select(func.pg_advisory_xact_lock(LOCK)))
    known = {row.slot: row for row in conn.execute(select(writer_slot))}
    now = _instant(ms)
    for slot in range(SLOTS):
        row = known.get(slot)
        if row is None:
            conn.execute(writer_slot.insert().values(slot=slot, **values))
            return Lease(slot, ms, until)
        if row.lease_until <= now:
            start = max(ms, row.last_ms)
            values = {
                "process": process,
                "lease_until": _instant(start + LEASE_MS),
                "last_ms": start + LEASE_MS,
            }
            conn.execute(update(writer_slot).where(writer_slot.c.slot == slot).values(values))
            return Lease(slot, start, start + LEASE_MS)
    raise RetryError("NO_WRITER_SLOT")


def give_back(conn: Connection, process: str, slot: int, used_ms: int, now_ms: int) -> None:
    """End a lease: the next holder may start right after ``used_ms``."""
    mine = (writer_slot.c.slot == slot) & (writer_slot.c.process == process)
    conn.execute(update(writer_slot).where(mine).values(lease_until=_instant(now_ms), last_ms=used_ms))


def _instant(ms: int) -> datetime:
    return datetime.fromtimestamp(ms // 1000, UTC).replace(microsecond=ms % 1000 * 1000)
