"""Arrays and JSON parts in conditions: spelt for each database when a statement is compiled, so that one statement serves both."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, bindparam, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NULLTYPE, BigInteger, Integer, Text, TypeEngine

from builder.storage.columns import Day, Days, Ids, Instant, Texts


class OneOf(FunctionElement[Any]):
    """``column`` is one of the values of a list that is bound as one parameter."""

    name = "one_of"
    # Not a Boolean: SQLAlchemy would write ``= 1`` after it on SQLite, and no index serves that.
    type = NULLTYPE
    inherit_cache = True


@compiles(OneOf, "postgresql")
def _any(element: Any, compiler: Any, **kw: Any) -> str:
    column, values = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({column} = ANY({values}))"


@compiles(OneOf, "sqlite")
def _in_json(element: Any, compiler: Any, **kw: Any) -> str:
    column, values = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({column} IN (SELECT value FROM json_each({values})))"


class Plain(FunctionElement[Any]):
    """The expression itself, in a form that no index of its column matches: SQLite's unary plus, for ids on PostgreSQL a sum."""

    name = "plain"
    inherit_cache = True

    def __init__(self, inner: ColumnElement[Any]) -> None:
        self.type = inner.type
        super().__init__(inner)


@compiles(Plain, "sqlite")
def _plus(element: Any, compiler: Any, **kw: Any) -> str:
    (inner,) = element.clauses
    return f"+{compiler.process(inner, **kw)}"


@compiles(Plain, "postgresql")
def _sum(element: Any, compiler: Any, **kw: Any) -> str:
    (inner,) = element.clauses
    found = compiler.process(inner, **kw)
    return f"({found} + 0)" if isinstance(inner.type, Integer) else str(found)


@compiles(Plain)
def _same(element: Any, compiler: Any, **kw: Any) -> str:
    (inner,) = element.clauses
    return str(compiler.process(inner, **kw))


class ExtText(FunctionElement[str]):
    """A value of the JSON column as text."""

    name = "ext_text"
    type = Text()
    inherit_cache = True


@compiles(ExtText, "postgresql")
def _arrow(element: Any, compiler: Any, **kw: Any) -> str:
    column, key = element.clauses
    return f"({compiler.process(column, **kw)} ->> {compiler.process(key, **kw)})"


@compiles(ExtText, "sqlite")
def _extract(element: Any, compiler: Any, **kw: Any) -> str:
    column, key = element.clauses
    return f"({compiler.process(column, **kw)} ->> {compiler.process(key, **kw)})"


class Period(FunctionElement[str]):
    """The beginning of the ISO form of a day or an instant (in UTC): its year, month or day."""

    name = "period"
    type = Text()
    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], length: int) -> None:
        super().__init__(column, literal_column(str(int(length)), Integer()))


@compiles(Period, "sqlite")
def _beginning(element: Any, compiler: Any, **kw: Any) -> str:
    column, length = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"substr({column}, 1, {length})"


@compiles(Period, "postgresql")
def _written(element: Any, compiler: Any, **kw: Any) -> str:
    inner = next(iter(element.clauses)).type
    column, length = (compiler.process(clause, **kw) for clause in element.clauses)
    if isinstance(inner, Instant):
        column = f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
    elif isinstance(inner, Day):
        column = f"to_char({column}, 'YYYY-MM-DD')"
    return f"substr({column}, 1, {length})"


def ids_in(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """``column`` is one of the whole numbers bound to ``name``."""
    return OneOf(column, bindparam(name, type_=Ids()))


def one_of(column: ColumnElement[Any], ids: Iterable[int]) -> ColumnElement[bool]:
    """``column`` is one of these whole numbers."""
    return OneOf(column, bindparam(None, sorted(ids), type_=Ids()))


def texts_in(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    return OneOf(column, bindparam(name, type_=Texts()))


def days_in(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    return OneOf(column, bindparam(name, type_=Days()))


def ext_text(column: ColumnElement[Any], key: str) -> ColumnElement[str]:
    """What ``ext`` keeps under a field's number, as text."""
    if not key.isalnum():
        raise ValueError(key)
    return ExtText(column, literal_column(f"'{key}'", Text()))


def ext_number(column: ColumnElement[Any], key: str) -> ColumnElement[int]:
    kind: TypeEngine[int] = BigInteger()
    return ext_text(column, key).cast(kind)
