"""The making page: the next documents of many records at once, from their list. Who ticks rows wants those made that can be; the others
are named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as Reply

from builder.commands import Convert
from builder.errors import BuilderError, NotFoundError
from builder.record import Record
from builder.runtime.api.body import answer, key_wanted, read_shape
from builder.runtime.api.shapes import BulkTransitionShape
from builder.runtime.context import Context
from builder.runtime.handlers.conversions import grouped
from builder.runtime.pages import addresses
from builder.runtime.pages.making import check_brought, check_open, is_unfinished
from builder.runtime.pages.site import Site
from builder.runtime.pages.words import Words


def add_making(pages: Blueprint, site: Site) -> None:
    """``POST /a/<app>/<entity>/bulk/make/<conversion>``, and ``/a/<app>/<entity>/<id>/made``, where one goes with what was made."""

    @pages.get("/a/<app>/<entity>/<id>/made")
    def made(app: str, entity: str, id: str) -> Reply:
        with site.reading(app) as ctx:
            model = ctx.kernel.check("read", entity)
            unfinished = is_unfinished(ctx, model, ctx.load(entity, site.door.id(id)))
        page = addresses.record_page(app, entity, id)
        return redirect(addresses.edit_page(app, entity, id, made=1) if unfinished else page, 303)

    @pages.post("/a/<app>/<entity>/bulk/make/<conversion>")
    def make(app: str, entity: str, conversion: str) -> Response:
        actor, words = site.actor(), site.words()
        asked = {site.door.id(text): text for text in read_shape(request, BulkTransitionShape())["ids"]}
        with site.reading(app) as ctx:
            refused = _refused(ctx, words, entity, conversion, list(asked))
        ids = tuple(id for id in asked if id not in refused)
        command = Convert(app, entity, ids, conversion, by="bulk")
        done = site.door.send(actor, command, key_wanted(request)) if ids else {}
        results = [
            {"id": text, "ok": id not in refused, "message": refused.get(id, "")}
            for id, text in asked.items()
        ]
        return answer({"results": results, "open": _where(app, done)})


def _where(app: str, done: Mapping[str, Any]) -> str:
    """The page of what was made: of the one document, or their list."""
    made = done.get("results", [done] if done else [])
    if not made:
        return ""
    entity = made[0]["entity"]
    return (
        addresses.made_page(app, entity, made[0]["id"])
        if len(made) == 1
        else addresses.list_page(app, entity)
    )


def _refused(ctx: Context, words: Words, entity: str, key: str, ids: Sequence[int]) -> dict[int, str]:
    """Of which records it cannot be made now, and why."""
    model = ctx.kernel.check("read", entity)
    conversion = next((c for c in model.conversions if c.key == key), None)
    if conversion is None:
        raise NotFoundError(conversion=key)
    found: dict[int, str] = {}
    possible: list[Record] = []
    for id in ids:
        try:
            record = ctx.load(entity, id)
            check_open(ctx, model, conversion, record)
            possible.append(record)
        except BuilderError as error:
            found[id] = words.refusal(error)
    for group in grouped(ctx, conversion, possible):
        try:
            check_brought(ctx, conversion, group[0])
        except BuilderError as error:
            found.update(dict.fromkeys((record.id for record in group), words.refusal(error)))
    return found
