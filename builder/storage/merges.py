"""Merges: which record was merged into which, and what one command changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select

from builder.record import Ref
from builder.storage.slots import SlotMap
from builder.storage.sql.arrays import one_of
from builder.storage.tables.records import history, record_link


def merged_into(
    conn: Connection, maps: SlotMap, ws: int, entity: str, ids: Collection[int], kind: str
) -> Mapping[int, int]:
    """Of those ids the ones that were merged, and into what."""
    if not ids:
        return {}
    own, number = record_link.c, maps.entity_id(entity)
    query = select(own.from_id, own.to_id).where(
        own.ws == ws, own.from_entity == number, own.kind == kind, one_of(own.from_id, tuple(ids))
    )
    return {row.from_id: row.to_id for row in conn.execute(query.order_by(own.cmd))}


def pairs_of(
    conn: Connection, maps: SlotMap, ws: int, entity: str, cmd: int, kind: str
) -> tuple[tuple[int, int], ...]:
    """What the command merged: (kept, gone)."""
    own, number = record_link.c, maps.entity_id(entity)
    query = select(own.to_id, own.from_id).where(
        own.ws == ws, own.from_entity == number, own.kind == kind, own.cmd == cmd
    )
    return tuple((row.to_id, row.from_id) for row in conn.execute(query.order_by(own.from_id)))


def part(conn: Connection, maps: SlotMap, ws: int, entity: str, ids: Collection[int], kind: str) -> None:
    """Forget that those were merged."""
    own, number = record_link.c, maps.entity_id(entity)
    conn.execute(
        delete(record_link).where(
            own.ws == ws, own.from_entity == number, own.kind == kind, one_of(own.from_id, tuple(ids))
        )
    )


def changed_by(conn: Connection, maps: SlotMap, ws: int, cmd: int) -> Sequence[tuple[Ref, int]]:
    """Records that the command changed, each with the version that it became."""
    own = history.c
    query = select(own.entity_id, own.record_id, own.version).where(own.ws == ws, own.cmd == cmd)
    found: list[tuple[Ref, int]] = []
    row: Any
    for row in conn.execute(query.order_by(own.entity_id, own.record_id)):
        key = maps.entity_by_id(row.entity_id)
        if key is not None:
            found.append((Ref(key, row.record_id), row.version))
    return found
