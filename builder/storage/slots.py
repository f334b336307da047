"""Slot maps: where the entities, fields and ledgers of one app live. Read from the database once per version and map epoch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson
from sqlalchemy import Connection, Table, select

from builder.metadata.entity import Constraint, Entity
from builder.metadata.ledger import Ledger
from builder.metadata.loading import load_trusted
from builder.metadata.package import Package
from builder.storage.tables import apps as t
from builder.storage.tables.pool import member_name, member_table
from builder.storage.values import FieldPlace, is_stored, place_of

UNIQUE = "unique:"
"""Before the uid of the field or constraint that a unique slot belongs to."""


@dataclass(frozen=True, slots=True)
class UniqueKey:
    """A unique slot: what it is made of, and (``when``, an expression) for which records."""

    slot: str
    uid: str
    fields: tuple[str, ...]
    when: str | None = None


@dataclass(frozen=True)
class EntityMap:
    """Where one entity's records live: their table, the place of every stored field by its key, the unique keys. ``shadows`` are second
    places that every write fills too while a field moves, by the same keys; each has the field as it will be."""

    key: str
    uid: str
    entity_id: int
    member: int
    places: Mapping[str, FieldPlace]
    unique: tuple[UniqueKey, ...] = ()
    shadows: Mapping[str, FieldPlace] = field(default_factory=dict)

    @property
    def table(self) -> Table:
        return member_table(self.member)

    @property
    def table_name(self) -> str:
        return member_name(self.member)

    def place(self, key: str) -> FieldPlace | None:
        """The field's place; None where records keep nothing of it."""
        return self.places.get(key)

    @cached_property
    def by_number(self) -> Mapping[int, FieldPlace]:
        """Places by field number, which outlives every renaming."""
        return {place.field_no: place for place in self.places.values()}


@dataclass(frozen=True)
class LedgerMap:
    """A ledger's id and the numbers of its dimensions, measures and grains by key: given once, never given again."""

    ledger_id: int
    dimensions: Mapping[str, int]
    measures: Mapping[str, int]
    grains: Mapping[str, int]


@dataclass(frozen=True)
class SlotMap:
    """All maps of one app, by key of the package they were read for."""

    entities: Mapping[str, EntityMap]
    ledgers: Mapping[str, LedgerMap]

    def entity(self, key: str) -> EntityMap:
        """``KeyError`` for an entity that no version of the app has stored."""
        return self.entities[key]

    def entity_id(self, key: str) -> int:
        return self.entities[key].entity_id

    @cached_property
    def by_id(self) -> Mapping[int, EntityMap]:
        return {found.entity_id: found for found in self.entities.values()}

    def entity_by_id(self, entity_id: int) -> str | None:
        """The key of the entity with that number; None where this version has it no more."""
        found = self.by_id.get(entity_id)
        return found.key if found is not None else None

    def unique_fields(self, entity_id: int, slot: str) -> tuple[str, ...]:
        """The fields that a unique slot is made of; empty for a slot that holds nothing unique."""
        found = self.by_id.get(entity_id)
        keys = found.unique if found is not None else ()
        return next((key.fields for key in keys if key.slot == slot), ())

    def ledger(self, key: str) -> LedgerMap:
        return self.ledgers[key]


def load_slots(conn: Connection, ws: int, app_id: int, package: Package) -> SlotMap:
    """The maps of the app's entities and ledgers that ``package`` has."""
    rows = conn.execute(select(t.entity).where(t.entity.c.ws == ws, t.entity.c.app_id == app_id)).all()
    slots = _slots(conn, ws, app_id)
    coming = _coming(conn, ws, app_id, slots, package)
    entities: dict[str, EntityMap] = {}
    for row in rows:
        entity = package.entity_by_uid(row.uid)
        if entity is not None:
            later = coming.entity_by_uid(row.uid)
            entities[entity.key] = _entity_map(entity, row, slots.get(row.entity_id, ()), later or entity)
    return SlotMap(entities, _ledgers(conn, ws, app_id, package))


def _coming(
    conn: Connection, ws: int, app_id: int, slots: Mapping[int, Iterable[Any]], package: Package
) -> Package:
    """The package that fields are moving for: the one that waits for them, else the live one."""
    if not any(slot.state == "shadow" for rows in slots.values() for slot in rows):
        return package
    move = t.field_move.c
    waiting = conn.execute(
        select(move.nodes).where(move.ws == ws, move.app_id == app_id, move.state == "running")
    ).scalar_one_or_none()
    return (
        load_trusted({(kind, key): orjson.loads(text) for kind, key, text in waiting}) if waiting else package
    )


def _slots(conn: Connection, ws: int, app_id: int) -> dict[int, list[Any]]:
    joined = t.slot.join(
        t.entity, (t.entity.c.ws == t.slot.c.ws) & (t.entity.c.entity_id == t.slot.c.entity_id)
    )
    query = (
        select(t.slot)
        .select_from(joined)
        .where(t.entity.c.ws == ws, t.entity.c.app_id == app_id, t.slot.c.state.in_(("live", "shadow")))
    )
    found: dict[int, list[Any]] = {}
    for row in conn.execute(query):
        found.setdefault(row.entity_id, []).append(row)
    return found


def _entity_map(entity: Entity, row: Any, slots: Iterable[Any], later: Entity) -> EntityMap:
    by_uid = {f.uid: f for f in entity.fields if is_stored(f)}
    as_it_will_be = {f.uid: f for f in later.fields if is_stored(f)}
    places: dict[str, dict[str, FieldPlace]] = {"live": {}, "shadow": {}}
    keys: list[UniqueKey] = []
    declared = dict(unique_keys(entity))
    for slot in slots:
        if slot.field_uid in by_uid:
            found = by_uid[slot.field_uid]
            of = found if slot.state == "live" else as_it_will_be.get(slot.field_uid, found)
            places[slot.state][found.key] = place_of(of, slot.field_no, slot.slot, slot.scale)
        elif slot.field_uid in declared and slot.state == "live":
            constraint = declared[slot.field_uid]
            keys.append(UniqueKey(slot.slot, slot.field_uid, constraint.unique, constraint.when))
    keys.sort(key=lambda key: key.slot)
    ordered = {f.key: places["live"][f.key] for f in entity.fields if f.key in places["live"]}
    return EntityMap(
        entity.key, entity.uid, row.entity_id, row.member, ordered, tuple(keys), places["shadow"]
    )


def unique_keys(entity: Entity) -> Iterable[tuple[str, Constraint]]:
    """Every unique key of an entity, those of single fields first, by the uid under which its slot is kept."""
    for found in entity.fields:
        if found.unique and is_stored(found):
            yield f"{UNIQUE}{found.uid}", Constraint(found.uid, found.key, "", unique=(found.key,))
    for constraint in entity.constraints:
        if constraint.unique:
            yield f"{UNIQUE}{constraint.uid}", constraint


def _ledgers(conn: Connection, ws: int, app_id: int, package: Package) -> dict[str, LedgerMap]:
    rows = conn.execute(select(t.ledger).where(t.ledger.c.ws == ws, t.ledger.c.app_id == app_id))
    by_uid = {row.uid: row for row in rows}
    return {
        ledger.key: _ledger_map(ledger, by_uid[ledger.uid])
        for ledger in package.ledgers
        if ledger.uid in by_uid
    }


def _ledger_map(ledger: Ledger, row: Any) -> LedgerMap:
    shape = row.shape
    return LedgerMap(
        row.ledger_id,
        {d.key: shape["dimensions"][d.uid] for d in ledger.dimensions},
        {m.key: shape["measures"][m.uid]["number"] for m in ledger.measures},
        {g.key: shape["grains"][g.uid] for g in ledger.grains},
    )
