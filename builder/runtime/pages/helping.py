"""Helping: what a list is for, what its columns and states mean, what one may do there, and what waits to be done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, request

from builder.metadata.entity import Entity
from builder.metadata.form import View
from builder.runtime.context import Context
from builder.runtime.pages import addresses
from builder.runtime.pages.lists import read_asked
from builder.runtime.pages.site import Site
from builder.runtime.pages.words import Words
from builder.runtime.waiting import hours_allowed

MOST = 12


def add_helping(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/<entity>/help``: a piece of the list page, read when somebody opens it."""

    @pages.get("/a/<app>/<entity>/help")
    def list_help(app: str, entity: str) -> str:
        with site.reading(app) as ctx:
            model = ctx.kernel.check("read", entity)
            view = read_asked(ctx, model, request.args).view
            return site.page("list_help.html", **help_of(ctx, site.words(), model, view))


def help_of(ctx: Context, words: Words, entity: Entity, view: View | None) -> dict[str, Any]:
    """What the piece shows."""
    texts = [words.of(text) for text in (view.help if view else None, entity.help) if text]
    return {
        "texts": list(dict.fromkeys(text for text in texts if text)),
        "hints": list(_hints(ctx, words, entity)),
        "columns": list(_columns(ctx, words, entity, view))[:MOST],
        "moves": list(_moves(ctx, words, entity)),
        "deeds": list(_deeds(ctx, words, entity)),
    }


def _hints(ctx: Context, words: Words, entity: Entity) -> Iterable[Mapping[str, str]]:
    """What of the reader's own records still waits: drafts, and what has stood at its first step."""
    workflow = ctx.app.package.workflow_of(entity.key)
    if workflow is None:
        return
    over = {s.key for s in workflow.states if s.approved or s.void}
    for state in workflow.states:
        if state.key in over:
            continue
        parts: list[Mapping[str, Any]] = [{"field": "state", "op": "=", "value": state.key}]
        scope = ctx.kernel.scope(entity.key)
        where = {"and": [*parts, scope]} if scope is not None else parts[0]
        count = int(ctx.reader.aggregate(entity.key, "count", "id", where) or 0)
        if count:
            url = addresses.list_page(ctx.app.key, entity.key, **{"f.state": state.key})
            yield {"text": words.say("help.waiting", n=count, state=words.of(state.label)), "url": url}


def _columns(ctx: Context, words: Words, entity: Entity, view: View | None) -> Iterable[Mapping[str, str]]:
    """The columns of which something is written."""
    keys = [c.field for c in view.columns] if view else [f.key for f in entity.fields]
    for key in keys:
        field = entity.field(key)
        if field is not None and field.help and ctx.kernel.is_readable(entity.key, key):
            yield {"label": words.of(field.label), "text": words.of(field.help)}


def _moves(ctx: Context, words: Words, entity: Entity) -> Iterable[str]:
    """How records go on, as far as the reader moves them."""
    workflow = ctx.app.package.workflow_of(entity.key)
    labels = {s.key: words.of(s.label) for s in workflow.states} if workflow else {}

    def state_of(key: str) -> str:
        return labels.get(key, "")

    for t in workflow.transitions if workflow else ():
        if not t.automatic and ctx.kernel.may_fire(entity.key, t.key):
            named = words.listed(state_of(key) for key in t.from_)
            yield words.say("help.move", move=words.of(t.label), **{"from": named, "to": state_of(t.to)})


def _deeds(ctx: Context, words: Words, entity: Entity) -> Iterable[str]:
    """What one does on the page itself."""
    may = ctx.kernel.may
    if may("create", entity.key):
        yield words.say("help.new")
    yield words.say("help.find")
    if may("export", entity.key):
        yield words.say("help.export")
    if may("import", entity.key):
        yield words.say("help.import")
    if ctx.app.package.workflow_of(entity.key) is not None:
        yield words.say("help.late", n=hours_allowed(ctx))
