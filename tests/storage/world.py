"""A small package with its slot map, and records of it: what storage's tests write and read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from builder.changes import RecordChange
from builder.metadata.entity import Constraint, Entity, Field, Option
from builder.metadata.package import App, Package
from builder.metadata.workflow import State, Transition, Workflow
from builder.record import Record, Value
from builder.storage import records
from builder.storage.database import Database
from builder.storage.slots import EntityMap, SlotMap, UniqueKey, unique_keys
from builder.storage.tables.pool import SLOTS
from builder.storage.values import FieldPlace, is_stored, place_of

WORKSPACES = count(1)
IDS = count(1000)
"""Ids are unique in a database, whatever the workspace."""
ACTOR = 7
NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
TODAY = date(2026, 3, 2)
FAMILIES = {"text": "t", "number": "n", "date": "d", "reference": "r"}


def of(owner: str, key: str, type: str, **more: Any) -> Field:
    return Field(uid=f"{owner}.{key}", key=key, type=type, label=key, **more)


def options(field: str, *keys: str) -> tuple[Option, ...]:
    return tuple(Option(f"{field}.{key}", key, key) for key in keys)


CUSTOMER = Entity(
    "customer",
    "customer",
    "master",
    "Customer",
    (
        of("customer", "code", "text", required=True, unique=True, searchable=True),
        of("customer", "name", "text", required=True, pinyin=True, searchable=True),
        of("customer", "level", "choice", options=options("customer.level", "A", "B")),
        of("customer", "secret", "text", searchable=True),
        of("customer", "remark", "long_text"),
        of("customer", "tags", "tags"),
        of("customer", "active", "boolean"),
        of("customer", "met_at", "datetime"),
        of("customer", "made_at", "created_at"),
    ),
    title="name",
)
ORDER = Entity(
    "order",
    "order",
    "document",
    "Order",
    (
        of("order", "number", "text", unique=True),
        of("order", "customer", "reference", entity="customer"),
        of("order", "total", "money", scale=2),
        of("order", "due", "date"),
        of("order", "lines", "lines", entity="order_line"),
        of("order", "customer_level", "lookup", lookup="customer.level"),
    ),
    title="number",
)
ORDER_LINE = Entity(
    "order_line",
    "order_line",
    "lines",
    "Line",
    (
        of("order_line", "item", "text", required=True),
        of("order_line", "qty", "quantity", scale=3),
        of("order_line", "amount", "money", scale=2),
    ),
    parent="order",
    constraints=(Constraint("order_line.once", "once", "twice", unique=("parent", "item")),),
)
FLOW = Workflow(
    "order.flow",
    "order_flow",
    "order",
    "draft",
    (
        State("s1", "draft", "Draft", editable=True),
        State("s2", "approved", "Approved", approved=True),
        State("s3", "voided", "Void", void=True, final=True),
    ),
    (Transition("t1", "approve", "Approve", ("draft",), "approved"),),
)
PACKAGE = Package(App("shop", "shop", "Shop"), entities=(CUSTOMER, ORDER, ORDER_LINE), workflows=(FLOW,))


def slot_map(package: Package) -> SlotMap:
    """Slots given in the order of the fields; a text beyond the slots of its family goes to ``ext``."""
    entities = {}
    for number, entity in enumerate(package.entities, 1):
        entities[entity.key] = EntityMap(
            entity.key, entity.uid, 100 + number, number, _places(entity), _unique(entity)
        )
    return SlotMap(entities, {})


def _places(entity: Entity) -> dict[str, FieldPlace]:
    used = dict.fromkeys(SLOTS, 0)
    places = {}
    for number, one in enumerate((f for f in entity.fields if is_stored(f)), 1):
        place = place_of(one, number, None, one.scale)
        family = FAMILIES.get(place.family)
        if family is not None and used[family] < SLOTS[family]:
            place = replace(place, slot=f"{family}{used[family]}")
            used[family] += 1
        places[one.key] = place
    return places


def _unique(entity: Entity) -> tuple[UniqueKey, ...]:
    keys = enumerate(unique_keys(entity))
    return tuple(UniqueKey(f"u{number}", uid, made.unique) for number, (uid, made) in keys)


@dataclass
class World:
    """The package on a database, with short ways to write and read its records."""

    database: Database
    package: Package = PACKAGE
    maps: SlotMap = field(default_factory=lambda: slot_map(PACKAGE))
    ids: Any = IDS
    cmds: Any = field(default_factory=lambda: count(1))
    now: datetime = NOW
    ws: int = field(default_factory=lambda: next(WORKSPACES))

    def record(self, entity: str, values: Mapping[str, Value], **more: Any) -> Record:
        """A new record, not stored yet; ``lines`` are given as values of lines."""
        id = next(self.ids)
        lines: Mapping[str, Sequence[Mapping[str, Value]]] = more.pop("lines", {})
        made = {
            key: tuple(self._line(id, n, row) for n, row in enumerate(rows, 1)) for key, rows in lines.items()
        }
        at = {
            "created_at": self.now,
            "updated_at": self.now,
            "created_by": ACTOR,
            "updated_by": ACTOR,
            "version": 1,
        }
        return Record(entity, id, values, made, **{**at, **more})

    def _line(self, parent: int, number: int, values: Mapping[str, Value]) -> Record:
        return Record("order_line", next(self.ids), values, parent_id=parent, line_no=number)

    def write(self, *changes: RecordChange) -> None:
        with self.database.write() as conn:
            records.write(
                conn,
                self.maps,
                self.package,
                self.ws,
                changes,
                cmd=next(self.cmds),
                now=self.now,
                actor_id=ACTOR,
            )

    def add(self, entity: str, values: Mapping[str, Value], **more: Any) -> Record:
        made = self.record(entity, values, **more)
        self.write(RecordChange(None, made))
        return made

    def change(self, before: Record, **more: Any) -> Record:
        """Store ``before`` with other attributes; ``values`` are laid over its own."""
        values = {**before.values, **more.pop("values", {})}
        after = before.but(values=values, version=before.version + 1, updated_at=self.now, **more)
        self.write(RecordChange(before, after))
        return after

    def get(self, entity: str, ids: Iterable[int]) -> dict[int, Record]:
        with self.database.snapshot() as conn:
            return records.get(conn, self.maps, self.package, self.ws, entity, ids)

    def one(self, entity: str, id: int) -> Record:
        return self.get(entity, [id])[id]
