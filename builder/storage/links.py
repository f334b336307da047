"""Links: the graph of documents that were made of each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection, select, tuple_

from builder.changes import Link
from builder.record import Ref
from builder.storage.slots import SlotMap
from builder.storage.sql.conflicts import insert_or
from builder.storage.tables.records import record_link

DEEPEST = 8
MOST = 200
"""Documents around one that are followed."""

Direction: TypeAlias = Literal["from", "to"]
_Node: TypeAlias = "tuple[int, int]"


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A document around another: it was made from it (``to``) or the other from it (``from``), ``depth`` steps away."""

    other: Ref
    direction: Direction
    kind: str
    depth: int
    title: str


def append(conn: Connection, maps: SlotMap, ws: int, links: Sequence[Link], *, cmd: int) -> None:
    """Keep edges; one that is there stays as it is."""
    rows = [
        {
            "ws": ws,
            "from_entity": maps.entity_id(link.from_.entity),
            "from_id": link.from_.id,
            "kind": link.kind,
            "to_entity": maps.entity_id(link.to.entity),
            "to_id": link.to.id,
            "title_from": link.title_from,
            "title_to": link.title_to,
            "cmd": cmd,
        }
        for link in links
    ]
    if rows:
        conn.execute(insert_or(conn, record_link).on_conflict_do_nothing(), rows)


def around(conn: Connection, maps: SlotMap, ws: int, ref: Ref) -> tuple[LinkRow, ...]:
    """The documents that this one was made from, then those that were made of it, step by step outwards, to any depth within bounds."""
    start = (maps.entity_id(ref.entity), ref.id)
    found = [*_walk(conn, ws, start, "from"), *_walk(conn, ws, start, "to")]
    return tuple(
        LinkRow(Ref(key, node[1]), direction, kind, depth, title)
        for node, direction, kind, depth, title in found
        if (key := maps.entity_by_id(node[0])) is not None
    )


def _walk(
    conn: Connection, ws: int, start: _Node, direction: Direction
) -> Iterable[tuple[_Node, Direction, str, int, str]]:
    seen = {start}
    edge: list[_Node] = [start]
    for depth in range(1, DEEPEST + 1):
        beyond: list[_Node] = []
        for entity_id, id, kind, title in _step(conn, ws, edge, direction):
            node = (entity_id, id)
            if node in seen or len(seen) > MOST:
                continue
            seen.add(node)
            beyond.append(node)
            yield node, direction, kind, depth, title
        if not beyond:
            return
        edge = beyond


def _step(conn: Connection, ws: int, edge: Sequence[_Node], direction: Direction) -> list[Any]:
    own = record_link.c
    here = (own.to_entity, own.to_id) if direction == "from" else (own.from_entity, own.from_id)
    there = (own.from_entity, own.from_id) if direction == "from" else (own.to_entity, own.to_id)
    title = own.title_from if direction == "from" else own.title_to
    query = select(*there, own.kind, title).where(own.ws == ws, tuple_(*here).in_(list(edge)))
    return list(conn.execute(query.order_by(own.cmd, *there)))
