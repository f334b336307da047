"""Waking: what happens because a rule was given up: people who declared it are told by rules of theirs."""

from __future__ import annotations

import logging

from builder.changes import Message
from builder.errors import NotFoundError
from builder.rules.failing import failures
from builder.runtime.engine import Engine
from builder.runtime.opening import open_reading
from builder.runtime.playing import system
from builder.storage.outbox import OutboxRow

log = logging.getLogger(__name__)

KINDS = frozenset({"rule", "connector", "robot"})


def woken_by(engine: Engine, ws: int, row: OutboxRow) -> list[Message]:
    """The messages of *rule_failed* rules for a message that is given up. What cannot be read from it wakes nobody: giving up must
    not fail."""
    if row.kind not in KINDS:
        return []
    try:
        return _woken(engine, ws, row)
    except Exception:
        log.exception("nobody is woken for message %s", row.message_id)
        return []


def _woken(engine: Engine, ws: int, row: OutboxRow) -> list[Message]:
    app = str(row.body.get("app", ""))
    with engine.database.snapshot() as conn:
        try:
            package = open_reading(engine, conn, system(ws), app, engine.clock.now()).app.package
        except NotFoundError:
            return []
    entity, id = row.body.get("entity"), int(row.body.get("id") or 0)
    return failures(package, app, str(row.body.get("rule", "")), entity, id, str(row.message_id))
