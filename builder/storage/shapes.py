"""Shapes: everything about an entity that statements are built from, made once per package and slot map and kept with them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import Table

from builder.metadata.entity import Entity
from builder.metadata.package import Package
from builder.metadata.workflow import Workflow
from builder.record import Value
from builder.storage.slots import EntityMap, SlotMap
from builder.storage.values import FieldPlace, system_column

KEPT = 32
STATEMENTS = 512
"""Statements kept per entity; query shapes of people who play with filters must not fill the memory."""


@dataclass
class EntityShape:
    """An entity with its member table and the places of its stored fields. ``statements`` keeps what was built for it."""

    app: AppShape
    entity: Entity
    map: EntityMap
    workflow: Workflow | None
    statements: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict, repr=False)

    @property
    def key(self) -> str:
        return self.entity.key

    @property
    def entity_id(self) -> int:
        return self.map.entity_id

    @property
    def table(self) -> Table:
        return self.map.table

    @property
    def places(self) -> Mapping[str, FieldPlace]:
        return self.map.places

    @cached_property
    def in_slots(self) -> tuple[FieldPlace, ...]:
        return tuple(p for p in self.places.values() if p.slot is not None)

    @cached_property
    def encoders(self) -> tuple[tuple[str, str, Callable[[Value], Any]], ...]:
        """Of each field with a slot its key, the slot, and how its type writes a value there."""
        return tuple((p.key, p.slot, p.type.encoder(p.field)) for p in self.in_slots if p.slot is not None)

    @cached_property
    def in_ext(self) -> tuple[FieldPlace, ...]:
        return tuple(p for p in self.places.values() if p.slot is None)

    @cached_property
    def shadow_slots(self) -> tuple[FieldPlace, ...]:
        """Second places in slots that writes fill too while a field moves."""
        return tuple(p for p in self.map.shadows.values() if p.slot is not None)

    @cached_property
    def shadow_ext(self) -> tuple[FieldPlace, ...]:
        return tuple(p for p in self.map.shadows.values() if p.slot is None)

    @cached_property
    def shadows(self) -> tuple[tuple[FieldPlace, FieldPlace], ...]:
        """Fields that are moving: where each lives, and where it is going."""
        return tuple((self.places[key], place) for key, place in self.map.shadows.items())

    @property
    def has_ext(self) -> bool:
        return bool(self.in_ext or self.shadow_ext)

    @cached_property
    def multis(self) -> tuple[FieldPlace, ...]:
        return tuple(p for p in self.places.values() if p.is_multi)

    @cached_property
    def system_fields(self) -> tuple[tuple[str, str], ...]:
        """Fields that show a column of the record itself, with its name."""
        found = ((f.key, system_column(f)) for f in self.entity.fields)
        return tuple((key, column) for key, column in found if column is not None)

    @cached_property
    def lines(self) -> tuple[tuple[str, EntityShape], ...]:
        """Lines fields with the shapes of their lines."""
        return tuple((f.key, self.app.shape(f.entity)) for f in self.entity.line_fields if f.entity)

    @cached_property
    def searchable(self) -> tuple[FieldPlace, ...]:
        """Fields whose words a search finds the record by."""
        found = (p for p in self.places.values() if p.field.searchable or p.key == self.entity.title)
        return tuple(p for p in found if not p.field.archived)

    def is_spoken(self, place: FieldPlace) -> bool:
        """Whether a search finds the field by its pinyin too."""
        return place.field.pinyin or place.key == self.entity.title

    @property
    def is_log(self) -> bool:
        return self.entity.kind == "log"

    def state_uid(self, state: str | None) -> str | None:
        """A state as its column keeps it."""
        found = self.workflow.state(state) if self.workflow else None
        return found.uid if found else state

    def state_key(self, stored: str | None) -> str | None:
        return self._states.get(stored, stored)

    @cached_property
    def _states(self) -> Mapping[str | None, str]:
        """The keys of states by uid, which every row that is read asks for; of two with one uid, which a check refuses, the first."""
        return {s.uid: s.key for s in reversed(self.workflow.states if self.workflow else ())}

    def statement(self, key: Hashable, build: Callable[[], Any]) -> Any:
        """What ``build`` makes, made once for ``key``."""
        with self.app.lock:
            found = self.statements.get(key)
            if found is not None:
                self.statements.move_to_end(key)
                return found
        made = build()
        with self.app.lock:
            self.statements[key] = made
            while len(self.statements) > STATEMENTS:
                self.statements.popitem(last=False)
        return made


class AppShape:
    """The shapes of one package over one slot map."""

    def __init__(self, maps: SlotMap, package: Package) -> None:
        self.maps = maps
        self.package = package
        self.lock = threading.RLock()
        self._shapes: dict[str, EntityShape] = {}

    def shape(self, entity: str) -> EntityShape:
        """The shape of an entity; ``KeyError`` where the package has none."""
        with self.lock:
            found = self._shapes.get(entity)
            if found is None:
                found = self._shapes[entity] = self._made(entity)
            return found

    def _made(self, key: str) -> EntityShape:
        entity = self.package.entity(key)
        if entity is None:
            raise KeyError(key)
        return EntityShape(self, entity, self.maps.entity(key), self.package.workflow_of(key))


_kept: OrderedDict[tuple[int, int], AppShape] = OrderedDict()
_lock = threading.Lock()


def app_shape(maps: SlotMap, package: Package) -> AppShape:
    """The kept shapes. Both are held with them, so that an identity never comes to mean another one."""
    at = (id(maps), id(package))
    with _lock:
        found = _kept.get(at)
        if found is None:
            found = _kept[at] = AppShape(maps, package)
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
        else:
            _kept.move_to_end(at)
    return found


def shape_of(maps: SlotMap, package: Package, entity: str) -> EntityShape:
    return app_shape(maps, package).shape(entity)


def package_of(maps: SlotMap) -> Package | None:
    """The package that the maps were last used with; None where nothing of it was read yet."""
    with _lock:
        return next((kept.package for (at, _), kept in reversed(_kept.items()) if at == id(maps)), None)
