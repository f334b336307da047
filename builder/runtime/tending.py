"""Tending: what the clock owes tickets. What is due is read from the database, so that a restart loses nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from builder.changes import Ticket
from builder.commands import TendTicket
from builder.errors import BuilderError
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.opening import open_reading
from builder.runtime.playing import system
from builder.runtime.tickets import has_gone
from builder.storage import apps as stored_apps
from builder.storage import tickets as stored
from builder.storage.tickets import TicketRow

log = logging.getLogger(__name__)

BACK_OFF = timedelta(minutes=30)
"""A step that is refused is tried again after a while, not at every tick."""


def see_to(engine: Engine, ws: int = 1) -> int:
    """Escalate what is late, and close what was opened for a reason that has gone; how many were seen to."""
    now = engine.clock.now()
    with engine.database.snapshot() as conn:
        keys = {row.app_id: row.key for row in stored_apps.apps(conn, ws) if row.live_version}
        wanted = {row.ticket.id: row for row in stored.due(conn, ws, now)}
    wanted |= {row.ticket.id: row for row in _recovered_ones(engine, ws, keys, now)}
    done = 0
    for row in wanted.values():
        if row.app_id in keys:
            done += _see_to(engine, ws, keys[row.app_id], row.ticket)
    return done


def _recovered_ones(engine: Engine, ws: int, keys: dict[int, str], now: datetime) -> Iterable[TicketRow]:
    after = 0
    while True:
        with engine.database.snapshot() as conn:
            rows = stored.watched(conn, ws, after=after)
            found: list[TicketRow] = []
            for app_id in dict.fromkeys(row.app_id for row in rows):
                if app_id in keys:
                    ctx = open_reading(engine, conn, system(ws), keys[app_id], now)
                    found += [r for r in rows if r.app_id == app_id and has_gone(ctx, r.named(ctx.app.maps))]
        yield from found
        if not rows:
            return
        after = rows[-1].ticket.id


def _see_to(engine: Engine, ws: int, app: str, ticket: Ticket) -> int:
    actor = replace(system(ws), kind="timer")
    # Two nodes that look at the same moment do it once: the key is claimed in the same transaction.
    key = f"ticket:{ticket.id}:{ticket.version}:{ticket.level}"
    try:
        answer = Dispatcher(engine)(actor, TendTicket(app, ticket.id), key=key)
    except BuilderError as error:
        log.warning("ticket %d: %s", ticket.id, error.code)
        with engine.database.write(job=True) as conn:
            stored.put_off(conn, ws, ticket.id, engine.clock.now() + BACK_OFF)
        return 0
    return int("skipped" not in answer)
