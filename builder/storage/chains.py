"""Chains: the command log judged link by link, and its heads for whoever keeps them elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, func, select

from builder.storage import contents, personal
from builder.storage.commands import NO_LINK, link_hash
from builder.storage.tables.machinery import anchor, chain, command_log
from builder.storage.ticket_contents import Seen

FORMAT = "zhanggui-heads-1"
LOT = 1_000
PERSONAL, TICKET = "history_private", "ticket"


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """Where a chain does not hold: ``LINK_CHANGED`` (the row is not what was hashed), ``LINK_MISSING`` (a row between two is gone),
    ``HEAD_DIFFERS`` (rows at the end are gone, or more than was logged), ``ANCHOR_DIFFERS`` (the log is not the one that was anchored),
    ``CONTENT_CHANGED`` (the command's rows in ``table`` are not what it wrote), ``COMMAND_UNKNOWN`` (row ``record_id`` of ``table`` names a
    command that was never logged), ``PERSONAL_MISSING`` (a personal value that the command wrote is gone, and nobody had it erased). ``kind`` and ``record_id`` say which command it was, of which record."""

    code: str
    chain_no: int
    chain_seq: int
    cmd: int = 0
    table: str = "command_log"
    kind: str = ""
    record_id: int = 0


def broken_links(conn: Connection, ws: int) -> Iterator[BrokenLink]:
    """Every place where the workspace's log was changed behind the engine's back."""
    known = heads(conn, ws)
    last: dict[int, tuple[int, bytes]] = {}
    query = select(command_log).where(command_log.c.ws == ws)
    for row in conn.execute(query.order_by(command_log.c.chain_no, command_log.c.chain_seq)):
        seq, head = last.get(row.chain_no, (0, NO_LINK))
        if row.chain_seq != seq + 1 or bytes(row.prev_hash) != head:
            yield BrokenLink("LINK_MISSING", row.chain_no, row.chain_seq, row.cmd)
        if link_hash(row._mapping) != bytes(row.hash):
            yield _broken("LINK_CHANGED", row)
        last[row.chain_no] = (row.chain_seq, bytes(row.hash))
    for chain_no, head_of in known.items():
        if last.get(chain_no, (0, NO_LINK)) != head_of:
            yield BrokenLink("HEAD_DIFFERS", chain_no, head_of[0])
    yield from _broken_anchors(conn, ws)


def broken_contents(conn: Connection, ws: int) -> Iterator[BrokenLink]:
    """Every journal, entry, history row, ticket with its steps, and personal value that is no longer what its command wrote, and those that no
    command wrote. What was forgotten by right is no difference."""
    after, tickets, is_older = 0, Seen(), False
    query = select(command_log).where(command_log.c.ws == ws).order_by(command_log.c.cmd).limit(LOT)
    while rows := conn.execute(query.where(command_log.c.cmd > after)).all():
        after = rows[-1].cmd
        for row, table in contents.differing(conn, ws, rows):
            yield _broken("CONTENT_CHANGED", row, table)
        for row in rows:
            said = contents.said_of_tickets(row)
            is_older = is_older or said is None
            tickets.add(row, said or b"")
    yield from _broken_tickets(conn, ws, tickets, is_older=is_older)
    for value in personal.changed(conn, ws):
        if value.link is not None:
            yield replace(_broken("CONTENT_CHANGED", value.link, PERSONAL), record_id=value.record_id)
        else:
            yield BrokenLink("COMMAND_UNKNOWN", -1, 0, value.cmd, PERSONAL, "", value.record_id)
    for value in personal.missing(conn, ws):
        if value.link is not None:
            yield replace(_broken("PERSONAL_MISSING", value.link, PERSONAL), record_id=value.record_id)
    for table, id, cmd in contents.unlogged(conn, ws):
        yield BrokenLink("COMMAND_UNKNOWN", -1, 0, cmd, table, "", id)


def _broken_tickets(conn: Connection, ws: int, seen: Seen, *, is_older: bool) -> Iterator[BrokenLink]:
    """Where links say nothing of tickets (``is_older``), a ticket that none names may be as old as they are."""
    for link, id in seen.differing(conn, ws):
        if link is not None:
            yield replace(_broken("CONTENT_CHANGED", link, TICKET), record_id=id)
        elif not is_older:
            yield BrokenLink("COMMAND_UNKNOWN", -1, 0, 0, TICKET, "", id)


def _broken(code: str, row: Any, table: str = "command_log") -> BrokenLink:
    return BrokenLink(code, row.chain_no, row.chain_seq, row.cmd, table, row.kind, row.record_id)


def exported(conn: Connection, ws: int, now: datetime) -> dict[str, Any]:
    """All heads at one moment (one statement reads them, so writers in between cannot tear them), with a hash over the whole: what is
    kept outside the database."""
    plain = {str(no): [seq, head.hex()] for no, (seq, head) in heads(conn, ws).items()}
    made = {"format": FORMAT, "workspace": ws, "at": now.astimezone(UTC).isoformat(), "heads": plain}
    return {**made, "hash": _anchor_hash(made).hex()}


def against(conn: Connection, ws: int, kept: Mapping[str, Any]) -> Iterator[BrokenLink]:
    """Where the log is not the one whose heads were exported: ``HEAD_FILE`` (the file is not whole), ``ANCHOR_DIFFERS`` at the chain's
    anchored link (written anew or gone). Later links are no difference."""
    body = {key: value for key, value in kept.items() if key != "hash"}
    if (
        kept.get("format") != FORMAT
        or _anchor_hash(body).hex() != kept.get("hash")
        or kept.get("workspace") != ws
    ):
        yield BrokenLink("HEAD_FILE", -1, 0)
        return
    for chain_no, (seq, head) in sorted(kept["heads"].items()):
        if _hash_at(conn, ws, int(chain_no), int(seq)).hex() != head:
            yield BrokenLink("ANCHOR_DIFFERS", int(chain_no), int(seq))


def heads(conn: Connection, ws: int) -> Mapping[int, tuple[int, bytes]]:
    """Length and last hash of every chain."""
    columns = chain.c
    rows = conn.execute(
        select(columns.chain_no, columns.seq, columns.head).where(columns.ws == ws).order_by(columns.chain_no)
    )
    return {row.chain_no: (row.seq, bytes(row.head)) for row in rows}


def add_anchor(conn: Connection, ws: int, now: datetime) -> str:
    """Keep all heads as they are now; gives the hash (hex) over them, which is worth writing down outside the database: with it even a
    log that was made anew from its beginning is found out."""
    plain = {str(no): [seq, head.hex()] for no, (seq, head) in heads(conn, ws).items()}
    digest = _anchor_hash(plain)
    last = conn.execute(select(func.max(anchor.c.anchor_no)).where(anchor.c.ws == ws)).scalar() or 0
    conn.execute(anchor.insert().values(ws=ws, anchor_no=last + 1, at=now, heads=plain, hash=digest))
    return digest.hex()


def _anchor_hash(plain: Mapping[str, object]) -> bytes:
    return hashlib.sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).digest()


def _broken_anchors(conn: Connection, ws: int) -> Iterator[BrokenLink]:
    for row in conn.execute(select(anchor).where(anchor.c.ws == ws).order_by(anchor.c.anchor_no)):
        if _anchor_hash(row.heads) != bytes(row.hash):
            yield BrokenLink("ANCHOR_DIFFERS", -1, row.anchor_no)
        for chain_no, (seq, head) in row.heads.items():
            found = _hash_at(conn, ws, int(chain_no), seq)
            if found.hex() != head:
                yield BrokenLink("ANCHOR_DIFFERS", int(chain_no), seq)


def _hash_at(conn: Connection, ws: int, chain_no: int, seq: int) -> bytes:
    columns = command_log.c
    query = select(columns.hash).where(
        columns.ws == ws, columns.chain_no == chain_no, columns.chain_seq == seq
    )
    return bytes(conn.execute(query).scalar() or NO_LINK)
