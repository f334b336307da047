"""The pool: identical record tables ``rec_000``, ``rec_001`` …, all made from this one template. Metadata says which fields live where."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index, Integer, MetaData, PrimaryKeyConstraint, Table, UniqueConstraint
from sqlalchemy.types import TypeEngine

from builder.storage.columns import BIG, DAY, JSON, PG, TEXT, big, day, instant, integer, json, text, ws

SLOTS = {"u": 3, "t": 20, "n": 20, "d": 8, "r": 12}
INDEXED = {"t": 8, "n": 6, "d": 4, "r": 7}
EXT = "ext"
AHEAD = {"sqlite": 8, "postgresql": 16}
OWN_AT_MOST = {"sqlite": 48, "postgresql": 400}
SHARED_ENTITIES = 16
GROWN_ROWS = 5_000

_TYPES: dict[str, TypeEngine[Any]] = {"u": TEXT, "t": TEXT, "n": BIG, "d": DAY, "r": BIG}


def slot_names(family: str) -> tuple[str, ...]:
    """All slots of a family, in order: ``t0 … t19``."""
    return tuple(f"{family}{n}" for n in range(SLOTS[family]))


def is_indexed(slot: str) -> bool:
    """Whether every member has an index on the slot."""
    family, number = slot[0], slot[1:]
    return number.isdigit() and int(number) < INDEXED.get(family, 0)


def member_name(member: int) -> str:
    return f"rec_{member:03d}"


_MEMBERS: dict[int, Table] = {}


def member_table(member: int) -> Table:
    """The table of a member, for statements: one and the same for everybody, because a statement over two of the same name asks for both.
    A cache would give each of the threads that ask first its own. Keys and indexes are made by ``member_ddl``."""
    found = _MEMBERS.get(member)
    return found if found is not None else _MEMBERS.setdefault(member, _made(member))


def _made(member: int) -> Table:
    return Table(member_name(member), MetaData(), *_columns())


def _columns() -> list[Column[Any]]:
    slots: list[Column[Any]] = [
        Column(name, _TYPES[family], nullable=True) for family in SLOTS for name in slot_names(family)
    ]
    return [
        ws(),
        integer("entity_id"),
        big("id"),
        integer("version"),
        integer("posting_rev", 0),
        text("state", null=True),
        big("owner_id", 0),
        big("org_unit_id", 0),
        day("business_date", null=True),
        big("parent_id", 0),
        integer("line_no", 0),
        integer("package_version", 0),
        instant("archived_at", null=True),
        big("created_by", 0),
        text("created_via", null=True),
        instant("created_at"),
        big("updated_by", 0),
        instant("updated_at"),
        *slots,
        json(EXT, null=True),
    ]


def member_ddl(member: int, dialect: str) -> Table:
    """The table of a member with keys and indexes as they are created on ``dialect``."""
    name = member_name(member)
    made = Table(name, MetaData(), *_columns(), postgresql_with={"fillfactor": 85})
    key = (made.c.ws, made.c.entity_id, made.c.id)
    if dialect == PG:
        made.append_constraint(PrimaryKeyConstraint(*key, name=f"{name}_pkey"))
    else:
        # The row's number on SQLite is the id itself; ids are unique within the database.
        made.c.id.type = Integer()
        made.append_constraint(PrimaryKeyConstraint(made.c.id, name=f"{name}_pkey"))
        made.append_constraint(UniqueConstraint(*key, name=f"{name}_key"))
    for slot in slot_names("u"):
        _index(made, slot, (slot,), made.c[slot].is_not(None), unique=True)
    for family, count in INDEXED.items():
        for slot in slot_names(family)[:count]:
            _index(made, slot, (slot, "id"), made.c[slot].is_not(None))
    _index(made, "state", ("state", "business_date", "id"))
    _index(made, "org", ("org_unit_id", "id"))
    _index(made, "owner", ("owner_id", "id"))
    _index(made, "parent", ("parent_id", "line_no"), made.c.parent_id != 0)
    return made


def _index(
    made: Table, name: str, columns: tuple[str, ...], where: Any = None, *, unique: bool = False
) -> None:
    options = {} if where is None else {"sqlite_where": where, "postgresql_where": where}
    found = [made.c[column] for column in ("ws", "entity_id", *columns)]
    Index(f"{made.name}_{name}", *found, unique=unique, **options)


__all__ = ["EXT", "JSON", "SLOTS", "is_indexed", "member_ddl", "member_name", "member_table", "slot_names"]
