"""Figures: one number over many records, and numbers by groups for reports."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from builder.errors import InvalidError, Problem
from builder.storage.lists import Which, conditions, counting
from builder.storage.paths import Path, find_path
from builder.storage.rendering import Source
from builder.storage.shapes import EntityShape

NUMBERS = frozenset({"number"})


def aggregate(
    conn: Connection, shape: EntityShape, which: Which, bound: Mapping[str, Any], op: str, field: str
) -> Decimal | None:
    """One figure; None where there is nothing to sum. ``InvalidError`` for a field that is no number."""
    if op == "count":
        return Decimal(counting(shape, which, capped=False).all(conn, bound)[0][0])
    path = number_path(shape, field)
    statement = shape.statement(("aggregate", which, op, field), lambda: _statement(shape, which, op, path))
    total, count = conn.execute(statement, bound).one()
    return figure_of(path, op, total, count)


def _statement(shape: EntityShape, which: Which, op: str, path: Path) -> Any:
    source = Source(shape)
    where = conditions(source, which)
    column = source.column(path)
    return select(_figure(op, column), func.count(column)).select_from(source.clause).where(*where)


def _figure(op: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
    if op == "min":
        return func.min(column)
    return func.max(column) if op == "max" else func.sum(column)


def number_path(shape: EntityShape, field: str) -> Path:
    path = find_path(shape, field)
    if path.end.sort not in NUMBERS or path.has_many or path.end.many:
        raise InvalidError(problems=[Problem("FIELD_NO_NUMBER", "", {"name": field})])
    return path


def figure_of(path: Path, op: str, total: Any, count: int) -> Decimal | None:
    """A sum, least or greatest of scaled whole numbers as the exact number; an average from sum and count."""
    if total is None or not count:
        return None
    scale = path.end.place.type.scale_of(path.end.place.field) if path.end.place else 0
    exact = Decimal(int(total)).scaleb(-(scale or 0))
    return exact / count if op == "avg" else exact
