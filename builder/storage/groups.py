"""Groups: figures over many records, one row per distinct value of the grouped fields, worked out where the records lie."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, select
from sqlalchemy.sql.expression import Select

from builder.errors import InvalidError
from builder.record import Value
from builder.storage.columns import INT
from builder.storage.figures import figure_of
from builder.storage.lists import Which, conditions, loader_of
from builder.storage.paths import Path, find_path
from builder.storage.rendering import Source
from builder.storage.shapes import EntityShape
from builder.storage.sql.arrays import Period

AVERAGE_DIGITS = Decimal("1e-12")
LENGTHS = {"day": 10, "month": 7, "year": 4}
"""Characters of an ISO date that name the period."""
NUMBERS = frozenset({"sum", "min", "max", "avg"})


@dataclass(frozen=True, slots=True)
class Group:
    """A distinct combination of values with its figures, each in the order in which it was asked."""

    keys: tuple[Value, ...]
    figures: tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class Grouping:
    """What is grouped by (paths with a period for days and instants) and what is figured out of each group (op and path)."""

    keys: tuple[tuple[str, str | None], ...]
    figures: tuple[tuple[str, str], ...]


def grouped(
    conn: Connection,
    shape: EntityShape,
    which: Which,
    bound: Mapping[str, Any],
    grouping: Grouping,
    limit: int,
) -> tuple[Group, ...] | None:
    """At most ``limit`` groups in no order. None where a path leads to what is worked out only when somebody asks, or to many values."""
    keys = [_scalar(shape, path) for path, _ in grouping.keys]
    figures = [_scalar(shape, path) for _, path in grouping.figures]
    if any(path is None for path in (*keys, *figures)) or not _are_numbers(grouping, figures):
        return None
    statement = shape.statement(("groups", which, grouping), lambda: _statement(shape, which, grouping))
    loads = [_load(shape, path, period) for path, period in grouping.keys]
    found = []
    for row in conn.execute(statement, {**bound, "limit": limit}):
        values = tuple(load(value) for load, value in zip(loads, row, strict=False))
        found.append(Group(values, _figures(shape, grouping, row[len(loads) :])))
    return tuple(found)


def _scalar(shape: EntityShape, text: str) -> Path | None:
    try:
        path = find_path(shape, text)
    except InvalidError:
        return None
    end = path.end
    is_one = not (path.has_many or end.many or end.sort == "flag")
    return path if is_one and not (end.place is not None and end.place.family == "json") else None


def _are_numbers(grouping: Grouping, paths: Sequence[Path | None]) -> bool:
    of_numbers = (p for (op, _), p in zip(grouping.figures, paths, strict=True) if op in NUMBERS)
    return all(path is not None and path.end.sort == "number" for path in of_numbers)


def _statement(shape: EntityShape, which: Which, grouping: Grouping) -> Select[Any]:
    source = Source(shape)
    where = conditions(source, which)
    keys = [_key(source, find_path(shape, path), period) for path, period in grouping.keys]
    read = [key.label(f"k{at}") for at, key in enumerate(keys)]
    for at, (op, path) in enumerate(grouping.figures):
        column = source.column(find_path(shape, path))
        read.append((func.count(column) if op == "count" else _of(op, column)).label(f"f{at}"))
        read.append(func.count(column).label(f"n{at}"))
    statement = select(*read).select_from(source.clause).where(*where).group_by(*keys)
    return statement.limit(bindparam("limit", type_=INT))


def _of(op: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
    if op == "min":
        return func.min(column)
    return func.max(column) if op == "max" else func.sum(column)


def _key(source: Source, path: Path, period: str | None) -> ColumnElement[Any]:
    column = source.column(path)
    if path.end.sort not in {"date", "instant"} or period is None:
        return column
    return Period(column, LENGTHS[period])


def _load(shape: EntityShape, text: str, period: str | None) -> Callable[[Any], Value]:
    path = find_path(shape, text)
    if path.end.sort not in {"date", "instant"} or period is None:
        return loader_of(shape, path)
    if period == "day":
        return lambda stored: date.fromisoformat(stored) if stored else None
    return lambda stored: stored


def _figures(shape: EntityShape, grouping: Grouping, row: Sequence[Any]) -> tuple[Decimal | None, ...]:
    found: list[Decimal | None] = []
    for at, (op, text) in enumerate(grouping.figures):
        total, count = row[2 * at], row[2 * at + 1]
        found.append(Decimal(count) if op == "count" else _figure(find_path(shape, text), op, total, count))
    return tuple(found)


def _figure(path: Path, op: str, total: Any, count: int) -> Decimal | None:
    found = figure_of(path, op, total, count)
    if found is None:
        return Decimal(0) if op == "sum" else None
    return found.quantize(AVERAGE_DIGITS, ROUND_HALF_UP) if op == "avg" else found
