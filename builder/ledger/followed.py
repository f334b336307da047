"""Followed: what the entries of following postings come to, for each document, line and key: read a range of documents at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from builder.ledger.columns import measures_of
from builder.ledger.definition import Key, LedgerModel
from builder.storage.slots import SlotMap
from builder.storage.sql.arrays import ids_in
from builder.storage.tables.ledgers import entry, journal
from builder.storage.tables.machinery import command_log
from builder.storage.tables.records import history

At = tuple[str, int, Key]
"""(posting uid, line id, key)."""


def documents(
    conn: Connection, maps: SlotMap, ws: int, entity: str, after: int, at_once: int
) -> tuple[int, ...]:
    """The ids of the next records of the entity beyond ``after``, archived ones too, in order."""
    of = maps.entity(entity)
    table = of.table
    own = (table.c.ws == ws, table.c.entity_id == of.entity_id, table.c.id > after)
    return tuple(conn.execute(select(table.c.id).where(*own).order_by(table.c.id).limit(at_once)).scalars())


def sums(
    conn: Connection,
    models: Mapping[str, LedgerModel],
    maps: SlotMap,
    ws: int,
    entity: str,
    postings: Mapping[str, str],
    span: tuple[int, int | None],
) -> dict[int, dict[At, tuple[int, ...]]]:
    """By document of ``span`` (beyond the first id, up to the second, or to the end): what the entries of ``postings`` (uid → ledger)
    come to, where that is not nothing. Documents that are there no more are among them."""
    found: dict[int, dict[At, tuple[int, ...]]] = {}
    for ledger in sorted(set(postings.values())):
        model = models[ledger]
        uids = [uid for uid, of in postings.items() if of == ledger]
        for row in conn.execute(_summed(model, ws, maps.entity_id(entity), uids, span)):
            of = row._mapping
            key = tuple(of[f"k{d.number}"] for d in model.dimensions)
            at = (of["posting_uid"], of["line_id"], key)
            found.setdefault(of["record_id"], {})[at] = measures_of(model, of)
    return found


def _summed(
    model: LedgerModel, ws: int, entity_id: int, uids: Sequence[str], span: tuple[int, int | None]
) -> Any:
    """What comes to nothing is left out by the database: of a document that was removed, mostly."""
    keys = [journal.c.record_id, journal.c.posting_uid, entry.c.line_id]
    keys += [entry.c[f"k{d.number}"] for d in model.dimensions]
    totals = [func.sum(entry.c[f"m{m.number}"]).label(f"m{m.number}") for m in model.measures]
    after, last = span
    within = [journal.c.record_id > after, *([journal.c.record_id <= last] if last is not None else [])]
    return (
        select(*keys, *totals)
        .join(entry, and_(entry.c.ws == journal.c.ws, entry.c.journal_id == journal.c.journal_id))
        .where(journal.c.ws == ws, journal.c.entity_id == entity_id, *within)
        .where(journal.c.ledger_id == model.ledger_id, journal.c.posting_uid.in_(uids))
        .group_by(*keys)
        .having(or_(*(total.element != 0 for total in totals)))
        .order_by(*keys)
    )


def made_under(
    conn: Connection, maps: SlotMap, ws: int, entity: str, ids: Collection[int]
) -> Mapping[int, int]:
    """The version of the definitions under which each of the records was first written, as far as the log knows it."""
    first = (
        select(history.c.record_id, func.min(history.c.cmd).label("cmd"))
        .where(history.c.ws == ws, history.c.entity_id == maps.entity_id(entity))
        .where(ids_in(history.c.record_id, "ids"))
        .group_by(history.c.record_id)
        .subquery()
    )
    joined = and_(command_log.c.ws == ws, command_log.c.cmd == first.c.cmd)
    statement = select(first.c.record_id, command_log.c.package_version).join(first, joined)
    rows = conn.execute(statement, {"ids": sorted(ids)})
    return {row.record_id: row.package_version for row in rows if row.package_version}
