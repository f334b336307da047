"""Search: the words of records, one row per record and field, so that a field that somebody may not read finds nothing for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.expression import Select

from builder.storage.columns import PG, Texts
from builder.storage.sql.arrays import ids_in
from builder.storage.sql.search import HasTokens
from builder.storage.tables.records import search, search_todo
from builder.storage.tokens import Asked, asked_of, normal, tokens_of

KEY = ("ws", "entity_id", "record_id", "field_no")
_REMOVE = delete(search).where(*(search.c[name] == bindparam(f"at_{name}") for name in KEY))


def write(
    conn: Connection, ws: int, found: Sequence[Mapping[str, Any]], gone: Sequence[Mapping[str, Any]]
) -> None:
    """Write the words of fields (``text`` in normal form, ``spoken`` for pinyin) and remove those that are empty now."""
    if gone:
        conn.execute(_REMOVE, [{f"at_{name}": row[name] for name in KEY} for row in gone])
    if not found:
        return
    rows = []
    for row in found:
        tokens = tokens_of(ws, row["text"], spoken=row["spoken"])
        rows.append({**{name: row[name] for name in KEY}, "text": row["text"], "tokens": _kept(conn, tokens)})
    added = postgresql.insert(search) if conn.dialect.name == PG else sqlite.insert(search)
    renewed = {"text": added.excluded.text, "tokens": added.excluded.tokens}
    conn.execute(added.on_conflict_do_update(index_elements=list(KEY), set_=renewed), rows)


def _kept(conn: Connection, tokens: Sequence[str]) -> Any:
    return list(tokens) if conn.dialect.name == PG else " ".join(tokens)


def asked_shape(ws: int, question: str) -> tuple[Asked, ...]:
    """The words of a question. Without any the question asks nothing."""
    return asked_of(ws, question)


def condition(
    record_id: ColumnElement[Any], entity_id: int, number: int, asked: Asked
) -> ColumnElement[bool]:
    """The record has the word in one of the fields bound to ``search_fields``; see ``params``."""
    return record_id.in_(_records(entity_id, number, asked))


def _records(entity_id: int, number: int, asked: Asked) -> Select[Any]:
    ways = [
        HasTokens(search.c.row_no, search.c.tokens, bindparam(f"q{number}_{way}", type_=_Question()))
        for way in range(len(asked.alternatives))
    ]
    where = [
        search.c.ws == bindparam("ws"),
        search.c.entity_id == entity_id,
        ids_in(search.c.field_no, "search_fields"),
        or_(*ways),
    ]
    if asked.exact:
        where.append(search.c.text.contains(bindparam(f"q{number}"), autoescape=False))
    return select(search.c.record_id).where(and_(*where))


class _Question(Texts):
    """Tokens of which all are meant: an array on PostgreSQL, a full-text question on SQLite."""

    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        if dialect.name == PG or value is None:
            return super().process_bind_param(value, dialect)
        return " AND ".join(f'"{token}"' for token in value)


def params(asked: Iterable[Asked]) -> dict[str, Any]:
    """What ``condition`` binds. ``search_fields`` comes from who knows the fields."""
    found: dict[str, Any] = {}
    for number, one in enumerate(asked):
        found.update({f"q{number}_{way}": list(tokens) for way, tokens in enumerate(one.alternatives)})
        if one.exact:
            found[f"q{number}"] = one.word
    return found


def todo(conn: Connection, ws: int, limit: int) -> list[tuple[int, int]]:
    """Records (entity id, record id) whose words are still to be written: imports leave that for later."""
    rows = conn.execute(
        select(search_todo.c.entity_id, search_todo.c.record_id).where(search_todo.c.ws == ws).limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


__all__ = ["asked_shape", "condition", "normal", "params", "todo", "write"]
