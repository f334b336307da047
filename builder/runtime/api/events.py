"""Events: what is new for whoever has a page open, as server-sent events.

A stream is short: it waits until something is new, says it and ends; the browser asks again and says what it heard last. So a stream never
knows more than the session that it was opened with, goes through every proxy, and is answered by whichever process is free. The server's
threads are few: where too many wait already, the answer comes at once and asks to come back later.
"""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint, Request, Response, request

from builder.errors import NotSignedInError
from builder.runtime.api.body import answer
from builder.runtime.api.door import Door
from builder.runtime.api.notices import notice_of
from builder.runtime.auth import Found, find_session, find_token
from builder.runtime.engine import Engine
from builder.storage import notifications
from builder.storage.notifications import Head, NotificationRow
from builder.web.session import read_token

STREAM = "text/event-stream"
SLICE, SLICES = 5.0, 2
"""A stream lasts ten seconds at most, for a server that stops waits for it, and looks every five whether its session still holds."""
SOON, LATER = 300, 10_000
"""Milliseconds after which the browser comes back: at once, or where too many wait."""
SAID = 3


def add_events(api: Blueprint, door: Door) -> None:
    """``/events``. Who does not ask for a stream gets the same as JSON at once."""

    @api.get("/events")
    def events() -> Response:
        # An open page is no use: the session ends as if it were closed.
        found = _found(door.engine, request)
        known = _read(door, request.headers.get("Last-Event-ID") or request.args.get("since", ""))
        if STREAM not in request.headers.get("Accept", ""):
            return answer(_said(door, found, known, _head(door.engine, found)))
        head, retry = _waited(door.engine, found, known)
        lines = [f"retry: {retry}", f"id: {token_of(door, head)}"]
        if head != known:
            lines += ["event: news", f"data: {orjson.dumps(_said(door, found, known, head)).decode()}"]
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


def _waited(engine: Engine, found: Found, known: Head | None) -> tuple[Head, int]:
    """The head once it is not the ``known`` one, or as it is when the time is over; and when to come back."""
    head = _head(engine, found)
    if known is None or head != known:
        return head, SOON
    waiting = engine.pulse.enter((found.actor.workspace, found.actor.user_id), head)
    if waiting is None:
        return head, LATER
    try:
        for _ in range(SLICES):
            is_new = waiting.changed.wait(SLICE)
            _found(engine, request)
            if is_new:
                break
    finally:
        engine.pulse.leave(waiting)
    return _head(engine, found), SOON


def _head(engine: Engine, found: Found) -> Head:
    actor = found.actor
    with engine.database.snapshot() as conn:
        return notifications.heads(conn, actor.workspace, [actor.user_id])[actor.user_id]


def _said(door: Door, found: Found, known: Head | None, head: Head) -> dict[str, Any]:
    """The numbers, and the latest of what was told since the known head."""
    actor = found.actor
    rows: tuple[NotificationRow, ...] = ()
    if known is not None and head.latest > known.latest:
        with door.engine.database.snapshot() as conn:
            rows = notifications.unread_after(conn, actor.workspace, actor.user_id, known.latest, SAID)
    return {
        "unread": head.unread,
        "decisions": head.decisions,
        "since": token_of(door, head),
        "items": [notice_of(door, row, actor.locale) for row in rows],
    }


def token_of(door: Door, head: Head) -> str:
    """The head as outside text: where a stream goes on, and where that of a page that is drawn now begins."""
    return f"{head.unread}.{door.show(head.latest) if head.latest else '-'}.{head.decisions}"


def _read(door: Door, text: str) -> Head | None:
    """The head of a token of ours; None for anything else: then everything is new."""
    unread, _, rest = text.partition(".")
    latest, _, decisions = rest.partition(".")
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in (unread, decisions)):
        return None
    id = 0 if latest == "-" else door.engine.database.read_id(latest)
    return Head(int(unread), id, int(decisions)) if id is not None else None
