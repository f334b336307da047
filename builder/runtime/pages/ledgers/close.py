"""Close: through which day a ledger is closed, what is in the way of closing further, and who closed and reopened it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response as BaseResponse

from builder.commands import ClosePeriod
from builder.errors import BuilderError, ForbiddenError, InvalidError, Problem
from builder.ledger import period
from builder.runtime import closing
from builder.runtime.closing import SHOWN, Hurdle, Item, Turn
from builder.runtime.context import Context
from builder.runtime.pages import addresses
from builder.runtime.pages.admin.told import done, refused
from builder.runtime.pages.ledgers.asked import Asked, asked_of, day_text
from builder.runtime.pages.site import Site

PAGE = "/a/<app>/ledgers/<ledger>/close"
COLOURS: Mapping[str, str] = {"blocking": "red", "overridable": "orange", "note": "gray"}
NAMED = 5
"""How many of those of which the same is said are named."""
DEEDS = frozenset({"close", "reopen"})


def add_close(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/ledgers/<ledger>/close``."""

    @pages.get(PAGE)
    def ledger_close(app: str, ledger: str) -> str:
        with site.reading(app) as ctx:
            return site.page(
                "ledgers/close.html", **_page(asked_of(ctx, site.words(), ledger), _through(), None)
            )

    @pages.post(PAGE)
    def ledger_close_send(app: str, ledger: str) -> BaseResponse | tuple[str, int]:
        deed = request.form.get("deed", "")
        try:
            site.door.send(site.actor(), _command(app, ledger, deed), request.form.get("key") or None)
        except BuilderError as error:
            with site.reading(app) as ctx:
                asked = asked_of(ctx, site.words(), ledger)
                return site.page("ledgers/close.html", **_page(asked, _through(), error)), error.status
        return done(addresses.ledger_page(app, ledger, "close"), f"ledger_{deed}")


def _command(app: str, ledger: str, deed: str) -> ClosePeriod:
    if deed not in DEEDS:
        raise InvalidError(problems=[Problem("REQUIRED", "/deed", {"field": "deed"})])
    form = request.form
    accept = tuple(form.getlist("accept"))
    through = form.get("through", "").strip() or None
    return ClosePeriod(app, ledger, through, deed == "reopen", form.get("reason", ""), accept)


def _through() -> date | None:
    """The day asked for; a text that is none counts as none here, the command says what is wrong with it."""
    try:
        return date.fromisoformat(request.values.get("through", "").strip())
    except ValueError:
        return None


def _page(asked: Asked, through: date | None, error: BuilderError | None) -> dict[str, Any]:
    ctx, key = asked.ctx, asked.ledger.key
    closed = period.closed_through(ctx.conn, ctx.app.ledgers[key], ctx.ws)
    day = through or closing.suggested(ctx.pending.today)
    is_done = closed is not None and day <= closed
    found = () if is_done else closing.hurdles(ctx, key, day)
    return asked.values("close") | {
        "closed": day_text(closed),
        "through": day_text(day),
        "is_done": is_done,
        "may": _may(ctx, key),
        "hurdles": [_hurdle(asked, h) for h in found],
        "blocked": any(h.severity == "blocking" for h in found),
        "turns": [_turn(asked, t) for t in closing.turns(ctx, key)],
        "method_url": asked.address("method") if asked.costed is not None else "",
        "error": refused(asked.words, error),
        "said": _said(asked),
        "reason": request.form.get("reason", ""),
    }


def _said(asked: Asked) -> str:
    key = f"ledger.said.{request.args.get('said', '')}"
    return asked.words.say(key) if asked.words.knows(key) else ""


def _may(ctx: Context, ledger: str) -> bool:
    try:
        closing.require_closer(ctx, ledger)
    except ForbiddenError:
        return False
    return True


def _hurdle(asked: Asked, hurdle: Hurdle) -> Mapping[str, Any]:
    words, app = asked.words, asked.ctx.app.key
    url = addresses.built_in_page(app, "health") if hurdle.label is not None else ""
    if hurdle.where is not None:
        url = addresses.list_page(app, hurdle.entity, filter=json.dumps(hurdle.where))
    label = words.of(hurdle.label) if hurdle.label is not None else words.say(f"ledger.hurdle.{hurdle.code}")
    entity = asked.ctx.app.package.entity(hurdle.entity)
    return {
        "code": hurdle.code,
        "label": f"{label} {words.of(entity.label) if entity is not None else ''}".strip(),
        "count": hurdle.count,
        "url": url,
        "severity": words.say(f"ledger.severity.{hurdle.severity}"),
        "colour": COLOURS[hurdle.severity],
        "overridable": hurdle.severity == "overridable",
        "groups": _groups([_item(asked, hurdle, item) for item in hurdle.items], hurdle.count),
    }


def _groups(items: Sequence[Mapping[str, str]], count: int) -> list[dict[str, Any]]:
    """What is said in the same words of several is said once, of the first of them and how many more there are."""
    by_text: dict[str, list[Mapping[str, str]]] = {}
    for item in items:
        by_text.setdefault(item["text"], []).append(item)
    # Only so many are looked at; where all are said in the same words, so are the others.
    beyond = count - len(items) if len(by_text) == 1 and len(items) >= SHOWN else 0
    return [
        {"text": text, "items": same[:NAMED], "more": len(same) - len(same[:NAMED]) + beyond}
        for text, same in by_text.items()
    ]


def _item(asked: Asked, hurdle: Hurdle, item: Item) -> Mapping[str, str]:
    ref, url = item.ref, ""
    if ref is not None:
        url = addresses.record_page(asked.ctx.app.key, ref.entity, asked.ctx.engine.database.show(ref.id))
    text = (
        ""
        if hurdle.label is not None
        else asked.words.message(hurdle.code, {**item.params, "count": hurdle.count})
    )
    return {"title": item.title, "url": url, "text": text}


def _turn(asked: Asked, turn: Turn) -> Mapping[str, str]:
    words = asked.words
    if turn.reopened:
        what = words.say(
            "ledger.turn.reopened" if turn.through else "ledger.turn.opened", day=turn.through or ""
        )
    else:
        what = words.say("ledger.turn.closed", day=turn.through or "")
    days = turn.days_after(asked.ctx.engine.settings.timezone)
    accepted = "、".join(_named(asked, code) for code in turn.accepted)
    return {
        "who": asked.ctx.directory.name_of(turn.by),
        "what": what,
        "when": words.ago(turn.at),
        "reason": turn.reason,
        "accepted": words.say("ledger.turn.accepted", what=accepted) if accepted else "",
        "days": words.say("ledger.turn.days", days=days) if days is not None else "",
        "colour": "orange" if turn.reopened else "green",
    }


def _named(asked: Asked, code: str) -> str:
    """What was accepted, in words: a check of the package has words of its own."""
    check = next((h for h in asked.ctx.app.package.health if f"HEALTH:{h.key}" == code), None)
    return asked.words.of(check.label) if check is not None else asked.words.say(f"ledger.hurdle.{code}")
