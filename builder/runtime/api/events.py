"""Events: what is new for whoever has a page open, as server-sent events.

A stream is short: it waits until something is new, says it and ends; the browser asks again and says what it heard last. So a stream never
knows more than the session that it was opened with, goes through every proxy, and is answered by whichever process is free. The server's
threads are few: where too many wait already, the answer comes at once and asks to come back later.

A page that shows records names them: ``watch=app/entity/id@version``, up to twenty with commas. Once one of them stands at a later version,
the stream says so: which record, which version, who, when; what changed is read by loading it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from flask import Blueprint, Request, Response, request

from builder.errors import InvalidError, NotSignedInError, Problem
from builder.runtime.api.body import answer, whole
from builder.runtime.api.door import Door
from builder.runtime.api.notices import notice_of
from builder.runtime.auth import Found, find_session, find_token
from builder.runtime.engine import Engine
from builder.runtime.news import MANY, MOST, Change, Watched, changes, head_of, seen, told_of
from builder.storage import notifications
from builder.storage.notifications import Head, NotificationRow
from builder.storage.watching import Key
from builder.web.session import read_token

STREAM = "text/event-stream"
SLICE, SLICES = 5.0, 2
"""A stream lasts ten seconds at most, for a server that stops waits for it, and looks every five whether its session still holds."""
SOON, LATER = 300, 4_000
"""Milliseconds after which the browser comes back: at once, or where too many wait."""
SAID = 3


@dataclass(frozen=True)
class News:
    """How things stand for one page: what waits for its person, the records that it watches, and those of them that were changed."""

    head: Head
    watched: Mapping[Key, Watched] = field(default_factory=dict)
    changed: tuple[Change, ...] = ()

    def is_new(self, known: Head | None) -> bool:
        return self.head != known or bool(self.changed)


def add_events(api: Blueprint, door: Door) -> None:
    """``/events``. Who does not ask for a stream gets the same as JSON at once."""

    @api.get("/events")
    def events() -> Response:
        # An open page is no use: the session ends as if it were closed.
        found = _found(door.engine, request)
        text = request.headers.get("Last-Event-ID") or request.args.get("since", "")
        known, watched = _read(door, text), _watched(door, request.args.get("watch", ""), text)
        if STREAM not in request.headers.get("Accept", ""):
            now = _now(door.engine, found, watched)
            return answer(_said(door, found, known, now, _token(door, now, watched)))
        now, retry = _waited(door.engine, found, known, watched)
        token = _token(door, now, watched)
        lines = [f"retry: {retry}", f"id: {token}"]
        if now.is_new(known):
            data = orjson.dumps(_said(door, found, known, now, token)).decode()
            lines += ["event: news", f"data: {data}"]
        response = Response("\n".join(lines) + "\n\n", mimetype=STREAM)
        response.headers["X-Accel-Buffering"] = "no"
        return response


def _found(engine: Engine, request: Request) -> Found:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme:
        found = find_token(engine, token.strip()) if scheme.lower() == "bearer" else None
    else:
        found = find_session(engine, read_token(request) or "", prolong=False)
    if found is None:
        raise NotSignedInError
    return found


def _watched(door: Door, text: str, token: str) -> tuple[Watched, ...]:
    """The records that the page names, each at the latest version that it was told of."""
    named = [part for part in text.split(",") if part]
    if len(named) > MOST:
        raise InvalidError(problems=[Problem("WATCH", "/watch", {"most": MOST})])
    told = [whole(part) or 0 for part in token.split(".")[3].split("-")] if token.count(".") == 3 else []
    found: list[Watched] = []
    for place, part in enumerate(named):
        where, _, version = part.partition("@")
        app, _, rest = where.partition("/")
        entity, _, id = rest.partition("/")
        known, read = whole(version), door.engine.database.read_id(id)
        if known is None or read is None or not (app and entity):
            raise InvalidError(problems=[Problem("WATCH", "/watch", {"most": MOST})])
        found.append(Watched(app, entity, read, max([known, *told[place : place + 1]])))
    return tuple(found)


def _waited(engine: Engine, found: Found, known: Head | None, watched: Sequence[Watched]) -> tuple[News, int]:
    """The news once there are some, or how things stand when the time is over; and when to come back."""
    now = _now(engine, found, watched)
    if known is None or now.is_new(known):
        return now, SOON
    who = (found.actor.workspace, found.actor.user_id)
    waiting = engine.pulse.enter(
        who, _whole_head(engine, found), {key: one.version for key, one in now.watched.items()}
    )
    if waiting is None:
        return now, LATER
    try:
        for _ in range(SLICES):
            is_new = waiting.changed.wait(SLICE)
            _found(engine, request)
            if is_new:
                break
    finally:
        engine.pulse.leave(waiting)
    return _now(engine, found, watched), SOON


def _whole_head(engine: Engine, found: Found) -> Head:
    """What the pulse compares: everything that concerns the person."""
    with engine.database.snapshot() as conn:
        return notifications.heads(conn, found.actor.workspace, [found.actor.user_id])[found.actor.user_id]


def _now(engine: Engine, found: Found, watched: Sequence[Watched]) -> News:
    with engine.database.snapshot() as conn:
        visible = seen(engine, conn, found.actor, watched)
        return News(head_of(engine, conn, found.actor), visible, changes(engine, conn, found.actor, visible))


def _said(door: Door, found: Found, known: Head | None, now: News, token: str) -> dict[str, Any]:
    """The numbers, the latest of what was told since the known head, and the records that were changed."""
    actor = found.actor
    rows: tuple[NotificationRow, ...] = ()
    if known is not None and now.head.latest > known.latest:
        most = MANY if actor.scope else SAID
        with door.engine.database.snapshot() as conn:
            rows = notifications.unread_after(conn, actor.workspace, actor.user_id, known.latest, most)
    return {
        "unread": now.head.unread,
        "decisions": now.head.decisions,
        "since": token,
        "items": [notice_of(door, row, actor.locale) for row in told_of(rows, actor)[:SAID]],
        "records": [_change(door, one) for one in now.changed],
    }


def _change(door: Door, one: Change) -> dict[str, Any]:
    return {
        "app": one.watched.app,
        "entity": one.watched.entity,
        "id": door.show(one.watched.id),
        "version": one.version,
        "by": {"id": door.show(one.by_id), "name": one.by} if one.by_id else None,
        "at": one.at.isoformat(),
    }


def token_of(door: Door, head: Head) -> str:
    """The head as outside text: where a stream goes on, and where that of a page that is drawn now begins."""
    return f"{head.unread}.{door.show(head.latest) if head.latest else '-'}.{head.decisions}"


def _token(door: Door, now: News, watched: Sequence[Watched]) -> str:
    """The head, and behind it the versions that the page has been told of, in the order in which it names them."""
    if not watched:
        return token_of(door, now.head)
    later = {one.watched: one.version for one in now.changed}
    versions = "-".join(str(later.get(one, one.version)) for one in watched)
    return f"{token_of(door, now.head)}.{versions}"


def _read(door: Door, text: str) -> Head | None:
    """The head of a token of ours; None for anything else: then everything is new."""
    unread, _, rest = text.partition(".")
    latest, _, rest = rest.partition(".")
    decisions, _, versions = rest.partition(".")
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in (unread, decisions)):
        return None
    if versions and any(whole(part) is None for part in versions.split("-")):
        return None
    id = 0 if latest == "-" else door.engine.database.read_id(latest)
    return Head(int(unread), id, int(decisions)) if id is not None else None
