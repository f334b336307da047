"""Prepared: statements that are built once, compiled once to the text of each dialect, and then asked of the driver itself.

SQLAlchemy says what a statement is; asking it to execute one makes it find the statement in its cache, lay out the parameters and
describe the result each time, which takes longer than most statements of a command do. What it decides when it compiles (text, order of
parameters, how values are written and read) is kept here instead. Connections, transactions and pools stay SQLAlchemy's.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any, TypeAlias

from sqlalchemy import Connection, Dialect
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.types import TypeEngine

from builder.storage.columns import PG, Change, Kept
from builder.storage.failures import DRIVER_ERRORS, failed

Row: TypeAlias = Sequence[Any]

watchers: list[Callable[[str], None]] = []
"""Told every text that is sent: whoever counts statements listens here."""


@cache
def _dialect(name: str) -> Dialect:
    # Parameters by place on both, so that rows are bound as tuples.
    kind: Any = psycopg.dialect if name == PG else pysqlite.dialect
    made: Dialect = kind(dbapi=kind.import_dbapi(), paramstyle="format" if name == PG else "qmark")
    return made


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement in the words of one dialect. ``names`` are its parameters by place, ``fixed`` those whose values it brings
    itself, ``columns`` the names of what it gives back."""

    text: str
    names: tuple[str, ...]
    fixed: Mapping[str, Any]
    values_of: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    binders: tuple[tuple[int, Change], ...]
    loaders: tuple[tuple[int, Change], ...]
    columns: tuple[str, ...]

    def bound(self, params: Mapping[str, Any]) -> Row:
        """The parameters by place, as the driver takes them."""
        values = self.values_of({**self.fixed, **params} if self.fixed else params)
        if not self.binders:
            return values
        written = list(values)
        for at, write in self.binders:
            if written[at] is not None:
                written[at] = write(written[at])
        return written

    def read(self, rows: list[Any]) -> list[Row]:
        """Rows with values as Python has them."""
        loaders = self.loaders
        if not loaders:
            return rows
        found: list[Row] = []
        for row in rows:
            values = list(row)
            for at, load in loaders:
                if values[at] is not None:
                    values[at] = load(values[at])
            found.append(values)
        return found


class Prepared:
    """A statement, or a function that builds it for the name of a dialect. An insert writes ``columns`` (all of its table's by default)."""

    __slots__ = ("_build", "_columns", "_compiled")

    def __init__(self, statement: Any, *, columns: Iterable[str] | None = None) -> None:
        self._build = statement if callable(statement) else lambda _dialect: statement
        self._columns = list(columns) if columns is not None else None
        self._compiled: dict[str, Compiled] = {}

    def all(self, conn: Connection, params: Mapping[str, Any]) -> list[Row]:
        """Every row that it finds or gives back."""
        found: list[Row] = self._ask(conn, params, _all)
        return found

    def named(self, conn: Connection, params: Mapping[str, Any]) -> list[Any]:
        """Every row, with its columns as attributes and ``_mapping`` as SQLAlchemy's rows have it."""
        make = _row_class(self.of(conn).columns)._make
        return [make(row) for row in self.all(conn, params)]

    def first(self, conn: Connection, params: Mapping[str, Any]) -> Row | None:
        """The first row, if there is one."""
        found = self._ask(conn, params, _all)
        return found[0] if found else None

    def run(self, conn: Connection, params: Mapping[str, Any]) -> int:
        """Write; says how many rows it was about."""
        count: int = self._ask(conn, params, _count)
        return count

    def run_many(self, conn: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Write once for each of ``rows``; says how many rows it was about."""
        if len(rows) == 1:
            return self.run(conn, rows[0])
        compiled = self.of(conn)
        bound = [compiled.bound(row) for row in rows]
        for watch in watchers:
            watch(compiled.text)
        cursor = conn.connection.cursor()
        try:
            cursor.executemany(compiled.text, bound)
            return cursor.rowcount
        except BaseException as error:
            raise _told(conn, error, compiled, rows) from error
        finally:
            cursor.close()

    def _ask(
        self, conn: Connection, params: Mapping[str, Any], answer: Callable[[Compiled, Any], Any]
    ) -> Any:
        compiled = self.of(conn)
        bound = compiled.bound(params)
        for watch in watchers:
            watch(compiled.text)
        cursor = conn.connection.cursor()
        try:
            cursor.execute(compiled.text, bound)
            return answer(compiled, cursor)
        except BaseException as error:
            raise _told(conn, error, compiled, (params,)) from error
        finally:
            cursor.close()

    def of(self, conn: Connection) -> Compiled:
        """The statement for the database of ``conn``."""
        name = conn.dialect.name
        found = self._compiled.get(name)
        if found is None:
            found = self._compiled[name] = _compiled(self._build(name), _dialect(name), self._columns)
        return found


def _all(compiled: Compiled, cursor: Any) -> list[Row]:
    return compiled.read(cursor.fetchall())


def _count(_compiled: Compiled, cursor: Any) -> int:
    count: int = cursor.rowcount
    return count


def _told(
    conn: Connection, error: BaseException, compiled: Compiled, rows: Iterable[Mapping[str, Any]]
) -> BaseException:
    """What to raise instead of a driver's error. Whatever else comes in between leaves a connection of which nobody knows where it stands."""
    if isinstance(error, DRIVER_ERRORS):
        return failed(conn, error, compiled.text, rows)
    if not isinstance(error, Exception):
        conn.invalidate()
    return error


def _compiled(statement: Any, dialect: Dialect, columns: list[str] | None) -> Compiled:
    found = statement.compile(dialect=dialect, column_keys=columns)
    names = tuple(found.positiontup)
    types = {name: found.binds[name].type for name in names}
    fixed = {name: found.params[name] for name in names if not found.binds[name].required}
    binders = [(at, write) for at, name in enumerate(names) if (write := _binder(types[name], dialect))]
    of_result = list(getattr(statement, "exported_columns", ()))
    loaders = [(at, load) for at, column in enumerate(of_result) if (load := _loader(column.type, dialect))]
    given = tuple(column.name for column in of_result)
    return Compiled(str(found), names, fixed, _getter(names), tuple(binders), tuple(loaders), given)


@cache
def _row_class(names: tuple[str, ...]) -> Any:
    make: Any = namedtuple
    base = make("Row", names, rename=True)
    return type("Row", (base,), {"__slots__": (), "_mapping": property(base._asdict)})


def _getter(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda params: tuple(params[name] for name in names)


def _binder(of: TypeEngine[Any], dialect: Dialect) -> Change | None:
    if isinstance(of, Kept):
        return of.writer(dialect.name)
    return of.dialect_impl(dialect).bind_processor(dialect)


def _loader(of: TypeEngine[Any], dialect: Dialect) -> Change | None:
    if isinstance(of, Kept):
        return of.loader(dialect.name)
    return of.dialect_impl(dialect).result_processor(dialect, None)


__all__ = ["Compiled", "Prepared", "Row", "watchers"]
