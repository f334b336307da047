"""How search asks its index: a full-text table on SQLite, an array on PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NULLTYPE


class HasTokens(FunctionElement[Any]):
    """A row of ``search`` has the tokens that are bound: a full-text question on SQLite, an array on PostgreSQL."""

    name = "has_tokens"
    # Not a Boolean, for the reason that ``OneOf`` gives.
    type = NULLTYPE
    inherit_cache = True


@compiles(HasTokens, "sqlite")
def _match(element: Any, compiler: Any, **kw: Any) -> str:
    row_no, _tokens, asked = element.clauses
    asked_sql = compiler.process(asked, **kw)
    return f"{compiler.process(row_no, **kw)} IN (SELECT rowid FROM search_fts WHERE search_fts MATCH {asked_sql})"


@compiles(HasTokens, "postgresql")
def _contains(element: Any, compiler: Any, **kw: Any) -> str:
    _row_no, tokens, asked = element.clauses
    return f"{compiler.process(tokens, **kw)} @> {compiler.process(asked, **kw)}"


class HoldsTokens(FunctionElement[Any]):
    """A row of ``search`` at hand has the tokens that are bound, without any index."""

    name = "holds_tokens"
    type = NULLTYPE
    inherit_cache = True


@compiles(HoldsTokens, "sqlite")
def _each(element: Any, compiler: Any, **kw: Any) -> str:
    tokens, asked = (compiler.process(clause, **kw) for clause in element.clauses)
    missing = f"instr(' ' || {tokens} || ' ', ' ' || value || ' ') = 0"
    return f"(NOT EXISTS (SELECT 1 FROM json_each({asked}) WHERE {missing}))"


@compiles(HoldsTokens, "postgresql")
def _all(element: Any, compiler: Any, **kw: Any) -> str:
    tokens, asked = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({tokens} @> {asked})"


# Reads no further than the limit, which the same question as a list of rows would.
PROBE = text("SELECT count(*) FROM (SELECT 1 FROM search_fts WHERE search_fts MATCH :asked LIMIT :cap)")
