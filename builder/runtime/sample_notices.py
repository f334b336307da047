"""Sample notices: what a sample's people were told weeks ago they have read by today; only the last days are news to them."""

from __future__ import annotations

from datetime import datetime

from builder.runtime.engine import Engine
from builder.runtime.relay import Relay
from builder.storage import notifications, outbox

NEWS_DAYS = 3
"""What happened longer ago is no news."""


def read_until_now(engine: Engine, ws: int, app: str, since: datetime) -> bool:
    """Mark as read what people of the app were told ``since`` its sample began. False where messages are still on their way."""
    relay = Relay(engine, ws)
    relay.drain()
    with engine.database.write(job=True) as conn:
        if outbox.waiting(conn, ws, kinds=relay.kinds, now=engine.clock.now()):
            return False
        rows = notifications.unread_since(conn, ws, since)
        mine = [id for id, link in rows if not link or link.get("app", app) == app]
        notifications.mark_all_read(conn, ws, engine.clock.now(), mine)
    return True
