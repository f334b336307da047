"""Merges: which record was merged into which, and what one command changed.

A pair that is merged once more has a link for each time; the first one says what the record became."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, or_, select

from builder.record import Ref
from builder.storage.slots import SlotMap
from builder.storage.sql.arrays import one_of
from builder.storage.tables.machinery import command_log
from builder.storage.tables.records import history, record_link


@dataclass(frozen=True, slots=True)
class Merge:
    """One command that merged: when, whose, and its pairs of (kept, gone)."""

    cmd: int
    at: datetime
    actor_id: int
    pairs: tuple[tuple[int, int], ...]


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


def merged_from(
    conn: Connection, maps: SlotMap, ws: int, entity: str, id: int, kind: str, *, limit: int = 20
) -> tuple[int, ...]:
    """Ids that were merged into that one, the last first."""
    own, number = record_link.c, maps.entity_id(entity)
    query = select(own.from_id).where(
        own.ws == ws, own.to_entity == number, own.to_id == id, own.from_entity == number, own.kind == kind
    )
    return tuple(conn.execute(query.order_by(own.cmd.desc(), own.from_id).limit(limit)).scalars())


def recent(
    conn: Connection, maps: SlotMap, ws: int, entity: str, kind: str, *, limit: int, cmd: int | None = None
) -> tuple[Merge, ...]:
    """Merges of the entity that stand, the newest first; only that one where ``cmd`` names it."""
    own, log, number = record_link.c, command_log.c, maps.entity_id(entity)
    here = (own.ws == ws, own.from_entity == number, _any_time(kind))
    query = (
        select(log.cmd, log.at, log.actor_id)
        .where(log.ws == ws, log.cmd.in_(select(own.cmd).where(*here)))
        .order_by(log.at.desc(), log.cmd.desc())
        .limit(limit)
    )
    rows = conn.execute(query.where(log.cmd == cmd) if cmd is not None else query).all()
    pairs: dict[int, list[tuple[int, int]]] = {row.cmd: [] for row in rows}
    links = select(own.cmd, own.to_id, own.from_id).where(*here, one_of(own.cmd, tuple(pairs)))
    for link in conn.execute(links.order_by(own.from_id)) if pairs else ():
        pairs[link.cmd].append((link.to_id, link.from_id))
    return tuple(Merge(row.cmd, row.at, row.actor_id, tuple(pairs[row.cmd])) for row in rows)


def _any_time(kind: str) -> ColumnElement[bool]:
    return or_(record_link.c.kind == kind, record_link.c.kind.startswith(f"{kind}.", autoescape=True))


def kind_of(time: int, kind: str) -> str:
    """The kind of link of the pair's merge of that number, which begins at 1."""
    return kind if time == 1 else f"{kind}.{time}"


def times(
    conn: Connection, maps: SlotMap, ws: int, entity: str, ids: Collection[int], kind: str
) -> Mapping[int, tuple[int, ...]]:
    """Of those that were merged: the commands that did it and stand, in order."""
    own, number = record_link.c, maps.entity_id(entity)
    query = select(own.from_id, own.cmd).where(
        own.ws == ws, own.from_entity == number, _any_time(kind), one_of(own.from_id, tuple(ids))
    )
    found: dict[int, tuple[int, ...]] = {}
    for row in conn.execute(query.order_by(own.cmd)) if ids else ():
        found[row.from_id] = (*found.get(row.from_id, ()), row.cmd)
    return found


def pairs_of(
    conn: Connection, maps: SlotMap, ws: int, entity: str, cmd: int, kind: str
) -> tuple[tuple[int, int], ...]:
    """What the command merged: (kept, gone)."""
    own, number = record_link.c, maps.entity_id(entity)
    query = select(own.to_id, own.from_id).where(
        own.ws == ws, own.from_entity == number, _any_time(kind), own.cmd == cmd
    )
    return tuple((row.to_id, row.from_id) for row in conn.execute(query.order_by(own.from_id)))


def part(
    conn: Connection, maps: SlotMap, ws: int, entity: str, ids: Collection[int], kind: str, cmd: int
) -> None:
    """Forget that the command merged those."""
    own, number = record_link.c, maps.entity_id(entity)
    conn.execute(
        delete(record_link).where(
            own.ws == ws,
            own.from_entity == number,
            _any_time(kind),
            own.cmd == cmd,
            one_of(own.from_id, tuple(ids)),
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
