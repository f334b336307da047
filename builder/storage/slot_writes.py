"""Slot writes: an app's entities and ledgers get their places before the version that needs them is live."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from builder.errors import InvalidError, Problem
from builder.metadata.entity import Entity
from builder.metadata.ledger import Ledger
from builder.metadata.package import Package
from builder.storage.allocation import Allocation, SlotRow, allocate
from builder.storage.counters import ENTITIES, LEDGERS, advance
from builder.storage.shadows import as_shadows
from builder.storage.slots import unique_keys
from builder.storage.tables import apps as t
from builder.storage.tables.ledgers import DIMENSIONS, MEASURES, entry
from builder.storage.tables.pool import SHARED_ENTITIES

OWN_KINDS = frozenset({"document", "lines", "log"})
"""Entities that are expected to grow get a member of their own at once; the others share one."""


@dataclass(frozen=True, slots=True)
class Changed:
    """An entity that has records and whose places are others now."""

    entity: Entity
    entity_id: int
    member: int
    allocation: Allocation


def ensure_slots(
    conn: Connection,
    ws: int,
    app_id: int,
    package: Package,
    before: Package | None = None,
    in_background: Collection[int] = (),
) -> tuple[bool, tuple[Changed, ...]]:
    """Give everything in ``package`` its place. Says whether any map changed, and which entities need their records carried along.
    ``before`` is the package that was live; fields of the entities ``in_background`` (by number) live where they did until their
    records have moved. Raises ``InvalidError`` for what fits no slots or would change the meaning of entries."""
    known = _known(conn, ws, app_id)
    new = [e for e in package.entities if e.uid not in known]
    for entity, entity_id in zip(new, _numbers(conn, ws, ENTITIES, len(new)), strict=True):
        _add(conn, ws, app_id, entity, entity_id)
    changed: list[Changed] = []
    has_changed = bool(new)
    for entity in package.entities:
        if entity.uid in known:
            row = known[entity.uid]
            found = _follow(conn, ws, entity, row, before, waiting=row.entity_id in in_background)
            has_changed |= found is not None
            changed += [found] if found is not None else []
    has_changed |= _ensure_ledgers(conn, ws, app_id, package)
    return has_changed, tuple(changed)


def planned(conn: Connection, ws: int, app_id: int, package: Package, before: Package) -> tuple[Changed, ...]:
    """What ``ensure_slots`` would ask of records that are there. Writes nothing."""
    known = _known(conn, ws, app_id)
    found = (
        (entity, known[entity.uid], slot_rows(conn, ws, known[entity.uid].entity_id))
        for entity in package.entities
        if entity.uid in known
    )
    made = (
        (rows, Changed(entity, row.entity_id, row.member, _allocated(entity, row, rows, before)))
        for entity, row, rows in found
    )
    return tuple(change for rows, change in made if _is_other(change.allocation, rows))


def _known(conn: Connection, ws: int, app_id: int) -> dict[str, Any]:
    query = select(t.entity).where(t.entity.c.ws == ws, t.entity.c.app_id == app_id)
    return {row.uid: row for row in conn.execute(query)}


def slot_rows(conn: Connection, ws: int, entity_id: int) -> tuple[SlotRow, ...]:
    """All places of an entity, also those that were."""
    columns = t.slot.c
    names = [columns[name] for name in SlotRow.__dataclass_fields__]
    query = select(*names).where(columns.ws == ws, columns.entity_id == entity_id)
    return tuple(SlotRow(*found) for found in conn.execute(query))


def put_rows(conn: Connection, ws: int, entity_id: int, rows: Iterable[SlotRow]) -> None:
    """These are all places of the entity from now on."""
    conn.execute(delete(t.slot).where(t.slot.c.ws == ws, t.slot.c.entity_id == entity_id))
    _insert(conn, ws, entity_id, rows)


def _numbers(conn: Connection, ws: int, series: str, count: int) -> Iterable[int]:
    if not count:
        return ()
    last = advance(conn, ws, series, "", count)
    return range(last - count + 1, last + 1)


def _add(conn: Connection, ws: int, app_id: int, entity: Entity, entity_id: int) -> None:
    made = allocate(entity, (), 1)
    member = own_member(conn) if entity.kind in OWN_KINDS else None
    if member is None:
        member = _shared_member(conn)
    conn.execute(
        t.entity.insert().values(
            ws=ws,
            entity_id=entity_id,
            app_id=app_id,
            uid=entity.uid,
            kind=entity.kind,
            member=member,
            next_field_no=made.next_field_no,
        )
    )
    _insert(conn, ws, entity_id, made.rows)


def own_member(conn: Connection) -> int | None:
    """A free member, now taken. The last free one stays for entities that share."""
    free = t.pool_member.c.kind == "free"
    query = select(t.pool_member.c.member).where(free).order_by(t.pool_member.c.member).limit(2)
    found = list(conn.execute(query.with_for_update(skip_locked=True)).scalars())
    return _taken(conn, found[0], "own") if len(found) > 1 else None


def _shared_member(conn: Connection) -> int:
    """The member with room that most entities share already; else a free one; else whichever is shared least."""
    query = (
        select(t.pool_member.c.member, func.count(t.entity.c.entity_id))
        .select_from(t.pool_member.outerjoin(t.entity, t.entity.c.member == t.pool_member.c.member))
        .where(t.pool_member.c.kind == "shared")
        .group_by(t.pool_member.c.member)
    )
    sharing: dict[int, int] = {row[0]: row[1] for row in conn.execute(query)}
    room = [(count, -member) for member, count in sharing.items() if count < SHARED_ENTITIES]
    if room:
        return -max(room)[1]
    free = select(func.min(t.pool_member.c.member)).where(t.pool_member.c.kind == "free")
    member = conn.execute(free).scalar()
    if member is not None:
        return _taken(conn, member, "shared")
    if sharing:
        return min(sharing, key=lambda found: (sharing[found], found))
    own = select(func.min(t.pool_member.c.member))
    return _taken(conn, int(conn.execute(own).scalar_one()), "shared")


def _taken(conn: Connection, member: int, kind: str) -> int:
    conn.execute(update(t.pool_member).where(t.pool_member.c.member == member).values(kind=kind))
    return member


def _follow(
    conn: Connection, ws: int, entity: Entity, row: Any, before: Package | None, *, waiting: bool
) -> Changed | None:
    """The entity's places for its new definition; None where they are as they were."""
    rows = slot_rows(conn, ws, row.entity_id)
    made = _allocated(entity, row, rows, before)
    if not _is_other(made, rows):
        return None
    if waiting:
        made = as_shadows(made, rows)
    put_rows(conn, ws, row.entity_id, made.rows)
    conn.execute(
        update(t.entity)
        .where(t.entity.c.ws == ws, t.entity.c.entity_id == row.entity_id)
        .values(next_field_no=made.next_field_no)
    )
    return Changed(entity, row.entity_id, row.member, made)


def _allocated(entity: Entity, row: Any, rows: Iterable[SlotRow], before: Package | None) -> Allocation:
    old = before.entity_by_uid(entity.uid) if before is not None else None
    types = {f.uid: f.type for f in old.fields} if old is not None else {}
    # Places of databases that were made before said nothing of types.
    typed = [replace(found, type=found.type or types.get(found.field_uid, "")) for found in rows]
    return allocate(entity, typed, row.next_field_no, _changed_keys(entity, before))


def _is_other(made: Allocation, rows: Iterable[SlotRow]) -> bool:
    return set(made.rows) != set(rows) or bool(made.filled)


def _changed_keys(entity: Entity, before: Package | None) -> list[str]:
    old = before.entity_by_uid(entity.uid) if before is not None else None
    if old is None:
        return []
    was = _by_uid(old)
    return [uid for uid, made_of in _by_uid(entity).items() if uid in was and was[uid] != made_of]


def _by_uid(entity: Entity) -> Mapping[str, Any]:
    """What each unique key is made of, by uids that outlive renaming, and as which types: a slot keeps what those say."""
    fields = {f.key: (f.uid, f.type, f.scale) for f in entity.fields}
    return {uid: ([fields.get(k, k) for k in key.unique], key.when) for uid, key in unique_keys(entity)}


def _insert(conn: Connection, ws: int, entity_id: int, rows: Iterable[SlotRow]) -> None:
    names = tuple(SlotRow.__dataclass_fields__)
    values = [{"ws": ws, "entity_id": entity_id, **{n: getattr(row, n) for n in names}} for row in rows]
    if values:
        conn.execute(t.slot.insert(), values)


def _ensure_ledgers(conn: Connection, ws: int, app_id: int, package: Package) -> bool:
    known = {
        row.uid: row
        for row in conn.execute(select(t.ledger).where(t.ledger.c.ws == ws, t.ledger.c.app_id == app_id))
    }
    new = [ledger for ledger in package.ledgers if ledger.uid not in known]
    for ledger, ledger_id in zip(new, _numbers(conn, ws, LEDGERS, len(new)), strict=True):
        conn.execute(
            t.ledger.insert().values(
                ws=ws,
                ledger_id=ledger_id,
                app_id=app_id,
                uid=ledger.uid,
                kind=ledger.kind,
                shape=_shape(ledger, {}),
            )
        )
    has_changed = bool(new)
    for ledger in package.ledgers:
        row = known.get(ledger.uid)
        if row is None:
            continue
        shape = _shape(ledger, row.shape)
        if shape == row.shape:
            continue
        if _means_another(shape, row.shape) and _has_entries(conn, ws, row.ledger_id):
            raise InvalidError(
                "PACKAGE_INVALID",
                problems=[Problem("LEDGER_FIXED", f"ledgers/{ledger.key}.json", {"ledger": ledger.label})],
            )
        where = (t.ledger.c.ws == ws) & (t.ledger.c.ledger_id == row.ledger_id)
        conn.execute(update(t.ledger).where(where).values(shape=shape))
        has_changed = True
    return has_changed


def _shape(ledger: Ledger, old: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of everything that the ledger ever had, and its lane."""
    uids = {d.key: d.uid for d in ledger.dimensions}
    dimensions = _numbered([d.uid for d in ledger.dimensions], old.get("dimensions", {}))
    measures = {uid: m["number"] for uid, m in old.get("measures", {}).items()}
    measures = _numbered([m.uid for m in ledger.measures], measures)
    if len(dimensions) > DIMENSIONS or len(measures) > MEASURES:
        raise InvalidError(
            "PACKAGE_INVALID",
            problems=[Problem("LEDGER_TOO_WIDE", f"ledgers/{ledger.key}.json", {"ledger": ledger.label})],
        )
    scales = {uid: m["scale"] for uid, m in old.get("measures", {}).items()}
    scales |= {m.uid: m.scale for m in ledger.measures}
    return {
        "dimensions": dimensions,
        "measures": {uid: {"number": number, "scale": scales[uid]} for uid, number in measures.items()},
        "grains": _numbered([g.uid for g in ledger.grains], old.get("grains", {})),
        "grain_dimensions": {g.uid: sorted(uids[key] for key in g.dimensions) for g in ledger.grains},
        "lane": [uids[key] for key in ledger.lane],
        "pool": sorted(uids[key] for key in ledger.cost_key or ledger.lane) if ledger.costing else None,
    }


def _numbered(uids: Iterable[str], old: Mapping[str, int]) -> dict[str, int]:
    """A number for each uid: its own, or the next that nobody ever had."""
    numbers = dict(old)
    for uid in uids:
        if uid not in numbers:
            numbers[uid] = max(numbers.values(), default=0) + 1
    return numbers


def _means_another(new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    """Whether entries that are there would be read at another scale, locked in another lane, or lack balances at a grain."""
    moved = any(new["measures"][uid]["scale"] != m["scale"] for uid, m in old["measures"].items())
    lane, kept = new["lane"], old["grain_dimensions"]
    # A grain with the lane's dimensions is the lane itself, whose rows are there.
    missing = any(
        kept.get(uid) != own and own != sorted(lane) for uid, own in new["grain_dimensions"].items()
    )
    return moved or missing or lane != old["lane"] or new["pool"] != old["pool"]


def _has_entries(conn: Connection, ws: int, ledger_id: int) -> bool:
    query = select(entry.c.entry_id).where(entry.c.ws == ws, entry.c.ledger_id == ledger_id).limit(1)
    return conn.execute(query).first() is not None
