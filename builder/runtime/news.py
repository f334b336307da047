"""News: what is new for one person: what waits for them, and which of the records that their page shows were changed.

A token that was made for some apps hears of those apps alone, the numbers included. Of a record it is told which, its version and who made
it, never what changed, and only while it may be read: the permission kernel is asked each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from builder.commands import Actor
from builder.errors import BuilderError, NotFoundError
from builder.runtime.context import Context
from builder.runtime.engine import Engine
from builder.runtime.granting import reaches
from builder.runtime.inbox import inbox
from builder.runtime.opening import open_reading
from builder.storage import notifications, watching
from builder.storage.notifications import Head, NotificationRow
from builder.storage.watching import Key

MOST = 20
"""Records that one page watches."""
MANY = 500


@dataclass(frozen=True)
class Watched:
    """A record as the page shows it."""

    app: str
    entity: str
    id: int
    version: int


@dataclass(frozen=True)
class Change:
    """A record that is at another version than the page shows. ``by`` is empty where the app did it itself."""

    watched: Watched
    version: int
    by_id: int
    by: str
    at: datetime


def is_limited(actor: Actor) -> bool:
    """Whether the one who asks may hear of some apps only."""
    return not reaches(actor, None)


def told_of(rows: Iterable[NotificationRow], actor: Actor) -> tuple[NotificationRow, ...]:
    """Those that concern apps which the actor may hear of."""
    return tuple(row for row in rows if reaches(actor, (row.link or {}).get("app")))


def head_of(engine: Engine, conn: Any, actor: Actor) -> Head:
    """How things stand for the actor."""
    if not is_limited(actor):
        return notifications.heads(conn, actor.workspace, [actor.user_id])[actor.user_id]
    rows = told_of(notifications.of(conn, actor.workspace, actor.user_id, unread=True, limit=MANY), actor)
    waiting = inbox(engine, conn, actor, engine.clock.now())
    return Head(len(rows), rows[0].notification_id if rows else 0, len(waiting))


def seen(engine: Engine, conn: Any, actor: Actor, watched: Sequence[Watched]) -> dict[Key, Watched]:
    """Those of the records that the actor may read now, by where they are kept. Of others nothing is watched, not even whether they are."""
    found: dict[Key, Watched] = {}
    for one in watched[:MOST]:
        ctx = _reading(engine, conn, actor, one)
        if ctx is not None:
            found[ctx.app.maps.entity_id(one.entity), one.id] = one
    return found


def changes(engine: Engine, conn: Any, actor: Actor, watched: Mapping[Key, Watched]) -> tuple[Change, ...]:
    """Those that are at a later version than is known, as far as the actor may read them now."""
    now = watching.versions(conn, actor.workspace, watched)
    found: list[Change] = []
    for key, one in watched.items():
        version = now.get(key, 0)
        ctx = _reading(engine, conn, actor, one) if version > one.version else None
        made = watching.maker(conn, actor.workspace, key, version) if ctx is not None else None
        if ctx is not None and made is not None:
            name = ctx.directory.name_of(made.actor_id) if made.actor_id else ""
            found.append(Change(one, version, made.actor_id, name, made.at))
    return tuple(found)


def _reading(engine: Engine, conn: Any, actor: Actor, one: Watched) -> Context | None:
    """A reading of the app in which the actor may read the record; None where they may not."""
    try:
        ctx = open_reading(engine, conn, actor, one.app, engine.clock.now())
        ctx.load(one.entity, one.id)
    except (BuilderError, NotFoundError):
        return None
    return ctx
