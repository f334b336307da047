"""Chains: the command log judged link by link, and its heads for whoever keeps them elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import Connection, func, select

from builder.storage.commands import NO_LINK, link_hash
from builder.storage.tables.machinery import anchor, chain, command_log


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """Where a chain does not hold: ``LINK_CHANGED`` (the row is not what was hashed), ``LINK_MISSING`` (a row between two is gone),
    ``HEAD_DIFFERS`` (rows at the end are gone, or more than was logged), ``ANCHOR_DIFFERS`` (the log is not the one that was anchored)."""

    code: str
    chain_no: int
    chain_seq: int
    cmd: int = 0


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
            yield BrokenLink("LINK_CHANGED", row.chain_no, row.chain_seq, row.cmd)
        last[row.chain_no] = (row.chain_seq, bytes(row.hash))
    for chain_no, head_of in known.items():
        if last.get(chain_no, (0, NO_LINK)) != head_of:
            yield BrokenLink("HEAD_DIFFERS", chain_no, head_of[0])
    yield from _broken_anchors(conn, ws)


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
