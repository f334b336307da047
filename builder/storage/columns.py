"""Column types that mean the same on both databases, and short names for the columns that every table repeats."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

import orjson
from psycopg.types.json import Jsonb
from sqlalchemy import BigInteger, Column, Date, DateTime, Dialect, Integer, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

PG = "postgresql"
Change = Callable[[Any], Any]


class Kept(TypeDecorator[Any]):
    """A type that the two databases keep in different forms. ``writer`` and ``loader`` say for the name of a dialect what is done to a
    value that is there, None for nothing: the same as ``process_bind_param`` and ``process_result_value`` with the dialect's own part."""

    impl = Text
    cache_ok = True

    def writer(self, dialect: str) -> Change | None:
        raise NotImplementedError

    def loader(self, dialect: str) -> Change | None:
        raise NotImplementedError


class Json(Kept):
    """Plain JSON: ``jsonb`` on PostgreSQL, text on SQLite."""

    cache_ok = True

    def writer(self, dialect: str) -> Change | None:
        return _jsonb if dialect == PG else dumps

    def loader(self, dialect: str) -> Change | None:
        return None if dialect == PG else orjson.loads

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(JSONB(none_as_null=True) if dialect.name == PG else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if dialect.name == PG or value is None:
            return value
        return dumps(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return orjson.loads(value) if dialect.name != PG and value is not None else value


class Instant(Kept):
    """An aware instant in UTC; on SQLite ISO text of one width, so that it sorts."""

    cache_ok = True

    def writer(self, dialect: str) -> Change | None:
        return None if dialect == PG else _instant

    def loader(self, dialect: str) -> Change | None:
        return None if dialect == PG else datetime.fromisoformat

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(DateTime(timezone=True) if dialect.name == PG else Text())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == PG:
            return value
        return _instant(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return datetime.fromisoformat(value) if isinstance(value, str) else value


class Day(Kept):
    """A calendar day; ISO text on SQLite."""

    cache_ok = True

    def writer(self, dialect: str) -> Change | None:
        return None if dialect == PG else date.isoformat

    def loader(self, dialect: str) -> Change | None:
        return None if dialect == PG else date.fromisoformat

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Date() if dialect.name == PG else Text())

    def process_bind_param(self, value: date | None, dialect: Dialect) -> Any:
        return value.isoformat() if value is not None and dialect.name != PG else value

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        return date.fromisoformat(value) if isinstance(value, str) else value


class _Many(Kept):
    """A list as one parameter: an array on PostgreSQL, JSON text for ``json_each`` on SQLite. Its length leaves the statement's text alone."""

    cache_ok = True
    item: TypeEngine[Any]

    def writer(self, dialect: str) -> Change | None:
        return list if dialect == PG else _listed

    def loader(self, dialect: str) -> Change | None:
        return None if dialect == PG else orjson.loads

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(self.item) if dialect.name == PG else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        return list(value) if dialect.name == PG else _listed(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return orjson.loads(value) if isinstance(value, str) else value


class Ids(_Many):
    """Many whole numbers."""

    item = BigInteger()
    cache_ok = True


class Texts(_Many):
    """Many texts."""

    item = Text()
    cache_ok = True


class Days(_Many):
    """Many days."""

    item = Date()
    cache_ok = True


def _written(value: Any) -> bytes:
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)


def dumps(value: Any) -> str:
    """JSON for the database: exact numbers as text."""
    return _written(value).decode()


def _jsonb(value: Any) -> Jsonb:
    return Jsonb(value, dumps=_written)


@lru_cache(maxsize=256)
def _instant(value: datetime) -> str:
    """A command writes its own instant with everything that it writes."""
    at = value if value.tzinfo is UTC else value.astimezone(UTC)
    return at.isoformat(timespec="microseconds")


def _listed(value: Iterable[Any]) -> str:
    return orjson.dumps(list(value)).decode()


# Byte order on both databases: equal pages, prefix search by index, no surprises from the system's locale.
TEXT = Text().with_variant(Text(collation="C"), PG)
INT = Integer()
BIG = BigInteger()
JSON = Json()
INSTANT = Instant()
DAY = Day()
BYTES = LargeBinary()


def ws() -> Column[int]:
    """The workspace: first in every key."""
    return Column("ws", INT, nullable=False)


def integer(name: str, default: int | None = None, *, null: bool = False) -> Column[Any]:
    return _column(name, INT, default, null)


def big(name: str, default: int | None = None, *, null: bool = False) -> Column[Any]:
    return _column(name, BIG, default, null)


def text(name: str, default: str | None = None, *, null: bool = False) -> Column[Any]:
    return Column(name, TEXT, nullable=null, server_default=default)


def instant(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, INSTANT, nullable=null)


def day(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, DAY, nullable=null)


def json(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, JSON, nullable=null)


def blob(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, BYTES, nullable=null)


def _column(name: str, type_: TypeEngine[Any], default: int | None, null: bool) -> Column[Any]:
    return Column(
        name,
        type_,
        nullable=null,
        server_default=None if default is None else str(default),
        autoincrement=False,
    )
