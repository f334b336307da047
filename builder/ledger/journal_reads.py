"""Journal, read: what a document has posted and how it is taken back; the entries of a ledger page by page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, and_, exists, select

from builder.changes import Intent
from builder.ledger.columns import entry_of
from builder.ledger.definition import LedgerModel
from builder.ledger.state import Entry
from builder.metadata.package import Package
from builder.record import Ref
from builder.storage.slots import SlotMap
from builder.storage.tables.ledgers import entry, journal


def entries_of(
    conn: Connection, models: Mapping[str, LedgerModel], maps: SlotMap, ws: int, ref: Ref
) -> tuple[tuple[Any, Entry], ...]:
    """Every entry that the record ever posted, with its journal's row, oldest first."""
    return tuple(_posted(conn, models, maps, ws, ref))


def arrivals(
    conn: Connection, models: Mapping[str, LedgerModel], ws: int, cmd: int, prefix: str
) -> tuple[Entry, ...]:
    """Entries that the command made by postings whose names begin so, oldest first; not those that take others back."""
    by_ledger = {m.ledger_id: m for m in models.values()}
    statement = (
        select(entry)
        .join(journal, and_(entry.c.ws == journal.c.ws, entry.c.journal_id == journal.c.journal_id))
        .where(journal.c.ws == ws, journal.c.cmd == cmd, journal.c.reverses.is_(None))
        .where(journal.c.posting_uid.startswith(prefix, autoescape=True))
        .order_by(entry.c.entry_id)
    )
    rows = conn.execute(statement)
    return tuple(entry_of(by_ledger[r.ledger_id], r) for r in rows if r.ledger_id in by_ledger)


def reversals(
    conn: Connection,
    models: Mapping[str, LedgerModel],
    maps: SlotMap,
    ws: int,
    ref: Ref,
    posting_rev: int,
    package: Package,
) -> tuple[Intent, ...]:
    """Intents that undo, newest first, the fixed postings of the record at ``posting_rev`` that still stand: on their own day, at
    their own cost. Empty where nothing fixed was posted."""
    entity = package.entity(ref.entity)
    follows = {p.uid for p in entity.postings if p.mode == "follow"} if entity is not None else set()
    undone = journal.alias("undone")
    stands = ~exists().where(and_(undone.c.ws == journal.c.ws, undone.c.reverses == journal.c.journal_id))
    found = [
        _undoing(models, ref, row, made)
        for row, made in _posted(conn, models, maps, ws, ref, journal.c.posting_rev == posting_rev, stands)
        if row.reverses is None and row.posting_uid not in follows
    ]
    return tuple(reversed(found))


def _posted(
    conn: Connection, models: Mapping[str, LedgerModel], maps: SlotMap, ws: int, ref: Ref, *where: Any
) -> list[tuple[Any, Entry]]:
    by_ledger = {m.ledger_id: m for m in models.values()}
    statement = (
        select(journal.c.posting_uid, journal.c.posting_rev, journal.c.reverses, journal.c.cmd, entry)
        .join(entry, and_(entry.c.ws == journal.c.ws, entry.c.journal_id == journal.c.journal_id))
        .where(journal.c.ws == ws, journal.c.entity_id == maps.entity_id(ref.entity))
        .where(journal.c.record_id == ref.id, *where)
        .order_by(entry.c.entry_id)
    )
    rows = conn.execute(statement)
    return [(r, entry_of(by_ledger[r.ledger_id], r)) for r in rows if r.ledger_id in by_ledger]


def _undoing(models: Mapping[str, LedgerModel], ref: Ref, row: Any, made: Entry) -> Intent:
    model = models[made.ledger]
    return Intent(
        ledger=made.ledger,
        posting=row.posting_uid,
        entity=ref.entity,
        record_id=ref.id,
        line_id=made.line_id,
        line_no=0,
        business_date=made.business_date,
        dimensions={
            d.key: v or None for d, v in zip(model.dimensions, made.key, strict=True) if d.type == "reference"
        },
        measures={m.key: -m.exact(v) for m, v in zip(model.measures, made.measures, strict=True)},
        posting_rev=row.posting_rev,
        reverses=made.id,
    )
