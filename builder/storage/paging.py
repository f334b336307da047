"""Paging: the order of a list, and the place in it where a page begins, in expanded form.

Records without a value of the first sort field come last, whichever the direction, and are read by a statement of their own, so that an
index on the field serves everything before them.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

import orjson
from sqlalchemy import ColumnElement, and_, bindparam, false, or_

from builder.errors import InvalidError, Problem
from builder.storage.paths import Path

Keys: TypeAlias = "tuple[tuple[str, bool], ...]"
"""A sort: paths with descending."""
LONGEST_CURSOR = 4000
BEYOND = 2**63


@dataclass(frozen=True)
class Cursor:
    """The last record of a page: its sort values as columns have them, and its id."""

    values: tuple[Any, ...]
    id: int

    @property
    def nulls(self) -> tuple[bool, ...]:
        return tuple(value is None for value in self.values)


def write_cursor(keys: Keys, values: tuple[Any, ...], id: int) -> str:
    plain = [value.isoformat() if isinstance(value, date) else value for value in values]
    raw = orjson.dumps([[[path, down] for path, down in keys], plain, str(id)])
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read_cursor(text: str, keys: Keys, paths: tuple[Path, ...]) -> Cursor:
    """The place that the text names. ``InvalidError`` for one that is none, or one of another order."""
    try:
        if len(text) > LONGEST_CURSOR:
            raise ValueError
        raw = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        order, values, id = raw
        if order != [[path, down] for path, down in keys] or len(values) != len(paths):
            raise ValueError
        if int(id) >= BEYOND:
            raise ValueError
        return Cursor(tuple(_value(path, v) for path, v in zip(paths, values, strict=True)), int(id))
    except (ValueError, TypeError, binascii.Error):
        raise InvalidError(problems=[Problem("CURSOR_INVALID", "/cursor")]) from None


def _value(path: Path, value: Any) -> Any:
    """A value as its column has it; anything else would be an error of the database's, late."""
    if value is None:
        return None
    end = path.end
    if end.sort == "date" and not end.in_ext:
        return date.fromisoformat(value)
    if end.sort == "instant" and end.place is None:
        found = datetime.fromisoformat(value)
        if found.tzinfo is None:
            raise ValueError
        return found
    wanted: type = int if end.sort in {"number", "id", "bool"} else str
    if not isinstance(value, wanted) or isinstance(value, bool) or (isinstance(value, str) and "\0" in value):
        raise ValueError
    if isinstance(value, int) and abs(value) >= BEYOND:
        raise ValueError
    return value


@dataclass(frozen=True)
class Order:
    """Sort columns with descending, and the column that breaks ties."""

    columns: tuple[tuple[ColumnElement[Any], bool], ...]
    id: ColumnElement[Any]
    oldest_first: bool = False

    @property
    def down(self) -> bool:
        """Whether ids run downwards: as the first key does; the newest first where there is none, unless the oldest are."""
        return self.columns[0][1] if self.columns else not self.oldest_first

    def clauses(self, *, first_is_null: bool) -> list[ColumnElement[Any]]:
        """What follows ``ORDER BY``. Empty values of the first key are apart, those of others come last."""
        found = []
        for at, (column, down) in enumerate(self.columns):
            if at == 0 and first_is_null:
                continue
            sorted_column = column.desc() if down else column.asc()
            found.append(sorted_column if at == 0 else sorted_column.nulls_last())
        return [*found, self.id.desc() if self.down else self.id.asc()]

    def after(self, nulls: tuple[bool, ...]) -> ColumnElement[bool]:
        """The records after the cursor (``c0`` …, ``c_id``), whose empty values are known."""
        id = bindparam("c_id", type_=self.id.type)
        beyond: ColumnElement[bool] = self.id < id if self.down else self.id > id
        for at in range(len(self.columns) - 1, -1, -1):
            column, down = self.columns[at]
            value = bindparam(f"c{at}", type_=column.type)
            further: ColumnElement[bool] = false()
            same: ColumnElement[bool] = column.is_(None)
            if not nulls[at]:
                further = column < value if down else column > value
                further = or_(further, column.is_(None)) if at else further
                same = column == value
            beyond = or_(further, and_(same, beyond))
        if self.columns and not nulls[0]:
            column, down = self.columns[0]
            value = bindparam("c0", type_=column.type)
            # Said once more by itself: an index walks from there.
            beyond = and_(column <= value if down else column >= value, beyond)
        return beyond


def cursor_params(cursor: Cursor | None) -> dict[str, Any]:
    if cursor is None:
        return {}
    return {
        "c_id": cursor.id,
        **{f"c{at}": value for at, value in enumerate(cursor.values) if value is not None},
    }
