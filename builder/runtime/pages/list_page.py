"""The list page: what the address asks for, put together for ``list.html``."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import request

from builder.errors import NotFoundError
from builder.metadata.entity import Entity
from builder.runtime.context import Context
from builder.runtime.dashboards import dashboard_of, shown_card
from builder.runtime.pages import addresses
from builder.runtime.pages.begun_with import new_in
from builder.runtime.pages.emptiness import emptiness
from builder.runtime.pages.layouts.laid import chosen, offered
from builder.runtime.pages.layouts.shown import drawn, switch
from builder.runtime.pages.list_filters import ListFilters
from builder.runtime.pages.lists import Asked, Lists, read_asked, trails
from builder.runtime.pages.merging import past_page
from builder.runtime.pages.site import Site
from builder.runtime.pages.starting import is_there


def list_page(site: Site, ctx: Context, entity: str) -> str:
    """The list as the address asks for it."""
    model = ctx.kernel.check("read", entity)
    words = site.words()
    lists = Lists(ctx, words, model)
    filters = ListFilters(ctx, words, model)
    asked = _with_card(ctx, site, read_asked(ctx, model, request.args))
    columns = lists.columns(asked)
    layouts = offered(ctx, model, asked.view)
    layout = chosen(asked.view, layouts, request.args.get("layout", ""))
    laid = drawn(ctx, lists, asked, layout, columns, request.args, _address) if layout else None
    page, answered = lists.page(replace(asked, most=1) if laid else asked)
    rows = lists.rows(page.records, columns)
    size = asked.view.page_size if asked.view else 50
    views = [v for v in ctx.app.package.views_of(model.key) if is_there(ctx.kernel, v)]
    return site.page(
        "list.html",
        app=ctx.app.key,
        entity=model,
        label=words.of(model.label_plural or model.label),
        title=asked.base_label
        or (words.of(asked.view.label) if asked.view else words.of(model.label_plural or model.label)),
        asked=asked,
        views=[
            (words.of(v.label), addresses.list_page(ctx.app.key, model.key, view=v.key), v is asked.view)
            for v in views
        ],
        columns=columns,
        layouts=switch(words, layouts, layout, _address),
        laid=laid,
        span_args={k: request.args.get(k, "") for k in ("day", "zoom")},
        rows=rows,
        nothing=None if rows or laid else emptiness(lists, asked),
        totals=lists.totals(answered, columns),
        pages=_pages(asked, page.next, size, len(rows)),
        count=page.count,
        is_capped=page.is_capped,
        actions=(actions := [] if laid else lists.actions()),
        merges_url=past_page(ctx.app.key, model.key) if any(a["key"] == "merge" for a in actions) else "",
        filter_fields=filters.fields(),
        quick=filters.quick(asked.view, asked.quick),
        new_url=new_in(ctx, model, asked.view) if _is_entered(ctx, model) else "",
        here=request.path,
        help_url=f"{request.path}/help?{urlencode({'view': asked.view.key if asked.view else ''})}",
        files=_files(ctx, model, answered) if page.records else [],
        import_url=f"{addresses.built_in_page(ctx.app.key, 'import')}?entity={model.key}"
        if ctx.kernel.may("import", model.key)
        else "",
        address=_address,
        kept=[(k, v) for k in ("view", "card", "sort", "layout") if (v := request.args.get(k, ""))],
        column_choice=[]
        if laid
        else [{"key": c.path, "label": c.label, "fixed": i == 0} for i, c in enumerate(columns)],
        today=ctx.pending.today.isoformat(),
    )


def _is_entered(ctx: Context, model: Entity) -> bool:
    """Whether the actor may make such records and there is anything to enter: what only rules and computations fill in has an empty form."""
    if not ctx.kernel.may("create", model.key):
        return False
    asked = (f for f in model.fields if not (f.read_only or f.is_computed or f.archived))
    return any(ctx.kernel.is_writable(model.key, f.key, deed="create") for f in asked)


def _files(ctx: Context, model: Entity, asked: Asked) -> list[tuple[str, str]]:
    """Where the whole list can be had as a file."""
    if not ctx.kernel.may("export", model.key):
        return []
    where = asked.filter(model)
    sort = ",".join(f"-{path}" if down else path for path, down in asked.sort)
    query = {"filter": json.dumps(where, default=str) if where else "", "q": asked.text, "sort": sort}
    made = (("Excel", "xlsx"), ("CSV", "csv"))
    return [
        (name, addresses.export_file(ctx.app.key, model.key, **query, format=kind)) for name, kind in made
    ]


def _with_card(ctx: Context, site: Site, asked: Asked) -> Asked:
    """``card=boss.wait``: the records that this number of a dashboard counts, and no others."""
    key, _, uid = request.args.get("card", "").partition("/")
    if not uid:
        return asked
    dashboard = dashboard_of(ctx, key)
    card = next((c for c in dashboard.cards if c.uid == uid), None)
    shown = shown_card(ctx, card) if card is not None else None
    if shown is None or shown.opens is None:
        raise NotFoundError(card=uid)
    return replace(asked, base=shown.opens.filter, base_label=site.words().of(shown.card.label))


def _address(**changes: str) -> str:
    """This list with some of its query changed; another question starts at the first page."""
    kept = {k: v for k, v in request.args.items() if k not in {"cursor", "trail"}}
    return addresses.list_page(*request.path.split("/")[2:4], **{**kept, **changes})


def _pages(asked: Asked, next: str | None, size: int, shown: int) -> dict[str, Any]:
    found = trails(asked, next, size)
    return {
        "previous": _address(**found["before"]) if found["before"] is not None else "",
        "next": _address(**found["after"]) if found["after"] is not None else "",
        "first": found["first"] if shown else 0,
        "last": found["first"] + shown - 1 if shown else 0,
    }
