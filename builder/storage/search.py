"""Search: the words of records, one row per record and field, so that a field that somebody may not read finds nothing for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, exists, literal_column, or_, select
from sqlalchemy.sql.expression import Select

from builder.storage.columns import PG, Change, Texts
from builder.storage.prepared import Prepared
from builder.storage.sql.arrays import ids_in
from builder.storage.sql.conflicts import insert_for
from builder.storage.sql.search import PROBE, HasTokens, HoldsTokens
from builder.storage.tables.records import search
from builder.storage.tokens import Asked, tokens_of

COMMON = 2000
"""Texts from which on a word is common."""
KEY = ("ws", "entity_id", "record_id", "field_no")
_REMOVE = Prepared(delete(search).where(*(search.c[name] == bindparam(f"at_{name}") for name in KEY)))


@dataclass(frozen=True, slots=True)
class Word:
    """The shape of one word of a question: how many ways there are to have it, whether the text must contain it too, and whether very
    many texts have it."""

    ways: int
    exact: bool
    common: bool = False


def write(
    conn: Connection, ws: int, found: Sequence[Mapping[str, Any]], gone: Sequence[Mapping[str, Any]]
) -> None:
    """Write the words of fields (``text`` in normal form, ``spoken`` for pinyin) and remove those that are empty now."""
    if gone:
        _REMOVE.run_many(conn, [{f"at_{name}": row[name] for name in KEY} for row in gone])
    if not found:
        return
    rows = []
    for row in found:
        tokens = tokens_of(ws, row["entity_id"], row["text"], spoken=row["spoken"])
        rows.append({**{name: row[name] for name in KEY}, "text": row["text"], "tokens": _kept(conn, tokens)})
    _WRITE.run_many(conn, rows)


def _writing(dialect: str) -> Any:
    added = insert_for(dialect, search)
    renewed = {"text": added.excluded.text, "tokens": added.excluded.tokens}
    return added.on_conflict_do_update(index_elements=list(KEY), set_=renewed)


_WRITE = Prepared(_writing, columns=(*KEY, "text", "tokens"))


def _kept(conn: Connection, tokens: Sequence[str]) -> Any:
    return list(tokens) if conn.dialect.name == PG else " ".join(tokens)


def condition(record_id: ColumnElement[Any], entity_id: int, number: int, word: Word) -> ColumnElement[bool]:
    """The record has the word in one of the fields bound to ``search_fields``; see ``params``."""
    where = [
        search.c.ws == bindparam("ws"),
        search.c.entity_id == entity_id,
        ids_in(search.c.field_no, "search_fields"),
        or_(*(_way(number, way, common=word.common) for way in range(word.ways))),
    ]
    if word.exact:
        where.append(search.c.text.contains(bindparam(f"q{number}"), autoescape=False))
    if word.common:
        own: Select[Any] = select(literal_column("1")).where(search.c.record_id == record_id, *where)
        return exists(own.correlate_except(search))
    return record_id.in_(select(search.c.record_id).where(*where))


def _way(number: int, way: int, *, common: bool) -> ColumnElement[bool]:
    name = f"q{number}_{way}"
    if common:
        return HoldsTokens(search.c.tokens, bindparam(name, type_=Texts()))
    return HasTokens(search.c.row_no, search.c.tokens, bindparam(name, type_=_Question()))


class _Question(Texts):
    """Tokens of which all are meant: an array on PostgreSQL, a full-text question on SQLite."""

    cache_ok = True

    def writer(self, dialect: str) -> Change | None:
        return super().writer(dialect) if dialect == PG else _all_of

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        if dialect.name == PG or value is None:
            return super().process_bind_param(value, dialect)
        return _all_of(value)


def words(conn: Connection, asked: Sequence[Asked]) -> tuple[Word, ...]:
    """The shapes of the words. On SQLite one that very many texts have is looked up record by record: its list would take longer to
    read than a page of records that have it takes to find."""
    is_told = conn.dialect.name != PG
    return tuple(Word(len(one.alternatives), one.exact, is_told and _is_common(conn, one)) for one in asked)


def _is_common(conn: Connection, asked: Asked) -> bool:
    question = " OR ".join(f"({_all_of(tokens)})" for tokens in asked.alternatives)
    found: int = conn.execute(PROBE, {"asked": question, "cap": COMMON}).scalar_one()
    return found >= COMMON


def _all_of(tokens: Iterable[str]) -> str:
    return " AND ".join(f'"{token}"' for token in tokens)


def params(asked: Iterable[Asked]) -> dict[str, Any]:
    """What ``condition`` binds. ``search_fields`` comes from who knows the fields."""
    found: dict[str, Any] = {}
    for number, one in enumerate(asked):
        found.update({f"q{number}_{way}": list(tokens) for way, tokens in enumerate(one.alternatives)})
        if one.exact:
            found[f"q{number}"] = one.word
    return found
