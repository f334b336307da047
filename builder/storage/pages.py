"""Pages: the rows of one list, read by as many statements as its order needs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from builder.record import Record
from builder.storage import rows
from builder.storage.columns import PG
from builder.storage.lists import Extra, Mode, PageShape, Phase, paging
from builder.storage.paging import Cursor, Keys, cursor_params, write_cursor
from builder.storage.paths import Path
from builder.storage.questions import Question

CERTAIN = frozenset({"id", "version", "line_no", "created_at", "updated_at"})
"""Columns that always have a value."""


class PageRows:
    """Reads rows of one list."""

    def __init__(
        self,
        conn: Connection,
        asked: Question,
        keys: Keys,
        paths: tuple[Path, ...],
        extras: tuple[Extra, ...],
        mode: Mode,
        *,
        ext: bool,
        oldest_first: bool = False,
    ) -> None:
        self._conn, self._asked, self._keys, self._paths = conn, asked, keys, paths
        self._extras, self._mode, self._ext, self._oldest_first = extras, mode, ext, oldest_first
        self._read = rows.reader(asked.shape, ext=ext)
        self._width = len(rows.columns_of(asked.shape, asked.shape.table, ext=ext))

    def rows(self, cursor: Cursor | None, limit: int) -> list[Any]:
        if not self._paths or (self._paths[0].end.place is None and self._paths[0].text in CERTAIN):
            return self._rows("all", cursor, limit)
        found = [] if cursor is not None and cursor.values[0] is None else self._rows("values", cursor, limit)
        if len(found) < limit:
            later = cursor if cursor is not None and cursor.values[0] is None else None
            found += self._rows("empty", later, limit - len(found))
        return found

    def _rows(self, phase: Phase, cursor: Cursor | None, limit: int) -> list[Any]:
        shape = PageShape(
            self._asked.which,
            self._keys,
            tuple(extra.path.text for extra in self._extras),
            cursor.nulls if cursor is not None else None,
            phase,
            self._mode,
            self._ext,
            self._conn.dialect.name == PG and not self._oldest_first,
            self._oldest_first,
        )
        bound = {**self._asked.bound, **cursor_params(cursor), "limit": limit}
        return list(paging(self._asked.shape, shape).all(self._conn, bound))

    def record(self, row: Any) -> Record:
        found = self._read(row)
        if not self._extras:
            return found
        read = zip(self._extras, row[self._width :], strict=False)
        return found.with_values({extra.path.text: extra.load(value) for extra, value in read})

    def cursor(self, row: Any) -> str:
        values = tuple(row[len(row) - len(self._keys) :]) if self._keys else ()
        return write_cursor(self._keys, values, row[0])
