"""Contents: what a command's link says of the rows that it wrote, so that they can be hashed again from the tables alone.

A link of this kind has three parts, for journals, entries and history; a part that differs says in which table to look.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, exists, select

from builder.storage.sql.arrays import one_of
from builder.storage.tables.ledgers import DIMENSIONS, MEASURES, entry, journal
from builder.storage.tables.machinery import command_log
from builder.storage.tables.records import history

MARK = b"\x02"
PART = 16
TABLES = ("journal", "entry", "history")
JOURNAL = ("journal_id", "ledger_id", "entity_id", "record_id", "posting_rev", "posting_uid", "business_date", "reverses")  # fmt: skip
ENTRY = (
    "entry_id", "journal_id", "ledger_id", "line_id", "part", "kind", "business_date", "seq", "concerns_entry", "reason",
    *(f"k{n}" for n in range(1, DIMENSIONS + 1)), *(f"m{n}" for n in range(1, MEASURES + 1)),
)  # fmt: skip
HISTORY = ("entity_id", "record_id", "version", "changes")
Rows = Iterable[Mapping[str, Any]]


def written(journals: Rows, entries: Rows, histories: Rows) -> bytes:
    """The content of a link for these rows, in whatever order they come."""
    parts = (_part(journals, JOURNAL), _part(entries, ENTRY), _part(histories, HISTORY))
    return MARK + b"".join(parts)


def _part(rows: Rows, names: Sequence[str]) -> bytes:
    values = sorted(([row[name] for name in names] for row in rows), key=lambda v: v[:3])
    text = orjson.dumps(values, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return hashlib.sha256(text).digest()[:PART]


def differing(conn: Connection, ws: int, links: Sequence[Any]) -> Iterator[tuple[Any, str]]:
    """Links (rows of the log) whose rows are no longer what they were, each with the table that differs. Links of an older kind say
    nothing about rows."""
    known = {
        row.cmd: row for row in links if bytes(row.content_hash)[:1] == MARK and len(row.content_hash) > PART
    }
    known = {cmd: row for cmd, row in known.items() if len(row.content_hash) == 1 + PART * len(TABLES)}
    if not known:
        return
    journals = _by_cmd(conn, select(journal).where(journal.c.ws == ws, one_of(journal.c.cmd, known)))
    histories = _by_cmd(conn, select(history).where(history.c.ws == ws, one_of(history.c.cmd, known)))
    made = select(journal.c.cmd, entry).join(
        entry, (entry.c.ws == journal.c.ws) & (entry.c.journal_id == journal.c.journal_id)
    )
    entries = _by_cmd(conn, made.where(journal.c.ws == ws, one_of(journal.c.cmd, known)))
    for cmd, row in known.items():
        now = written(journals.get(cmd, ()), entries.get(cmd, ()), histories.get(cmd, ()))
        then = bytes(row.content_hash)
        for place, table in enumerate(TABLES):
            at = slice(1 + place * PART, 1 + (place + 1) * PART)
            if now[at] != then[at]:
                yield row, table


def _by_cmd(conn: Connection, statement: Any) -> dict[int, list[Mapping[str, Any]]]:
    found: dict[int, list[Mapping[str, Any]]] = {}
    for row in conn.execute(statement):
        found.setdefault(row.cmd, []).append(dict(row._mapping))
    return found


def unlogged(conn: Connection, ws: int) -> Iterator[tuple[str, int, int]]:
    """Journals and history that name a command which was never logged: (table, id, command)."""
    for table, id in ((journal, journal.c.journal_id), (history, history.c.record_id)):
        logged = exists().where(command_log.c.ws == table.c.ws, command_log.c.cmd == table.c.cmd)
        for row in conn.execute(select(id, table.c.cmd).where(table.c.ws == ws, ~logged)):
            yield table.name, row[0], row[1]
