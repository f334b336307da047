"""Paths: what a dotted path over records leads to, as hops between tables and a column at the end. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from builder.errors import InvalidError, Problem
from builder.metadata.entity import Field
from builder.storage.shapes import EntityShape
from builder.storage.tables.pool import is_indexed
from builder.storage.values import FieldPlace, is_stored, system_column

Sort: TypeAlias = Literal[
    "number", "bool", "text", "choice", "state", "date", "instant", "time", "id", "flag"
]
"""What a value is to filters. ``flag``: whether the record's own column has a value."""

DEEPEST = 6
INDEXED_COLUMNS = frozenset({"id", "state", "org_unit_id", "owner_id", "parent_id"})


@dataclass(frozen=True, slots=True)
class Hop:
    """A step to other records: along a reference (``one``) or a reference to the header (``parent``), or to many: along several
    references (``several``) or to lines (``lines``)."""

    kind: Literal["one", "parent", "several", "lines"]
    entity: str
    # A field may hold mappings (its filter), which have no hash; equality still tells two places apart.
    place: FieldPlace | None = field(default=None, hash=False)

    @property
    def is_many(self) -> bool:
        return self.kind in {"several", "lines"}


@dataclass(frozen=True, slots=True)
class End:
    """Where a path ends: at a field's ``place``, or (without one) at ``column`` of the record itself. ``many`` ends have several values."""

    sort: Sort
    place: FieldPlace | None = field(default=None, hash=False)
    column: str = ""
    zero_is_none: bool = False
    many: bool = False

    @property
    def is_indexed(self) -> bool:
        if self.place is not None:
            return self.place.slot is not None and is_indexed(self.place.slot)
        return self.column in INDEXED_COLUMNS and self.sort != "flag"

    @property
    def in_ext(self) -> bool:
        return self.place is not None and self.place.slot is None


@dataclass(frozen=True, slots=True)
class Path:
    """A path from records of an entity."""

    text: str
    hops: tuple[Hop, ...]
    end: End
    field: Field | None
    entity: str

    @property
    def has_many(self) -> bool:
        return any(hop.is_many for hop in self.hops)


SYSTEM: dict[str, End] = {
    "id": End("id", column="id"),
    "version": End("id", column="version"),
    "line_no": End("id", column="line_no"),
    "state": End("state", column="state"),
    "owner": End("id", column="owner_id", zero_is_none=True),
    "org_unit": End("id", column="org_unit_id", zero_is_none=True),
    "business_date": End("date", column="business_date"),
    "created_by": End("id", column="created_by", zero_is_none=True),
    "created_via": End("text", column="created_via"),
    "created_at": End("instant", column="created_at"),
    "updated_by": End("id", column="updated_by", zero_is_none=True),
    "updated_at": End("instant", column="updated_at"),
    "archived_at": End("instant", column="archived_at"),
    "archived": End("flag", column="archived_at"),
    "parent": End("id", column="parent_id", zero_is_none=True),
}
SORTS: dict[str, Sort] = {
    "number": "number",
    "bool": "bool",
    "date": "date",
    "datetime": "instant",
    "time": "time",
    "ref": "id",
    "text": "text",
    "any": "text",
}


def find_path(shape: EntityShape, text: str) -> Path:
    """What the path leads to. ``InvalidError`` with ``FIELD_UNKNOWN`` where it leads nowhere, ``FIELD_LIVE`` where what it leads to is
    worked out only when somebody asks."""
    found: Path = shape.statement(("path", text), lambda: _follow(shape, text, tuple(text.split(".")), (), 0))
    return found


def _follow(shape: EntityShape, text: str, parts: tuple[str, ...], hops: tuple[Hop, ...], depth: int) -> Path:
    name, rest = parts[0], parts[1:]
    if depth > DEEPEST:
        raise _unknown(text)
    field = shape.entity.field(name)
    if field is not None and field.lookup and not is_stored(field):
        return _follow(shape, text, (*field.lookup.split("."), *rest), hops, depth + 1)
    if not rest:
        return Path(text, hops, _end(shape, name, field, text), field, shape.key)
    hop = _hop(shape, name, field)
    if hop is None:
        raise _unknown(text)
    try:
        target = shape.app.shape(hop.entity)
    except KeyError:
        raise _unknown(text) from None
    return _follow(target, text, rest, (*hops, hop), depth + 1)


def _hop(shape: EntityShape, name: str, field: Field | None) -> Hop | None:
    if field is None:
        return Hop("parent", shape.entity.parent) if name == "parent" and shape.entity.parent else None
    if field.entity is None:
        return None
    if field.type == "lines":
        return Hop("lines", field.entity)
    place = shape.places.get(name)
    if place is None:
        return None
    return Hop("several" if place.is_multi else "one", field.entity, place)


def _end(shape: EntityShape, name: str, field: Field | None, text: str) -> End:
    if field is None:
        if name not in SYSTEM:
            raise _unknown(text)
        return SYSTEM[name]
    if field.type == "lines":
        return End("id", column="id", many=True)
    column = system_column(field)
    if column is not None:
        return next(end for end in SYSTEM.values() if end.column == column)
    place = shape.places.get(name)
    if place is None:
        raise InvalidError(problems=[Problem("FIELD_LIVE", "", {"name": text, "field": field.label})])
    if place.is_multi:
        sort: Sort = "id" if field.type == "multi_reference" else "choice" if field.options else "text"
        return End(sort, place, many=True)
    return End("choice" if field.options else SORTS.get(place.type.sort, "text"), place)


def _unknown(text: str) -> InvalidError:
    return InvalidError(problems=[Problem("FIELD_UNKNOWN", "", {"name": text, "nearest": ""})])
