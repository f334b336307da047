"""Carrying: events of the engine on to the connectors that ask for them: one message each, sent like every other.

A connector of kind *rest* or *webhook* asks by its setting ``events``: topics, comma-separated. Only one that an administrator has turned on is
told anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.changes import Message
from builder.runtime.connecting import connection_of
from builder.runtime.engine import Engine
from builder.storage import apps as stored_apps
from builder.storage import outbox
from builder.storage.outbox import OutboxRow

SETTING = "events"
KINDS = frozenset({"rest", "webhook"})


def carry(engine: Engine, ws: int, row: OutboxRow) -> None:
    """Put what an event says into the outbox for every connector that asks for its topic. The same event does so once."""
    topic = str(row.body.get("topic", ""))
    data = {name: value for name, value in row.body.items() if name != "topic"}
    with engine.database.snapshot() as conn:
        found = [
            _message(row, topic, app, connector, data)
            for app, connector in _subscribers(engine, conn, ws, topic)
        ]
    if found:
        with engine.database.write(job=True) as conn:
            now, new_id = engine.clock.now(), engine.database.new_id
            outbox.append(conn, ws, found, cmd=row.cmd, now=now, new_id=new_id)


def _subscribers(engine: Engine, conn: Any, ws: int, topic: str) -> list[tuple[str, str]]:
    """App and key of each connector that asks for the topic and is on."""
    found: list[tuple[str, str]] = []
    for row in stored_apps.apps(conn, ws):
        if not row.live_version:
            continue
        app = engine.apps.load(conn, ws, row.key)
        for connector in app.package.connectors:
            topics = {part.strip() for part in connector.settings.get(SETTING, "").split(",")}
            if connector.kind not in KINDS or topic not in topics:
                continue
            if connection_of(engine, conn, ws, app.row.app_id, connector).is_on:
                found.append((app.key, connector.key))
    return found


def _message(row: OutboxRow, topic: str, app: str, connector: str, data: Mapping[str, Any]) -> Message:
    # In order to each of them: a head that arrives before the one of the hour before looks like a chain that was cut.
    body = {"app": app, "connector": connector, "rule": topic, "entity": None, "id": 0, "data": dict(data)}
    key = f"event:{row.message_id}:{app}:{connector}"
    return Message("connector", body, order_key=f"event:{app}:{connector}", dedupe_key=key)
