"""Contents: what a command's link says of the rows that it wrote, so that they can be hashed again from the tables alone.

A link of this kind has four parts, for journals, entries, history and the steps of tickets; a part that differs says in which table to look.
What follows them is said of tickets (``ticket_contents``). Older links have three parts and say nothing of tickets.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, exists, select

from builder.storage import ticket_contents
from builder.storage.sql.arrays import one_of
from builder.storage.tables.ledgers import DIMENSIONS, MEASURES, entry, journal
from builder.storage.tables.machinery import command_log
from builder.storage.tables.records import history
from builder.storage.tables.tickets import ticket_step

MARK, OLDER = b"\x03", b"\x02"
PART = 16
TABLES = ("journal", "entry", "history", "ticket_step")
WHOLE = 1 + PART * len(TABLES)
WITHOUT_TICKETS = WHOLE - PART
JOURNAL = ("journal_id", "ledger_id", "entity_id", "record_id", "posting_rev", "posting_uid", "business_date", "reverses")  # fmt: skip
ENTRY = (
    "entry_id", "journal_id", "ledger_id", "line_id", "part", "kind", "business_date", "seq", "concerns_entry", "reason",
    *(f"k{n}" for n in range(1, DIMENSIONS + 1)), *(f"m{n}" for n in range(1, MEASURES + 1)),
)  # fmt: skip
HISTORY = ("entity_id", "record_id", "version", "changes")
STEP = ("ticket_id", "step_no", "at", "user_id", "action", "note", "to_user")
Rows = Iterable[Mapping[str, Any]]


def written(journals: Rows, entries: Rows, histories: Rows, steps: Rows = (), tickets: Rows = ()) -> bytes:
    """The content of a link for these rows, in whatever order they come."""
    return MARK + b"".join(_parts(journals, entries, histories, steps)) + ticket_contents.digests(tickets)


def _parts(journals: Rows, entries: Rows, histories: Rows, steps: Rows) -> tuple[bytes, ...]:
    told = ({**row, "at": ticket_contents.plain(row["at"])} for row in steps)
    return (
        _part(journals, JOURNAL),
        _part(entries, ENTRY),
        _part(histories, HISTORY),
        _part(told, STEP) if steps else NO_STEPS,
    )


def _part(rows: Rows, names: Sequence[str]) -> bytes:
    values = sorted(([row[name] for name in names] for row in rows), key=lambda v: v[:3])
    text = orjson.dumps(values, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return hashlib.sha256(text).digest()[:PART]


NO_STEPS = _part((), STEP)
"""Most commands write none."""


def said_of_tickets(link: Any) -> bytes | None:
    """What a link says of tickets; None for one from before they were covered."""
    content = bytes(link.content_hash)
    return content[WHOLE:] if _covers(content) and content[:1] == MARK else None


def _covers(content: bytes) -> bool:
    """Whether a link says anything of rows."""
    if content[:1] == MARK:
        return len(content) >= WHOLE and (len(content) - WHOLE) % ticket_contents.SIZE == 0
    return content[:1] == OLDER and len(content) == WITHOUT_TICKETS


def differing(conn: Connection, ws: int, links: Sequence[Any]) -> Iterator[tuple[Any, str]]:
    """Links (rows of the log) whose rows are no longer what they were, each with the table that differs. Links of an older kind say
    nothing about rows."""
    known = {row.cmd: row for row in links if _covers(bytes(row.content_hash))}
    if not known:
        return
    journals = _by_cmd(conn, select(journal).where(journal.c.ws == ws, one_of(journal.c.cmd, known)))
    histories = _by_cmd(conn, select(history).where(history.c.ws == ws, one_of(history.c.cmd, known)))
    made = select(journal.c.cmd, entry).join(
        entry, (entry.c.ws == journal.c.ws) & (entry.c.journal_id == journal.c.journal_id)
    )
    entries = _by_cmd(conn, made.where(journal.c.ws == ws, one_of(journal.c.cmd, known)))
    steps = _by_cmd(conn, select(ticket_step).where(ticket_step.c.ws == ws, one_of(ticket_step.c.cmd, known)))
    for cmd, row in known.items():
        now = _parts(*(rows.get(cmd, ()) for rows in (journals, entries, histories, steps)))
        then = bytes(row.content_hash)
        covered = zip(TABLES, now, strict=True) if then[:1] == MARK else zip(TABLES[:3], now[:3], strict=True)
        for place, (table, part) in enumerate(covered):
            if part != then[1 + place * PART : 1 + (place + 1) * PART]:
                yield row, table


def _by_cmd(conn: Connection, statement: Any) -> dict[int, list[Mapping[str, Any]]]:
    found: dict[int, list[Mapping[str, Any]]] = {}
    for row in conn.execute(statement):
        found.setdefault(row.cmd, []).append(dict(row._mapping))
    return found


def unlogged(conn: Connection, ws: int) -> Iterator[tuple[str, int, int]]:
    """Journals, history and steps of tickets that name a command which was never logged: (table, id, command)."""
    for table, id in (
        (journal, journal.c.journal_id),
        (history, history.c.record_id),
        (ticket_step, ticket_step.c.ticket_id),
    ):
        logged = exists().where(command_log.c.ws == table.c.ws, command_log.c.cmd == table.c.cmd)
        for row in conn.execute(select(id, table.c.cmd).where(table.c.ws == ws, ~logged)):
            yield table.name, row[0], row[1]
