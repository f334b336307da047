"""Reindexing: the words of records that were stored before their fields were searched. In steps, for a job."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, delete, not_, select

from builder.metadata.package import Package
from builder.record import Record
from builder.storage import search
from builder.storage.columns import INT
from builder.storage.rows import columns_of, is_of, reader
from builder.storage.shapes import EntityShape, shape_of
from builder.storage.slots import SlotMap
from builder.storage.sql.arrays import ids_in
from builder.storage.tables.records import search as words
from builder.storage.tokens import normal


def reindex(
    conn: Connection,
    maps: SlotMap,
    package: Package,
    ws: int,
    entity: str,
    *,
    after: int = 0,
    limit: int = 500,
) -> int | None:
    """Write the words of the next records after the id ``after``; the id to go on from, None at the end. The first step removes the words
    of fields that are not searched any more."""
    shape = shape_of(maps, package, entity)
    if not after:
        _forget(conn, shape, ws)
    read = reader(shape)
    bound = {"ws": ws, "after": after, "limit": limit}
    records = [read(row) for row in conn.execute(shape.statement("reindex", lambda: _next(shape)), bound)]
    found = [row for record in records for row in words_of(shape, ws, record)]
    search.write(conn, ws, found, ())
    return records[-1].id if len(records) == limit else None


def words_of(shape: EntityShape, ws: int, record: Record) -> list[dict[str, Any]]:
    """What a search finds the record by, field by field; empty fields have no row."""
    rows = []
    for place in shape.searchable:
        text = normal(place.type.search_text(record.values.get(place.key), place.field))
        if text:
            key = {"ws": ws, "entity_id": shape.entity_id, "record_id": record.id, "field_no": place.field_no}
            rows.append({**key, "text": text, "spoken": shape.is_spoken(place)})
    return rows


def _next(shape: EntityShape) -> Any:
    table = shape.table
    mine = (*is_of(shape, table), table.c.id > bindparam("after"))
    return (
        select(*columns_of(shape, table))
        .where(*mine)
        .order_by(table.c.id)
        .limit(bindparam("limit", type_=INT))
    )


def _forget(conn: Connection, shape: EntityShape, ws: int) -> None:
    own = (words.c.ws == ws) & (words.c.entity_id == shape.entity_id)
    searched = [place.field_no for place in shape.searchable]
    conn.execute(delete(words).where(own, not_(ids_in(words.c.field_no, "searched"))), {"searched": searched})
