"""Notices: what somebody was told, the newest first; and the page of one's own account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint

from builder.runtime.notices import body_of_notice, title_of_notice
from builder.runtime.pages import addresses
from builder.runtime.pages.site import Site
from builder.storage import notifications
from builder.storage.notifications import NotificationRow

MOST = 100


def add_notices(pages: Blueprint, site: Site) -> None:
    """``/inbox``. Reading the page does not mark anything: a button does."""

    @pages.get("/inbox")
    def inbox() -> str:
        actor = site.actor()
        with site.door.engine.database.snapshot() as conn:
            rows = notifications.of(conn, actor.workspace, actor.user_id, limit=MOST)
        items = [_item(site, row) for row in rows]
        return site.page("inbox.html", items=items, unread=sum(not i["read"] for i in items))


def _item(site: Site, row: NotificationRow) -> Mapping[str, Any]:
    words = site.words()
    return {
        "title": title_of_notice(row, words.messages, words.locale),
        "body": body_of_notice(row, words.locale),
        "when": words.ago(row.at),
        "read": row.read_at is not None,
        "url": _address(site, row.link or {}),
    }


def _address(site: Site, link: Mapping[str, Any]) -> str:
    if link.get("ticket"):
        return addresses.ticket_page(site.show(int(link["ticket"])))
    app, entity, id = link.get("app"), link.get("entity"), link.get("id")
    return addresses.record_page(str(app), str(entity), site.show(int(id))) if app and entity and id else ""
