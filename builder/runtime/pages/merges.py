"""Merges that were made: what each moved, and the page that takes one back, looked at before it is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from builder.commands import UnmergeRecords
from builder.errors import BuilderError, NotFoundError
from builder.metadata.entity import Entity
from builder.record import Record, Ref
from builder.runtime import merging
from builder.runtime.context import Context
from builder.runtime.handlers.merging import merged_entity
from builder.runtime.merges_past import Past, one, recent
from builder.runtime.pages import addresses
from builder.runtime.pages.merging import move_shown, past_page, title_shown
from builder.runtime.pages.site import Site
from builder.runtime.representation import title_of
from builder.storage import merges

SHOWN = 50
"""Records and rows that are listed one by one; of more only the number is said."""


def add_merges(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/<entity>/merges`` and below it each merge."""

    @pages.get("/a/<app>/<entity>/merges")
    def merges_page(app: str, entity: str) -> str:
        with site.reading(app) as ctx:
            model = merged_entity(ctx, entity)
            found = [_shown(site, ctx, model, past) for past in recent(ctx, model)]
            return site.page(
                "merges.html",
                label=site.words().inside(site.words().of(model.label)),
                merges=found,
                back=addresses.list_page(app, entity),
            )

    @pages.get("/a/<app>/<entity>/merges/<merge>")
    def unmerge_page(app: str, entity: str, merge: str) -> str:
        return _drawn(site, app, entity, merge, None)

    @pages.post("/a/<app>/<entity>/merges/<merge>")
    def unmerge_send(app: str, entity: str, merge: str) -> BaseResponse | tuple[str, int]:
        command = UnmergeRecords(app, entity, site.door.id(merge))
        try:
            done = site.door.send(site.actor(), command, request.form.get("key") or None)
        except NotFoundError:
            raise
        except BuilderError as error:
            return _drawn(site, app, entity, merge, error), error.status
        return redirect(addresses.record_page(app, entity, done["results"][0]["id"]), 303)


def _drawn(site: Site, app: str, entity: str, merge: str, error: BuilderError | None) -> str:
    cmd, words = site.door.id(merge), site.words()
    with site.reading(app) as ctx:
        model = merged_entity(ctx, entity)
        past = one(ctx, model, cmd)
        if past is None:
            raise NotFoundError(entity=entity)
        shown = _shown(site, ctx, model, past)
        changed = _records(site, ctx, past.changed[:SHOWN])
    if error is None:
        try:
            site.door.dispatch(site.actor(), UnmergeRecords(app, entity, cmd), dry_run=True)
        except BuilderError as refused:
            error = refused
    refusals = [words.message(p.code, p.params, p.message) for p in error.problems] if error else []
    return site.page(
        "unmerge.html",
        label=words.inside(words.of(model.label)),
        merge=shown,
        changed=changed,
        refusals=list(dict.fromkeys(refusals)) or ([words.refusal(error)] if error else []),
        here=request.path,
        back=past_page(app, entity),
        key=site.door.engine.new_key(),
    )


def _shown(site: Site, ctx: Context, model: Entity, past: Past) -> dict[str, Any]:
    """The merge in words; what moved is told row by row where the rows are few."""
    pairs = [(_link(site, ctx, model, keep), _link(site, ctx, model, away)) for keep, away in past.pairs]
    return {
        "url": f"{past_page(ctx.app.key, model.key)}/{site.show(past.cmd)}",
        "who": ctx.directory.name_of(past.by) or site.words().say("page.system"),
        "when": site.words().ago(past.at),
        "pairs": pairs[:SHOWN],
        "more": max(0, len(pairs) - SHOWN),
        "moves": [move_shown(site, ctx, move) for move in past.moves[:SHOWN]],
        "rows": len(past.moves),
        "records": len(past.changed),
    }


def _link(site: Site, ctx: Context, model: Entity, record: Record) -> dict[str, str]:
    url = addresses.record_page(ctx.app.key, model.key, site.show(record.id))
    return {"title": title_shown(model, record), "url": url}


def _records(site: Site, ctx: Context, refs: Sequence[Ref]) -> list[dict[str, str]]:
    found = []
    for ref in refs:
        model = ctx.app.package.entity(ref.entity)
        record = ctx.reader.get(ref.entity, [ref.id]).get(ref.id)
        if model is None or record is None or not ctx.in_scope(record, "read"):
            continue
        title = title_of(model, record, fallback=site.words().of(model.label))
        url = addresses.record_page(ctx.app.key, model.key, site.show(record.id))
        found.append({"title": title, "label": site.words().of(model.label), "url": url})
    return found


def merged_with(site: Site, ctx: Context, model: Entity, record: Record) -> dict[str, Any]:
    """What a record's own page says of merges: the one that it was merged into, and those that it took over."""
    if model.kind not in {"master", "tree"}:
        return {"into": None, "came": [], "past": ""}
    conn, maps, link = ctx.conn, ctx.app.maps, merging.LINK
    into = merges.merged_into(conn, maps, ctx.ws, model.key, [record.id], link)
    came = merges.merged_from(conn, maps, ctx.ws, model.key, record.id, link)
    known = ctx.reader.get(model.key, [*into.values(), *came])
    seen = {id: _link(site, ctx, model, r) for id, r in known.items() if ctx.in_scope(r, "read")}
    may = ctx.kernel.may
    return {
        "into": seen.get(into.get(record.id, 0)),
        "came": [seen[id] for id in came if id in seen],
        "past": past_page(ctx.app.key, model.key)
        if may("update", model.key) and may("delete", model.key)
        else "",
    }
