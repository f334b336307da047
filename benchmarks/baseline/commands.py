"""Commands: what every write does around its own work: idempotency, history, outbox, command log, one commit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Request
from sqlalchemy import Connection, bindparam, insert, select, update

from benchmarks.baseline.actors import Actor
from benchmarks.baseline.database import Database, new_id, now
from benchmarks.baseline.refusals import Refused
from benchmarks.baseline.tables import command_log, history, idempotency, outbox

_stored = select(idempotency.c.body_hash, idempotency.c.status, idempotency.c.answer).where(
    idempotency.c.actor_id == bindparam("actor"),
    idempotency.c.route == bindparam("route"),
    idempotency.c.key == bindparam("key"),
)
_answer = (
    update(idempotency)
    .where(
        idempotency.c.actor_id == bindparam("actor"),
        idempotency.c.route == bindparam("in_route"),
        idempotency.c.key == bindparam("in_key"),
    )
    .values(status=bindparam("new_status"), answer=bindparam("new_answer"))
)

_add_history = insert(history)
_add_message = insert(outbox)
_add_command = insert(command_log)


@dataclass(frozen=True, slots=True)
class Step:
    """The transaction of one command, and when it happens."""

    conn: Connection
    actor: Actor
    cmd: int
    at: int


@dataclass(frozen=True, slots=True)
class Done:
    """What a command wrote: the answer, and the record's new version with what changed in it."""

    status: int
    answer: Mapping[str, Any]
    record_id: int
    version: int
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A write as it was asked for."""

    actor: Actor
    kind: str
    entity: str
    route: str
    key: str | None
    body: bytes

    @classmethod
    def of(cls, request: Request, actor: Actor, kind: str, entity: str) -> Call:
        key = request.headers.get("Idempotency-Key")
        if key is not None and (not key or len(key) > 200):
            raise Refused(422, "IDEMPOTENCY_KEY")
        return cls(actor, kind, entity, f"{request.method} {request.path}"[:60], key, request.get_data())


def run(db: Database, call: Call, work: Callable[[Step], Done]) -> tuple[int, bytes]:
    """Status and body. The same key with the same body gives the same bytes again and does nothing twice."""
    with db.writing() as conn:
        step = Step(conn, call.actor, new_id(), now())
        if call.key is not None:
            answered = _claim(db, step, call, call.key)
            if answered is not None:
                return answered
        done = work(step)
        answer = orjson.dumps(done.answer)
        _record(step, call, done)
        if call.key is not None:
            keys = {"actor": call.actor.id, "in_route": call.route, "in_key": call.key}
            conn.execute(_answer, {**keys, "new_status": done.status, "new_answer": answer})
    return done.status, answer


def _claim(db: Database, step: Step, call: Call, key: str) -> tuple[int, bytes] | None:
    body_hash = hashlib.sha256(call.body).digest()
    row = {
        "actor_id": call.actor.id,
        "route": call.route,
        "key": key,
        "body_hash": body_hash,
        "cmd": step.cmd,
        "status": None,
        "answer": None,
        "created_at": step.at,
    }
    if db.insert_ignoring(step.conn, idempotency, row):
        return None
    stored = step.conn.execute(_stored, {"actor": call.actor.id, "route": call.route, "key": key}).one()
    if bytes(stored.body_hash) != body_hash:
        raise Refused(422, "IDEMPOTENCY_KEY_REUSED")
    return stored.status, bytes(stored.answer)


def _record(step: Step, call: Call, done: Done) -> None:
    changes = orjson.dumps(done.changes).decode()
    step.conn.execute(
        _add_history,
        {
            "entity": call.entity,
            "record_id": done.record_id,
            "version": done.version,
            "cmd": step.cmd,
            "changes": changes,
        },
    )
    step.conn.execute(
        _add_message,
        {
            "id": new_id(),
            "cmd": step.cmd,
            "kind": f"{call.entity}.{call.kind}",
            "body": orjson.dumps({"id": str(done.record_id), "version": done.version}).decode(),
            "not_before": step.at,
            "attempts": 0,
            "done_at": None,
        },
    )
    step.conn.execute(
        _add_command,
        {
            "cmd": step.cmd,
            "at": step.at,
            "actor_id": call.actor.id,
            "kind": call.kind,
            "entity": call.entity,
            "record_id": done.record_id,
        },
    )
