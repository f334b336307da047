"""Commands: what was answered under which key, and the log of everything that committed as links of hash chains.

There are sixteen chains, so that writers seldom wait for each other's link; the order between chains is told by anchors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, select, update

from builder.commands import Actor
from builder.storage.prepared import Prepared
from builder.storage.sql.conflicts import insert_for, insert_or
from builder.storage.tables.machinery import chain, command_log, idempotency

CHAINS = 16
NO_LINK = b""
DONE = 200
HASHED = (
    "ws", "cmd", "at", "actor_kind", "actor_id", "on_behalf_of", "kind", "app_id", "package_version", "entity_id",
    "record_id", "cause_cmd", "import_id", "request_id", "chain_no", "chain_seq",
)  # fmt: skip
"""What a link says of its command, in this order."""
_LOG = Prepared(command_log.insert(), columns=(*HASHED, "channel", "content_hash", "prev_hash", "hash"))


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The answer of the command that committed under a key, with the hash of the request that it answered."""

    body_hash: str
    answer: bytes
    cmd: int


_KEY = ("ws", "actor_id", "route", "key")
_OF_KEY = [idempotency.c[name] == bindparam(f"of_{name}") for name in _KEY]
_STORED = Prepared(
    select(idempotency.c.body_hash, idempotency.c.answer, idempotency.c.cmd).where(
        *_OF_KEY, idempotency.c.answer.is_not(None)
    )
)
_ANSWERED = Prepared(
    update(idempotency)
    .where(*_OF_KEY)
    .values(cmd=bindparam("new_cmd"), status=DONE, answer=bindparam("new_answer"))
)
_OF_CHAIN = (chain.c.ws == bindparam("of_ws"), chain.c.chain_no == bindparam("of_chain"))
_HEAD = Prepared(select(chain.c.seq, chain.c.head).where(*_OF_CHAIN).with_for_update())
_LINK = Prepared(update(chain).where(*_OF_CHAIN).values(seq=bindparam("new_seq"), head=bindparam("new_head")))


def _of(ws: int, actor_id: int, route: str, key: str) -> dict[str, Any]:
    return {"of_ws": ws, "of_actor_id": actor_id, "of_route": route, "of_key": key}


def stored_answer(conn: Connection, ws: int, actor_id: int, route: str, key: str) -> StoredAnswer | None:
    """What was answered under the key; None where nothing committed under it."""
    row = _STORED.first(conn, _of(ws, actor_id, route, key))
    return StoredAnswer(row[0], bytes(row[1]), row[2]) if row is not None else None


_CLAIM = Prepared(
    lambda dialect: insert_for(dialect, idempotency).on_conflict_do_nothing(),
    columns=("ws", "actor_id", "route", "key", "body_hash", "created_at"),
)


def claim(
    conn: Connection, ws: int, actor_id: int, route: str, key: str, body_hash: str, now: datetime
) -> bool:
    """Take the key for this transaction; waits for a twin in flight, and is False where that one committed."""
    row = {
        "ws": ws,
        "actor_id": actor_id,
        "route": route,
        "key": key,
        "body_hash": body_hash,
        "created_at": now,
    }
    return _CLAIM.run(conn, row) == 1


def answered(conn: Connection, ws: int, actor_id: int, route: str, key: str, cmd: int, answer: bytes) -> None:
    """Keep the answer under the claimed key."""
    _ANSWERED.run(conn, {**_of(ws, actor_id, route, key), "new_cmd": cmd, "new_answer": answer})


def forget_before(conn: Connection, ws: int, before: datetime) -> int:
    """Drop keys whose requests nobody repeats any more; says how many."""
    columns = idempotency.c
    return conn.execute(idempotency.delete().where(columns.ws == ws, columns.created_at < before)).rowcount


def log(
    conn: Connection,
    ws: int,
    *,
    cmd: int,
    at: datetime,
    actor: Actor,
    kind: str,
    app_id: int = 0,
    package_version: int = 0,
    entity_id: int = 0,
    record_id: int = 0,
    cause_cmd: int = 0,
    import_id: int = 0,
    request_id: str = "",
    content: Sequence[Any] | bytes = (),
) -> None:
    """Append the command and its link. The last lock that a transaction takes. ``content`` is what the link covers beside the row, or
    the hash of it."""
    chain_no = (cmd >> 22 ^ cmd) % CHAINS
    seq, head = _head(conn, ws, chain_no)
    row: dict[str, Any] = {
        "ws": ws,
        "cmd": cmd,
        "at": at,
        "actor_kind": actor.kind,
        "actor_id": actor.user_id,
        "on_behalf_of": actor.on_behalf_of,
        "kind": kind,
        "app_id": app_id,
        "package_version": package_version,
        "entity_id": entity_id,
        "record_id": record_id,
        "cause_cmd": cause_cmd,
        "import_id": import_id,
        "request_id": request_id,
        "channel": actor.channel,
        "chain_no": chain_no,
        "chain_seq": seq + 1,
        "content_hash": content if isinstance(content, bytes) else content_hash(content),
        "prev_hash": head,
    }
    row["hash"] = link_hash(row)
    _LOG.run(conn, row)
    _LINK.run(conn, {"of_ws": ws, "of_chain": chain_no, "new_seq": seq + 1, "new_head": row["hash"]})


def _head(conn: Connection, ws: int, chain_no: int) -> tuple[int, bytes]:
    own = {"of_ws": ws, "of_chain": chain_no}
    row = _HEAD.first(conn, own)
    if row is None:
        start: Any = insert_or(conn, chain).values(ws=ws, chain_no=chain_no, seq=0, head=NO_LINK)
        conn.execute(start.on_conflict_do_nothing())
        row = _HEAD.first(conn, own)
        assert row is not None
    return row[0], bytes(row[1])


def content_hash(content: Sequence[Any]) -> bytes:
    """A hash over what the command wrote, as plain values in a fixed order."""
    text = orjson.dumps(content, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return hashlib.sha256(text).digest()


def link_hash(row: Any) -> bytes:
    """A link's hash: over the one before, the content and the command's row. Links from before channels were kept name none."""
    values = [row[name] for name in HASHED]
    if row["channel"]:
        values.append(row["channel"])
    values[HASHED.index("at")] = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    text = orjson.dumps(values)
    return hashlib.sha256(bytes(row["prev_hash"]) + bytes(row["content_hash"]) + text).digest()
