"""Counters: the next numbers of series, and of the engine's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from builder.changes import NumberRequest
from builder.storage.prepared import Prepared
from builder.storage.sql.conflicts import insert_for, insert_or
from builder.storage.tables.records import counter

ENTITIES = "~entity"
LEDGERS = "~ledger"


def take(conn: Connection, ws: int, requests: Sequence[NumberRequest]) -> Mapping[NumberRequest, int]:
    """A count for every request, in their order, without holes. Each counter is taken once, in one order that all writers keep, and
    stays locked until the transaction ends."""
    groups: dict[tuple[str, str], list[NumberRequest]] = {}
    for request in requests:
        groups.setdefault((request.series, request.scope), []).append(request)
    given: dict[NumberRequest, int] = {}
    for (series, scope), members in sorted(groups.items(), key=lambda item: item[0]):
        last = advance(conn, ws, series, scope, len(members))
        given.update(zip(members, range(last - len(members) + 1, last + 1), strict=True))
    return given


def advance(conn: Connection, ws: int, series: str, scope: str = "", by: int = 1) -> int:
    """The counter's value after counting ``by`` further."""
    row = {"ws": ws, "series_uid": series, "scope": scope, "value": by}
    return int(_COUNT.all(conn, row)[0][0])


def _counting(dialect: str) -> Any:
    statement = insert_for(dialect, counter)
    statement = statement.on_conflict_do_update(
        index_elements=[counter.c.ws, counter.c.series_uid, counter.c.scope],
        set_={"value": counter.c.value + statement.excluded.value},
    )
    return statement.returning(counter.c.value)


_COUNT = Prepared(_counting, columns=("ws", "series_uid", "scope", "value"))


def raise_to(conn: Connection, ws: int, series: str, scope: str, value: int) -> None:
    """Let the next number be above ``value``: numbers that were brought along are not given again."""
    statement: Any = insert_or(conn, counter).values(ws=ws, series_uid=series, scope=scope, value=value)
    statement = statement.on_conflict_do_update(
        index_elements=[counter.c.ws, counter.c.series_uid, counter.c.scope],
        set_={"value": statement.excluded.value},
        where=counter.c.value < statement.excluded.value,
    )
    conn.execute(statement)
