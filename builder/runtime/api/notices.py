"""Endpoints of notifications: what the caller was told."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from builder.commands import Actor, SaveNoticeChoices
from builder.runtime import delivery
from builder.runtime.api.body import answer, flag_wanted, read_shape
from builder.runtime.api.door import Door
from builder.runtime.api.shapes import NoticeChoicesShape, NoticesShape
from builder.runtime.granting import check_writing
from builder.runtime.mailing import messages
from builder.runtime.news import MANY, head_of, is_limited, told_of
from builder.runtime.notices import body_of_notice, title_of_notice
from builder.storage import choices, notifications
from builder.storage.notifications import NotificationRow

PAGE = 50


def add_notifications(api: Blueprint, door: Door) -> None:
    """``/notifications``."""

    @api.get("/notifications")
    def notices() -> Response:
        actor = door.identify(request)
        before = request.args.get("before")
        with door.engine.database.snapshot() as conn:
            rows = notifications.of(
                conn,
                actor.workspace,
                actor.user_id,
                unread=flag_wanted(request.args, "unread"),
                before=door.id(before) if before else None,
                limit=MANY if is_limited(actor) else PAGE,
            )
            unread = head_of(door.engine, conn, actor).unread
        shown = told_of(rows, actor)[:PAGE]
        return answer({"items": [notice_of(door, row, actor.locale) for row in shown], "unread": unread})

    @api.post("/notifications/read")
    def notices_read() -> Response:
        actor = door.identify(request)
        check_writing(actor)
        named = read_shape(request, NoticesShape(), optional=True).get("ids")
        ids = None if named is None else [door.id(id) for id in named]
        with door.engine.database.single() as conn:
            count = notifications.mark_read(
                conn, actor.workspace, actor.user_id, door.engine.clock.now(), ids
            )
        door.engine.pulse.ring()
        return answer({"read": count})

    _add_choices(api, door)


def _add_choices(api: Blueprint, door: Door) -> None:
    @api.get("/notifications/choices")
    def notice_choices() -> Response:
        return answer(_chosen(door, door.identify(request)))

    @api.put("/notifications/choices")
    def notice_choices_save() -> Response:
        actor, sent = door.identify(request), read_shape(request, NoticeChoicesShape())
        command = SaveNoticeChoices(
            sent["modes"], tuple(sent["urgent"]), sent["quiet_from"], sent["quiet_to"], sent["handles"]
        )
        door.send(actor, command, request.headers.get("Idempotency-Key"))
        return answer(_chosen(door, actor))


def _chosen(door: Door, actor: Actor) -> dict[str, Any]:
    with door.engine.database.snapshot() as conn:
        found = delivery.read(choices.of(conn, actor.workspace, actor.user_id))
    return {
        "modes": {kind: found.mode(kind) for kind in delivery.KINDS},
        "urgent": sorted(found.urgent),
        "quiet_from": delivery.shown(found.quiet_from),
        "quiet_to": delivery.shown(found.quiet_to),
        "handles": dict(found.handles),
    }


def notice_of(door: Door, row: NotificationRow, locale: str) -> dict[str, Any]:
    """A notice in JSON, in the words of the one who reads it."""
    link = dict(row.link) if row.link else None
    for name in ("id", "ticket"):
        if link is not None and link.get(name):
            link[name] = door.show(int(link[name]))
    return {
        "id": door.show(row.notification_id),
        "kind": row.kind,
        "title": title_of_notice(row, messages(), locale),
        "body": body_of_notice(row, locale),
        "link": link,
        "at": row.at.isoformat(),
        "read": row.read_at is not None,
    }
