"""Notices: what somebody was told, in the words of whoever reads it now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.metadata.text import in_locale
from builder.storage.notifications import NotificationRow
from builder.web.locale import Messages


def title_of_notice(row: NotificationRow, messages: Messages, locale: str) -> str:
    """The title in ``locale``; as it was written then where only that is known."""
    words = row.words
    if words.get("code"):
        return messages.text(str(words["code"]), locale, words.get("params") or {})
    return in_locale(words.get("title"), locale) or row.title


def body_of_notice(row: NotificationRow, locale: str) -> str:
    return in_locale(row.words.get("body"), locale) or row.body


def link_of(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a notice leads to, from its message: the ``ticket``, and the record by ``entity`` and ``id``, as far as it is about some."""
    link = {"ticket": body["ticket_id"]} if body.get("ticket_id") else {}
    if body.get("entity"):
        link |= {"entity": body["entity"], "id": body["record_id"]}
    return {"app": body["app"], **link} if link else None
