"""What rules did by themselves, and what could not be delivered and waits for somebody to look at it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response as BaseResponse

from builder.errors import NotFoundError
from builder.metadata.rule import Rule
from builder.record import Record
from builder.rules.actions import ACTIONS
from builder.runtime.context import Context
from builder.runtime.pages import addresses
from builder.runtime.pages.admin.told import done, said
from builder.runtime.pages.site import Site
from builder.runtime.pages.words import Words
from builder.runtime.representation import title_of
from builder.storage import outbox, rule_runs
from builder.storage.outbox import ParkedRow
from builder.storage.rule_runs import RunRow, Wanted

log = logging.getLogger(__name__)

MOST = 50
LOOKS: Mapping[str, str] = {"done": "green", "queued": "blue", "refused": "red", "nothing": "gray"}
KINDS = frozenset({"rule", "notification", "email", "connector"})


def add_runs(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/runs``."""

    @pages.get("/a/<app>/runs")
    def runs(app: str) -> str:
        with site.reading(app) as ctx:
            ctx.kernel.require("settings")
            return _page(site, ctx)

    @pages.post("/a/<app>/runs/<id>/retry")
    def runs_retry(app: str, id: str) -> BaseResponse:
        ws, message = _wanted(site, app, id)
        engine = site.door.engine
        with engine.database.write(job=True) as conn:
            outbox.unpark(conn, ws, message, engine.clock.now())
        engine.wake.set()
        return done(addresses.built_in_page(app, "runs"), "sent_again")

    @pages.post("/a/<app>/runs/<id>/discard")
    def runs_discard(app: str, id: str) -> BaseResponse:
        ws, message = _wanted(site, app, id)
        engine = site.door.engine
        with engine.database.write(job=True) as conn:
            outbox.discard(conn, ws, message, engine.clock.now())
        log.info("message %s was discarded by user %s", message, site.actor().user_id)
        return done(addresses.built_in_page(app, "runs"), "discarded")


def _wanted(site: Site, app: str, id: str) -> tuple[int, int]:
    """Workspace and message of a parked message of the app, for who looks after the app."""
    site.actor()
    message = site.door.id(id)
    with site.reading(app) as ctx:
        ctx.kernel.require("settings")
        if all(row.message_id != message for row in _parked(ctx)):
            raise NotFoundError(parked=True)
        return ctx.ws, message


def _parked(ctx: Context) -> list[ParkedRow]:
    """What was given up of this app."""
    return [row for row in outbox.parked(ctx.conn, ctx.ws) if row.body.get("app") == ctx.app.key]


def _page(site: Site, ctx: Context) -> str:
    words = site.words()
    rules = {rule.uid: rule for rule in ctx.app.package.rules}
    wanted = next((r for r in rules.values() if r.key == request.args.get("rule")), None)
    found = rule_runs.find(
        ctx.conn, ctx.ws, Wanted(ctx.app.row.app_id, wanted.uid if wanted else ""), limit=MOST * 3
    )
    rows = [row for row in found if row.rule_uid in rules][:MOST]
    return site.page(
        "admin/runs.html",
        at=addresses.built_in_page(ctx.app.key, "runs"),
        rules=[(r.key, words.of(r.label)) for r in rules.values()],
        rule=wanted.key if wanted else "",
        runs=[_run(ctx, words, rules[row.rule_uid], row) for row in rows],
        parked=[_message(site, ctx, words, row) for row in _parked(ctx)],
        most=MOST,
        said=said(words),
    )


def _run(ctx: Context, words: Words, rule: Rule, row: RunRow) -> Mapping[str, Any]:
    entity = ctx.app.maps.entity_by_id(row.entity_id) or ""
    record = ctx.reader.get(entity, [row.record_id]).get(row.record_id) if entity and row.record_id else None
    labels = [_step(words, step) for step in row.steps]
    outcome = row.outcome if words.knows(f"admin.outcome.{row.outcome}") else "other"
    return {
        "rule": words.of(rule.label),
        "when": words.instant(row.at),
        "outcome": words.say(f"admin.outcome.{outcome}"),
        "colour": LOOKS.get(row.outcome, "gray"),
        "did": "、".join(dict.fromkeys(label for label in labels if label)),
        "problems": [
            words.message(p["code"], p["params"], p["message"])
            for s in row.steps
            for p in s.get("problems", ())
        ],
        **_about(ctx, words, record),
    }


def _step(words: Words, step: Mapping[str, Any]) -> str:
    kind = ACTIONS.find(str(step.get("kind", "")))
    return words.of(kind.label) if kind is not None else ""


def _about(ctx: Context, words: Words, record: Record | None) -> dict[str, str]:
    """The record that something is about, with its page for those who may see it."""
    entity = ctx.app.package.entity(record.entity) if record is not None else None
    if record is None or entity is None or entity.kind == "lines" or not ctx.kernel.may("read", entity.key):
        return {"title": "", "url": ""}
    id = ctx.engine.database.show(record.id)
    title = f"{words.of(entity.label)} {title_of(entity, record)}".strip()
    return {"title": title, "url": addresses.record_page(ctx.app.key, entity.key, id)}


def _message(site: Site, ctx: Context, words: Words, row: ParkedRow) -> Mapping[str, Any]:
    body = row.body
    rule = next((r for r in ctx.app.package.rules if r.key == body.get("rule")), None)
    entity, id = str(body.get("entity") or ""), int(body.get("id") or body.get("record_id") or 0)
    record = ctx.reader.get(entity, [id]).get(id) if entity and id else None
    title = words.of(rule.label) if rule is not None else words.of(body.get("title") or "")
    return {
        "id": site.show(row.message_id),
        "kind": words.say(f"admin.message.{row.kind if row.kind in KINDS else 'other'}"),
        "label": title,
        "when": words.instant(row.parked_at),
        "attempts": row.attempts,
        "error": " ".join(words.message(code.strip(), {}) for code in row.error.split(",") if code.strip()),
        **{f"record_{key}": value for key, value in _about(ctx, words, record).items()},
    }
