"""Preparing: fields of big entities move while people work. Every commit fills the *shadow* place beside the live one, a job carries the
other records along in batches, and one short moment with the gate held alone makes the shadow the live place.

Where values are read as another type, the version waits for its records: until the flip the one before is live, and nobody reads
a half-moved field. Where a field only gets an index, the version is live at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from builder.errors import Problem
from builder.metadata.package import Package
from builder.storage import jobs
from builder.storage.apps import packed, unpacked
from builder.storage.jobs import JobRow
from builder.storage.moving import Pair, carry, lost, pairs, unreadable
from builder.storage.shadows import beside, given_up
from builder.storage.slot_writes import Changed, planned, put_rows, slot_rows
from builder.storage.slots import EntityMap, SlotMap
from builder.storage.sql.conflicts import insert_or
from builder.storage.tables import apps as t
from builder.storage.tables.pool import member_table

MOVE = "move"
"""The kind of job that carries records along."""
RUNNING, DONE, STOPPED = "running", "done", "stopped"
SMALL = 2_000
"""Records that are carried along within the transaction that publishes: tens of milliseconds."""
LOOKED_AT = 20_000
"""Values that are tried before a version is published; all the others are when they move."""

Nodes = Mapping[tuple[str, str], Mapping[str, Any]]


@dataclass(frozen=True)
class Version:
    """What is to be live. With ``lose`` values that their field's new type cannot read may be left empty."""

    nodes: Nodes
    package: Package
    note: str
    author_id: int
    rolled_back_from: int | None = None
    lose: bool = True


@dataclass(frozen=True, slots=True)
class Published:
    """The number of the version. ``job_id`` (0: none) moves records; with ``waits`` the version is live when they are there."""

    version: int
    job_id: int = 0
    waits: bool = False


@dataclass(frozen=True, slots=True)
class MoveRow:
    """An app's move: the running one or the last. ``nodes`` (None where the version is live already) are published as ``version`` when
    the records are there; ``lose``: what cannot be read may be left empty. ``problems`` say why a move stopped."""

    app_id: int
    state: str
    version: int
    nodes: Any
    note: str
    author_id: int
    rolled_back_from: int | None
    lose: int
    job_id: int
    total: int
    started_at: datetime
    ended_at: datetime | None
    problems: Any

    @property
    def is_running(self) -> bool:
        return self.state == RUNNING

    @property
    def definitions(self) -> dict[tuple[str, str], dict[str, Any]] | None:
        return {(kind, key): unpacked(text) for kind, key, text in self.nodes} if self.nodes else None


_COLUMNS = [t.field_move.c[name] for name in MoveRow.__dataclass_fields__]


def move_of(conn: Connection, ws: int, app_id: int) -> MoveRow | None:
    """The app's running or last move; None where its fields never moved in the background."""
    row = conn.execute(
        select(*_COLUMNS).where(t.field_move.c.ws == ws, t.field_move.c.app_id == app_id)
    ).one_or_none()
    return MoveRow(*row) if row is not None else None


def is_running(conn: Connection, ws: int, app_id: int) -> bool:
    found = move_of(conn, ws, app_id)
    return found is not None and found.is_running


def big(
    conn: Connection, ws: int, package: Package, before: Package, changed: Iterable[Changed]
) -> tuple[Changed, ...]:
    """Those of the changed entities whose moving records are too many to be carried along at once."""
    return tuple(
        change
        for change in changed
        if pairs(package, before, change) and rows_of(conn, ws, change, SMALL + 1) > SMALL
    )


def rows_of(conn: Connection, ws: int, change: Changed, most: int | None = None) -> int:
    """How many records the entity has, counted up to ``most``."""
    table = member_table(change.member)
    some = select(table.c.id).where(table.c.ws == ws, table.c.entity_id == change.entity_id).limit(most)
    return int(conn.execute(select(func.count()).select_from(some.subquery())).scalar_one())


def must_wait(package: Package, before: Package, changed: Iterable[Changed]) -> bool:
    """Whether the version must wait for its records: a field's values will be read otherwise."""
    return any(
        one.is_recast or one.old.field.scale != one.new.field.scale
        for change in changed
        for one in pairs(package, before, change)
    )


def begin(
    conn: Connection,
    ws: int,
    app_id: int,
    changed: Sequence[Changed],
    wanted: Version,
    begun: Published,
    now: datetime,
) -> None:
    """Note the move and, where its version waits, make the shadows. The gate must be held alone: whoever commits after it fills them."""
    for change in changed if begun.waits else ():
        rows = slot_rows(conn, ws, change.entity_id)
        put_rows(conn, ws, change.entity_id, beside(change.allocation, rows))
    values = {
        "state": RUNNING,
        "version": begun.version,
        "nodes": [[kind, key, packed(body)] for (kind, key), body in wanted.nodes.items()]
        if begun.waits
        else None,
        "note": wanted.note,
        "author_id": wanted.author_id,
        "rolled_back_from": wanted.rolled_back_from,
        "lose": int(wanted.lose),
        "job_id": begun.job_id,
        "total": sum(rows_of(conn, ws, change) for change in changed),
        "started_at": now,
        "ended_at": None,
        "problems": None,
    }
    statement: Any = insert_or(conn, t.field_move).values(ws=ws, app_id=app_id, **values)
    keys = [t.field_move.c.ws, t.field_move.c.app_id]
    conn.execute(statement.on_conflict_do_update(index_elements=keys, set_=values))


def job_of(conn: Connection, ws: int, move: MoveRow) -> JobRow | None:
    """The job that carries the records along."""
    return jobs.get(conn, ws, move.job_id)


def start_again(conn: Connection, ws: int, app_id: int, old: int, new: int, app: str, now: datetime) -> bool:
    """Give the running move another job, from the start; False where somebody else did."""
    move = t.field_move.c
    mine = (move.ws == ws) & (move.app_id == app_id) & (move.state == RUNNING) & (move.job_id == old)
    if not conn.execute(update(t.field_move).where(mine).values(job_id=new)).rowcount:
        return False
    add_job(conn, ws, new, app, app_id, now)
    return True


def add_job(conn: Connection, ws: int, job_id: int, app: str, app_id: int, now: datetime) -> None:
    """Queue the job that carries records along."""
    args = {"app": app, "app_id": app_id}
    jobs.add(conn, ws, job_id=job_id, kind=MOVE, args=args, user_id=0, now=now)


def shadowed(maps: SlotMap) -> tuple[tuple[EntityMap, tuple[Pair, ...]], ...]:
    """The entities with fields that are moving, and where those go."""
    found = sorted((e for e in maps.entities.values() if e.shadows), key=lambda e: e.entity_id)
    return tuple((e, tuple(Pair(e.places[key], place) for key, place in e.shadows.items())) for e in found)


def carry_on(
    conn: Connection, ws: int, maps: SlotMap, at: int, after: int, limit: int
) -> tuple[int, int | None, int]:
    """Carry the next records along: of which entity, the id to go on from there (None: all of it is there), how many they were."""
    moving = shadowed(maps)
    if at >= len(moving):
        return at, None, 0
    entity, found = moving[at]
    following, count = carry(conn, ws, entity.entity_id, entity.table, found, after=after, limit=limit)
    return at, following, count


def losses(conn: Connection, ws: int, maps: SlotMap, package: Package) -> list[Problem]:
    """What stays behind: values whose new place is empty, by field, with some of them in words."""
    found = []
    for entity, moving in shadowed(maps):
        for one in moving:
            if one.is_recast:
                count, some = lost(conn, ws, entity.entity_id, entity.table, one)
                found += [_problem(package, entity.key, one, count, some)] if count else []
    return found


def unreadable_values(
    conn: Connection, ws: int, app_id: int, package: Package, before: Package
) -> list[Problem]:
    """What the version would leave empty, as far as one looks before publishing. Reads only."""
    found = []
    for change in planned(conn, ws, app_id, package, before):
        for one in pairs(package, before, change):
            if one.is_recast:
                count, some = unreadable(
                    conn, ws, change.entity_id, member_table(change.member), one, limit=LOOKED_AT
                )
                found += [_problem(package, change.entity.key, one, count, some)] if count else []
    return found


def _problem(package: Package, entity: str, one: Pair, count: int, some: Iterable[str]) -> Problem:
    model = package.entity(entity)
    index = next((n for n, f in enumerate(model.fields) if f.uid == one.new.field.uid), 0) if model else 0
    params = {"field": one.new.field.label, "count": count, "some": ", ".join(some)}
    return Problem("VALUES_UNREADABLE", f"entities/{entity}.json#/fields/{index}", params)


def give_up(conn: Connection, ws: int, app_id: int, problems: Iterable[Problem], now: datetime) -> None:
    """Stop the move: fields live where they did, what was written beside them is emptied later."""
    entity, slot = t.entity.c, t.slot.c
    query = (
        select(slot.entity_id)
        .join(t.entity, (entity.ws == slot.ws) & (entity.entity_id == slot.entity_id))
        .where(entity.ws == ws, entity.app_id == app_id, slot.state == "shadow")
        .distinct()
    )
    for entity_id in list(conn.execute(query).scalars()):
        put_rows(conn, ws, entity_id, given_up(slot_rows(conn, ws, entity_id)))
    told = [{"code": p.code, "path": p.path, "params": dict(p.params)} for p in problems]
    end(conn, ws, app_id, STOPPED, now, told)
    app = t.app.c
    conn.execute(update(t.app).where(app.ws == ws, app.app_id == app_id).values(map_epoch=app.map_epoch + 1))


def end(conn: Connection, ws: int, app_id: int, state: str, now: datetime, told: Any = None) -> None:
    """Note how the move ended."""
    move = t.field_move.c
    values = {"state": state, "ended_at": now, "problems": told, "nodes": None}
    conn.execute(update(t.field_move).where(move.ws == ws, move.app_id == app_id).values(values))
