"""Periods as the API shows them: state, history, and the checklist in both languages with places to go to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from builder.ledger import period
from builder.metadata.text import LOCALES, in_locale
from builder.runtime import closing
from builder.runtime.closing import Hurdle, Item, Turn
from builder.runtime.context import Context
from builder.runtime.ledger_reading import ledger_of
from builder.storage import accounts
from builder.web.locale import Messages


def periods_as_json(ctx: Context, messages: Messages, ledger: str, through: date | None) -> dict[str, Any]:
    """404 where the actor may not see the ledger. The checklist is for who may close it."""
    _, model, _ = ledger_of(ctx, ledger)
    closed = period.closed_through(ctx.conn, model, ctx.ws)
    day = through or closing.suggested(ctx.pending.today)
    is_closer, is_open = closing.may_close(ctx, ledger), closed is None or day > closed
    checklist = closing.hurdles(ctx, ledger, day) if is_closer and is_open else ()
    names = {u.user_id: u.name for u in accounts.users(ctx.conn, ctx.ws)}
    return {
        "ledger": ledger,
        "closed_through": closed.isoformat() if closed is not None else None,
        "through": day.isoformat(),
        "may_close": is_closer,
        "checklist": [_hurdle(ctx, messages, h) for h in checklist],
        "history": [_turn(ctx, t, names) for t in closing.turns(ctx, ledger)],
    }


def _hurdle(ctx: Context, messages: Messages, hurdle: Hurdle) -> dict[str, Any]:
    page = f"/a/{ctx.app.key}"
    where = f"?{urlencode({'filter': json.dumps(hurdle.where)})}" if hurdle.where is not None else ""
    return {
        "code": hurdle.code,
        "severity": hurdle.severity,
        "count": hurdle.count,
        "text": _said(messages, hurdle, hurdle.items[0] if hurdle.items else None),
        "href": f"{page}/{hurdle.entity}{where}" if where else f"{page}/health" if hurdle.label else "",
        "items": [_item(ctx, messages, hurdle, item) for item in hurdle.items],
    }


def _item(ctx: Context, messages: Messages, hurdle: Hurdle, item: Item) -> dict[str, Any]:
    ref = item.ref
    shown = ctx.engine.database.show(ref.id) if ref is not None else ""
    return {
        "title": item.title,
        "text": _said(messages, hurdle, item),
        "entity": ref.entity if ref is not None else None,
        "id": shown or None,
        "href": f"/a/{ctx.app.key}/{ref.entity}/{shown}" if ref is not None else "",
    }


def _said(messages: Messages, hurdle: Hurdle, item: Item | None) -> Mapping[str, str]:
    if hurdle.label is not None:
        return {locale: in_locale(hurdle.label, locale) for locale in LOCALES}
    params = dict(item.params) if item is not None else {}
    return {
        locale: messages.text(hurdle.code, locale, {**params, "count": hurdle.count}) for locale in LOCALES
    }


def _turn(ctx: Context, turn: Turn, names: Mapping[int, str]) -> dict[str, Any]:
    return {
        "through": turn.through,
        "reopened": turn.reopened,
        "reason": turn.reason,
        "accepted": list(turn.accepted),
        "at": turn.at.isoformat() if turn.at is not None else None,
        "by": names.get(turn.by, ""),
        "days": turn.days_after(ctx.engine.settings.timezone),
    }
