"""Breakdown: what a balance is made of, by kind of document and by who still holds some of it; and what looks odd about it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, desc, func, select

from builder.ledger.balance import Source, limits
from builder.ledger.definition import LedgerModel
from builder.storage.sql.arrays import one_of
from builder.storage.tables.ledgers import entry, journal
from builder.storage.tables.machinery import command_log
from builder.storage.tables.records import record_link

Ids = Collection[int]
Document = tuple[int, int]
"""Entity number and record id."""
NEWEST = 5000
AT_ONCE = 2000
ENTRIES = Source(entry, None, None)


@dataclass(frozen=True, slots=True)
class Part:
    """What the documents of one entity (by its number) brought in and took out; ``outs`` are not positive."""

    entity_id: int
    documents: int
    ins: Mapping[str, Decimal]
    outs: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Holder:
    """A document whose entries do not cancel out: what it holds of a measure."""

    entity_id: int
    record_id: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Twin:
    """A document that moved on one day just what another of its kind moved."""

    day: date
    entity_id: int
    record_id: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Counted:
    """The last count: when, by which document, and the difference that it booked."""

    day: date
    entity_id: int
    record_id: int
    difference: Decimal


@dataclass(frozen=True, slots=True)
class LateEntry:
    """A document posted for a day before the one on which it was entered."""

    day: date
    entity_id: int
    record_id: int
    amount: Decimal
    cmd: int


@dataclass(frozen=True)
class Rows:
    """The entries of one ledger that a reader asks about: limited to ``where``, within what it may see (``scope``)."""

    conn: Connection
    model: LedgerModel
    ws: int
    where: Mapping[str, Ids]
    scope: Mapping[str, Ids]

    def conditions(self, days: tuple[date | None, date | None] = (None, None)) -> list[ColumnElement[bool]]:
        first, last = days
        return [
            *ENTRIES.own(self.model, self.ws),
            *limits(self.conn, self.model, ENTRIES, self.where, self.scope),
            *([entry.c.business_date >= first] if first else []),
            *([entry.c.business_date <= last] if last else []),
        ]


JOINED = and_(journal.c.ws == entry.c.ws, journal.c.journal_id == entry.c.journal_id)


def by_document_kind(rows: Rows, days: tuple[date | None, date | None]) -> tuple[Part, ...]:
    """What each kind of document moved in the period, the busiest first."""
    measures = rows.model.measures
    flows: list[Any] = [func.sum(ENTRIES.flow(m.number, side)) for side in (True, False) for m in measures]
    count = func.count(func.distinct(journal.c.record_id)).label("documents")
    statement = (
        select(journal.c.entity_id, count, *flows)
        .join(journal, JOINED)
        .where(*rows.conditions(days))
        .group_by(journal.c.entity_id)
        .order_by(desc("documents"), journal.c.entity_id)
    )
    found = []
    for row in rows.conn.execute(statement):
        amounts = [int(x or 0) for x in row[2:]]
        sides = amounts[: len(measures)], amounts[len(measures) :]
        exact = [{m.key: m.exact(a) for m, a in zip(measures, side, strict=True)} for side in sides]
        found.append(Part(row.entity_id, row.documents, exact[0], exact[1]))
    return tuple(found)


def holders(rows: Rows, measure: str, limit: int) -> tuple[Holder, ...]:
    """Documents that hold some of a measure which other documents made from them release again (an order reserves, its
    delivery releases), the largest first: what a document and all that is linked to it come to, named by the first of them.
    Looks at the newest ``NEWEST`` documents."""
    model = rows.model.measures[rows.model.place(measure)]
    column = entry.c[f"m{model.number}"]
    total = func.sum(column)
    statement = (
        select(journal.c.entity_id, journal.c.record_id, total.label("held"))
        .join(journal, JOINED)
        .where(*rows.conditions(), column != 0)
        .group_by(journal.c.entity_id, journal.c.record_id)
        .having(total != 0)
        .order_by(desc(journal.c.record_id))
        .limit(NEWEST)
    )
    nets = {(r.entity_id, r.record_id): int(r.held) for r in rows.conn.execute(statement)}
    groups: dict[Document, list[Document]] = {}
    first = _firsts(rows, nets)
    for document in nets:
        groups.setdefault(first[document], []).append(document)
    held = {one: sum(nets[d] for d in group) for one, group in groups.items()}
    largest = sorted((d for d in held if held[d]), key=lambda d: (-abs(held[d]), d))[:limit]
    return tuple(Holder(*document, model.exact(held[document])) for document in largest)


def _firsts(rows: Rows, documents: Collection[Document]) -> dict[Document, Document]:
    """For each document the first of those that it is linked to, over any number of steps (the smallest id was made first)."""
    parent = {document: document for document in documents}

    def first(document: Document) -> Document:
        while parent[document] != document:
            parent[document] = document = parent[parent[document]]
        return document

    for one, other in _links(rows, documents):
        if one in parent and other in parent:
            earlier, later = sorted((first(one), first(other)), key=lambda d: d[1])
            parent[later] = earlier
    return {document: first(document) for document in documents}


def _links(rows: Rows, documents: Collection[Document]) -> Iterator[tuple[Document, Document]]:
    ids = sorted(id for _, id in documents)
    for start in range(0, len(ids), AT_ONCE):
        statement = select(
            record_link.c.from_entity, record_link.c.from_id, record_link.c.to_entity, record_link.c.to_id
        ).where(record_link.c.ws == rows.ws, one_of(record_link.c.to_id, ids[start : start + AT_ONCE]))
        for row in rows.conn.execute(statement):
            yield (row.from_entity, row.from_id), (row.to_entity, row.to_id)


def last_count(rows: Rows) -> Counted | None:
    """The newest count of anything among the rows."""
    model = rows.model.measures[rows.model.counted]
    statement = (
        select(
            entry.c.business_date,
            journal.c.entity_id,
            journal.c.record_id,
            entry.c[f"m{model.number}"].label("m"),
        )
        .join(journal, JOINED)
        .where(*rows.conditions(), entry.c.kind == "count")
        .order_by(desc(entry.c.business_date), desc(entry.c.seq))
        .limit(1)
    )
    row = rows.conn.execute(statement).one_or_none()
    return Counted(row.business_date, row.entity_id, row.record_id, model.exact(int(row.m))) if row else None


def twins(rows: Rows, days: tuple[date | None, date | None], limit: int) -> tuple[tuple[Twin, ...], ...]:
    """Groups of documents of one kind that moved the same amount on the same day, newest first: perhaps one was entered twice.
    What was reversed is no longer suspected."""
    model = rows.model.measures[rows.model.counted]
    net = func.sum(entry.c[f"m{model.number}"])
    statement = (
        select(entry.c.business_date, journal.c.entity_id, journal.c.record_id, net.label("net"))
        .join(journal, JOINED)
        .where(*rows.conditions(days))
        .group_by(entry.c.business_date, journal.c.entity_id, journal.c.record_id)
        .having(net != 0)
        .order_by(desc(entry.c.business_date), journal.c.record_id)
    )
    groups: dict[tuple[date, int, int], list[Twin]] = {}
    for row in rows.conn.execute(statement):
        made = Twin(row.business_date, row.entity_id, row.record_id, model.exact(int(row.net)))
        groups.setdefault((row.business_date, row.entity_id, int(row.net)), []).append(made)
    return tuple(tuple(g) for g in groups.values() if len(g) > 1)[:limit]


def entered_late(
    rows: Rows, days: tuple[date | None, date | None], at_least: int, limit: int
) -> tuple[LateEntry, ...]:
    """Documents that were entered ``at_least`` days after the day they count on, the newest entry first."""
    model = rows.model.measures[rows.model.counted]
    net = func.sum(entry.c[f"m{model.number}"])
    logged = and_(command_log.c.ws == journal.c.ws, command_log.c.cmd == journal.c.cmd)
    statement = (
        select(
            entry.c.business_date,
            journal.c.entity_id,
            journal.c.record_id,
            journal.c.cmd,
            command_log.c.at,
            net.label("net"),
        )
        .join(journal, JOINED)
        .join(command_log, logged)
        .where(*rows.conditions(days))
        .group_by(
            entry.c.business_date, journal.c.entity_id, journal.c.record_id, journal.c.cmd, command_log.c.at
        )
        .having(net != 0)
        .order_by(desc(command_log.c.at), journal.c.record_id)
    )
    found: list[LateEntry] = []
    for row in rows.conn.execute(statement):
        if (row.at.date() - row.business_date).days >= at_least:
            found.append(
                LateEntry(row.business_date, row.entity_id, row.record_id, model.exact(int(row.net)), row.cmd)
            )
        if len(found) == limit:
            break
    return tuple(found)


def names_of_documents(found: Sequence[Any]) -> dict[int, set[int]]:
    """Record ids by entity number."""
    by_entity: dict[int, set[int]] = {}
    for one in found:
        by_entity.setdefault(one.entity_id, set()).add(one.record_id)
    return by_entity
