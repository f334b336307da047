"""Pages of tickets: the lists of them, one with what happened to it, and those of a record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, request

from builder.errors import NotFoundError
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.handlers.tickets import load
from builder.runtime.opening import open_reading
from builder.runtime.pages import addresses
from builder.runtime.pages.site import Site
from builder.runtime.pages.words import Words
from builder.runtime.representation import title_of
from builder.runtime.tickets import TicketItem, item_of, listed, of_record
from builder.storage import apps as stored_apps
from builder.storage import tickets as stored
from builder.storage.tickets import StepRow, Which

LISTS: tuple[Which, ...] = ("mine", "roles", "overdue", "all")
COLOURS: Mapping[str, str] = {
    **dict.fromkeys(("closed", "gone"), "green"),
    **dict.fromkeys(("late", "escalated"), "red"),
    **dict.fromkeys(("handed_over", "reopened", "again"), "orange"),
}


def add_tickets(pages: Blueprint, site: Site) -> None:
    """``/tickets`` and ``/tickets/<id>``."""

    @pages.get("/tickets")
    def tickets() -> str:
        which = next((w for w in LISTS if w == request.args.get("list")), LISTS[0])
        state = "closed" if request.args.get("state") == "closed" else "open"
        text = request.args.get("q", "").strip()
        engine, words = site.door.engine, site.words()
        with engine.database.snapshot() as conn:
            items = listed(engine, conn, site.actor(), engine.clock.now(), which=which, state=state)
        shown = [_shown(site, words, item) for item in items]
        found = [
            t
            for t in shown
            if text.casefold() in " ".join((t["title"], t["about"], t["owner"], t["rule"])).casefold()
        ]
        return site.page(
            "work/tickets.html", tickets=found, which=which, state=state, lists=LISTS, q=text, all=len(shown)
        )

    @pages.get("/tickets/<id>")
    def ticket(id: str) -> str:
        engine, words, actor = site.door.engine, site.words(), site.actor()
        wanted = site.door.id(id)
        with engine.database.snapshot() as conn:
            app_id = stored.app_of(conn, actor.workspace, wanted)
            row = next((r for r in stored_apps.apps(conn, actor.workspace) if r.app_id == app_id), None)
            if row is None:
                raise NotFoundError(ticket=True)
            ctx = open_reading(engine, conn, actor, row.key, engine.clock.now())
            item = item_of(ctx, load(ctx, wanted))
            assert item is not None
            steps = [_step(ctx, words, step) for step in stored.steps(conn, actor.workspace, wanted)]
        return site.page("work/ticket.html", t=_shown(site, words, item), steps=steps)


def record_tickets(site: Site, ctx: Context, record: Record) -> list[Mapping[str, Any]]:
    """The tickets of a record as its page shows them, open ones first."""
    words = site.words()
    return [_shown(site, words, item) for item in of_record(ctx, record)]


def opening(ctx: Context, words: Words, record: Record, people: str) -> Mapping[str, Any]:
    """The button that opens a ticket on a record, with what it asks."""
    id = ctx.engine.database.show(record.id)
    kinds = [{"key": k, "label": words.say(f"work.kind.{k}")} for k in ("task", "exception")]
    asked = [
        {"key": "title", "type": "text", "label": words.say("work.title"), "required": True},
        {"key": "body", "type": "text", "label": words.say("work.body"), "required": False},
        {
            "key": "kind",
            "type": "choice",
            "label": words.say("work.kind"),
            "options": kinds,
            "required": True,
        },
        {
            "key": "owner",
            "type": "user",
            "label": words.say("work.owner"),
            "lookupUrl": people,
            "required": False,
        },
        {"key": "due_days", "type": "integer", "label": words.say("work.due_days"), "required": False},
    ]
    url = f"{addresses.api_record(ctx.app.key, record.entity, id)}/tickets"
    return {"url": url, "label": words.say("work.open_one"), "needs": asked}


def _shown(site: Site, words: Words, item: TicketItem) -> Mapping[str, Any]:
    one, id = item.ticket, site.show(item.ticket.id)
    now = site.door.engine.clock.now()
    is_open = one.state == "open"
    return {
        "id": id,
        "url": addresses.ticket_page(id),
        "title": words.of(one.title),
        "body": words.of(one.body),
        "kind": words.say(f"work.kind.{one.kind}"),
        "colour": "gray" if not is_open else "orange" if one.kind == "exception" else "blue",
        "open": is_open,
        "about": _about(words, item),
        "about_url": _record_url(site, item) or _balance_url(site, item),
        "owner": item.owner,
        "rule": words.of(item.rule.label) if item.rule else "",
        "when": words.ago(one.opened_at),
        "due": words.instant(one.due_at) if one.due_at else "",
        "late": is_open and _is_late(one.due_at, now),
        "level": max(one.level - 1, 0),
        "times": one.times,
        "reason": one.reason,
        "closed": words.ago(one.closed_at) if one.closed_at else "",
        "deeds": _deeds(words, item, id),
    }


def _is_late(due: datetime | None, now: datetime) -> bool:
    return due is not None and due < now


def _about(words: Words, item: TicketItem) -> str:
    if item.entity is None or item.record is None:
        return words.of(item.ledger.label) if item.ledger is not None else ""
    label = words.of(item.entity.label)
    return f"{label} {title_of(item.entity, item.record)}".strip()


def _record_url(site: Site, item: TicketItem) -> str:
    if item.entity is None or item.record is None:
        return ""
    return addresses.record_page(item.app, item.entity.key, site.show(item.record.id))


def _balance_url(site: Site, item: TicketItem) -> str:
    """The page that says why a balance is what it is, for a ticket about one."""
    if item.ledger is None:
        return ""
    ids = item.ticket.source.get("keys", {})
    query = {
        f"d.{d.key}": site.show(int(ids[d.key]))
        for d in item.ledger.dimensions
        if d.entity and ids.get(d.key)
    }
    return addresses.ledger_page(item.app, item.ledger.key, "why", **query)


def _deeds(words: Words, item: TicketItem, id: str) -> list[Mapping[str, Any]]:
    """What the actor may do about it: each button with what it asks."""
    base = f"{addresses.API}/tickets/{id}"
    say = {
        "url": f"{base}/comment",
        "label": words.say("work.comment"),
        "ask": True,
        "asked": words.say("work.comment_words"),
    }
    if not item.may_act:
        return [{"deed": say, "icon": "message", "look": ""}]
    if item.ticket.state != "open":
        again = {
            "url": f"{base}/reopen",
            "label": words.say("work.reopen"),
            "confirm": words.say("work.reopen_ask"),
        }
        return [{"deed": again, "icon": "refresh", "look": ""}]
    close = {
        "url": f"{base}/close",
        "label": words.say("work.close"),
        "ask": True,
        "asked": words.say("work.close_words"),
        "confirm": words.say("work.close_ask"),
    }
    people = addresses.lookup(item.app, item.people, "owner")
    hand = {"url": f"{base}/hand-over", "label": words.say("work.hand_over"), "person": people}
    return [
        {"deed": close, "icon": "check", "look": "approve"},
        {"deed": hand, "icon": "transfer", "look": ""},
        {"deed": say, "icon": "message", "look": ""},
    ]


def _step(ctx: Context, words: Words, step: StepRow) -> Mapping[str, str]:
    to = ctx.directory.name_of(step.to_user)
    what = words.say(f"work.step.{step.action}")
    return {
        "who": ctx.directory.name_of(step.user_id) or words.say("page.system"),
        "what": f"{what} → {to}" if to and step.action != "again" else what,
        "when": words.ago(step.at),
        "opinion": step.note,
        "colour": COLOURS.get(step.action, "blue"),
        "state": "done",
    }
