"""How search asks its index: a full-text table on SQLite, an array on PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NULLTYPE


class HasTokens(FunctionElement[bool]):
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
