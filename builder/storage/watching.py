"""Watching: at which versions records stand, and who brought them there. What a page that shows a record asks again and again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import Connection, func, select

from builder.storage.sql.arrays import one_of
from builder.storage.tables.machinery import command_log
from builder.storage.tables.records import history

Key: TypeAlias = "tuple[int, int]"
"""Entity and record."""


@dataclass(frozen=True, slots=True)
class Made:
    """Who made a version (0: the app itself), and when."""

    actor_id: int
    at: datetime


def versions(conn: Connection, ws: int, keys: Collection[Key]) -> Mapping[Key, int]:
    """The latest version of each of these records, in one query; those that never were are left out."""
    if not keys:
        return {}
    own = history.c
    query = (
        select(own.entity_id, own.record_id, func.max(own.version))
        .where(
            own.ws == ws,
            one_of(own.entity_id, sorted({entity for entity, _ in keys})),
            one_of(own.record_id, sorted({record for _, record in keys})),
        )
        .group_by(own.entity_id, own.record_id)
    )
    wanted = set(keys)
    return {(row[0], row[1]): int(row[2]) for row in conn.execute(query) if (row[0], row[1]) in wanted}


def maker(conn: Connection, ws: int, key: Key, version: int) -> Made | None:
    """Who made that version."""
    own, log = history.c, command_log.c
    query = (
        select(log.actor_id, log.at)
        .join_from(history, command_log, (log.ws == own.ws) & (log.cmd == own.cmd))
        .where(own.ws == ws, own.entity_id == key[0], own.record_id == key[1], own.version == version)
    )
    row = conn.execute(query).first()
    return Made(row.actor_id, row.at) if row is not None else None
