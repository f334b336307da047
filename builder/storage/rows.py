"""Rows: which columns a record is read from, and the record that a row is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, literal_column, select
from sqlalchemy.sql.expression import FromClause, Select

from builder.metadata.package import Package
from builder.record import Record, Value
from builder.storage.columns import INT
from builder.storage.prepared import Prepared
from builder.storage.shapes import EntityShape, shape_of
from builder.storage.slots import SlotMap
from builder.storage.sql.arrays import ids_in
from builder.storage.tables.pool import EXT

HEADER = (
    "id",
    "version",
    "posting_rev",
    "state",
    "owner_id",
    "org_unit_id",
    "business_date",
    "parent_id",
    "line_no",
    "package_version",
    "archived_at",
    "created_by",
    "created_at",
    "updated_by",
    "updated_at",
    "created_via",
)
IDS = frozenset({"created_by", "updated_by", "owner_id", "org_unit_id", "parent_id"})
"""Columns that say 0 for nobody and nothing."""
SYSTEM_AT = {name: place for place, name in enumerate(HEADER)}
AT_ONCE = 5000

Read = Callable[[Sequence[Any]], Record]


def columns_of(shape: EntityShape, source: FromClause, *, ext: bool = True) -> list[ColumnElement[Any]]:
    """The columns that ``reader`` reads, in its order."""
    names = [*HEADER, *(str(p.slot) for p in shape.in_slots)]
    if ext and shape.in_ext:
        names.append(EXT)
    return [source.c[name] for name in names]


def reader(shape: EntityShape, *, ext: bool = True) -> Read:
    """A function from a row of ``columns_of`` to its record without lines."""
    built: Read = shape.statement(("reader", ext), lambda: _reader(shape, ext))
    return built


def _reader(shape: EntityShape, ext: bool) -> Read:
    first = len(HEADER)
    names = [place.key for place in shape.in_slots]
    decoders = [
        (place.key, decode) for place in shape.in_slots if (decode := place.type.decoder(place.field))
    ]
    rest = [(place.ext_key, place.key, place.from_ext) for place in shape.in_ext] if ext else []
    ext_at = first + len(names)
    system = [(key, SYSTEM_AT[column], column in IDS) for key, column in shape.system_fields]
    key, state_key = shape.key, shape.state_key

    def read(row: Sequence[Any]) -> Record:
        values: dict[str, Value] = dict(zip(names, row[first:ext_at], strict=True))
        for name, decode in decoders:
            if values[name] is not None:
                values[name] = decode(values[name])
        if rest:
            kept = row[ext_at] or {}
            for under, name, from_ext in rest:
                values[name] = from_ext(kept.get(under))
        for name, at, is_id in system:
            values[name] = (row[at] or None) if is_id else row[at]
        return Record._make(
            (
                key,
                row[0],
                values,
                {},
                row[1],
                row[2],
                state_key(row[3]),
                *row[4:9],
                *row[11:15],
                row[10],
                row[9],
                row[15],
            )
        )

    return read


def is_of(shape: EntityShape, source: FromClause) -> tuple[ColumnElement[bool], ...]:
    """The conditions that rows belong to the workspace (bound) and the entity (literal: plans depend on it)."""
    return source.c.ws == bindparam("ws"), source.c.entity_id == literal_int(shape.entity_id)


def literal_int(number: int) -> ColumnElement[int]:
    return literal_column(str(int(number)), INT)


def _by(shape: EntityShape, column: str, *order: str) -> Select[Any]:
    table = shape.table
    found = select(*columns_of(shape, table)).where(*is_of(shape, table), ids_in(table.c[column], "ids"))
    return found.order_by(*(table.c[name] for name in order)) if order else found


def _by_parent(shape: EntityShape) -> Select[Any]:
    # Said although it follows: the index on parents holds lines alone, and no planner can tell that a bound list has no 0.
    return _by(shape, "parent_id", "parent_id", "line_no", "id").where(is_line(shape.table))


def is_line(source: FromClause) -> ColumnElement[bool]:
    """What the index on parents is limited to."""
    return source.c.parent_id != literal_int(0)


def read_by_ids(conn: Connection, shape: EntityShape, ws: int, ids: Iterable[int]) -> dict[int, Record]:
    """Records of those ids without lines, archived ones too."""
    statement: Prepared = shape.statement("by id", lambda: Prepared(_by(shape, "id")))
    read = reader(shape)
    found = {}
    for lot in _lots(ids):
        for row in statement.all(conn, {"ws": ws, "ids": lot}):
            record = read(row)
            found[record.id] = record
    return found


def read_lines(
    conn: Connection, shape: EntityShape, ws: int, parents: Iterable[int]
) -> dict[int, list[Record]]:
    """Lines by the id of their parent, in order."""
    statement: Prepared = shape.statement("by parent", lambda: Prepared(_by_parent(shape)))
    read = reader(shape)
    found: dict[int, list[Record]] = {}
    for lot in _lots(parents):
        for row in statement.all(conn, {"ws": ws, "ids": lot}):
            record = read(row)
            found.setdefault(record.parent_id, []).append(record)
    return found


def with_lines(
    conn: Connection, shape: EntityShape, ws: int, records: Mapping[int, Record]
) -> dict[int, Record]:
    """The records with their lines, one statement per lines field."""
    if not records or not shape.lines:
        return dict(records)
    by_field = {key: read_lines(conn, of_lines, ws, records) for key, of_lines in shape.lines}
    return {
        id: record.but(lines={key: tuple(found.get(id, ())) for key, found in by_field.items()})
        for id, record in records.items()
    }


def get(
    conn: Connection,
    maps: SlotMap,
    package: Package,
    ws: int,
    entity: str,
    ids: Iterable[int],
    *,
    lines: bool = True,
) -> dict[int, Record]:
    """The records of those ids that exist, archived ones too: one statement, and one more per lines field."""
    shape = shape_of(maps, package, entity)
    found = read_by_ids(conn, shape, ws, ids)
    return with_lines(conn, shape, ws, found) if lines else found


def _lots(ids: Iterable[int]) -> Iterable[list[int]]:
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), AT_ONCE):
        yield wanted[start : start + AT_ONCE]
