"""The merge page: which record stays, which values it takes, what goes over; nothing happens before it is confirmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from builder.commands import MergeRecords
from builder.errors import BuilderError, NotFoundError
from builder.metadata.entity import Entity
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.handlers.merging import merged_entity
from builder.runtime.pages import addresses
from builder.runtime.pages.amounts import amount
from builder.runtime.pages.cells import Cells
from builder.runtime.pages.site import Site
from builder.runtime.pages.titles import Titles
from builder.runtime.permissions import Kernel
from builder.runtime.representation import title_of

PAGE = "/a/<app>/<entity>/merge"


def may_merge(kernel: Kernel, entity: Entity) -> bool:
    """Whether the actor may make one of two records of the entity."""
    may = kernel.may
    return entity.kind in {"master", "tree"} and may("update", entity.key) and may("delete", entity.key)


def merge_page(app: str, entity: str, ids: Sequence[str]) -> str:
    """Where those records are looked at side by side."""
    return f"{addresses.built_in_page(app, f'{entity}/merge')}?ids={','.join(ids)}"


def past_page(app: str, entity: str) -> str:
    """Where the merges of an entity are listed."""
    return addresses.built_in_page(app, f"{entity}/merges")


def add_merging(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/<entity>/merge?ids=…&keep=…``."""

    @pages.get(PAGE)
    def merge_page(app: str, entity: str) -> str:
        return _drawn(site, app, entity, None)

    @pages.post(PAGE)
    def merge_send(app: str, entity: str) -> BaseResponse | tuple[str, int]:
        command = _command(site, app, entity)
        try:
            site.door.send(site.actor(), command, request.form.get("key") or None)
        except BuilderError as error:
            return _drawn(site, app, entity, error), error.status
        return redirect(addresses.record_page(app, entity, site.show(command.pairs[0][0])), 303)


def _ids(site: Site) -> tuple[int, list[int]]:
    """The record that stays, the first unless another was chosen; and those that go."""
    ids = list(dict.fromkeys(site.door.id(text) for text in request.values.get("ids", "").split(",") if text))
    if len(ids) < 2:
        raise NotFoundError
    keep = site.door.id(request.values["keep"]) if request.values.get("keep") else ids[0]
    if keep not in ids:
        raise NotFoundError
    return keep, [id for id in ids if id != keep]


def _command(site: Site, app: str, entity: str) -> MergeRecords:
    keep, away = _ids(site)
    take: dict[int, tuple[str, ...]] = {}
    for text in request.values.getlist("take"):
        id, _, field = text.partition(":")
        known = site.door.id(id)
        take[known] = (*take.get(known, ()), field)
    return MergeRecords(app, entity, tuple((keep, id) for id in away), take)


def _drawn(site: Site, app: str, entity: str, error: BuilderError | None) -> str:
    command = _command(site, app, entity)
    told: Mapping[str, Any] = {}
    with site.reading(app) as ctx:
        model = merged_entity(ctx, entity)
    if error is None:
        try:
            told = site.door.dispatch(site.actor(), command, dry_run=True)
        except BuilderError as refused:
            error = refused
    words = site.words()
    with site.reading(app) as ctx:
        keep, away = _ids(site)
        records = {id: ctx.load(entity, id) for id in (keep, *away)}
        return site.page(
            "merge.html",
            label=words.inside(words.of(model.label)),
            ids=request.values.get("ids", ""),
            keep=site.show(keep),
            choices=[(site.show(id), title_shown(model, r)) for id, r in records.items()],
            pairs=_pairs(site, ctx, model, told.get("pairs", ()), records),
            documents=[r for r in told.get("_effects", {}).get("records", ()) if r["entity"] != entity],
            refusals=[words.message(p.code, p.params, p.message) for p in error.problems]
            or [words.refusal(error)]
            if error is not None
            else [],
            here=request.path,
            back=addresses.list_page(app, entity),
            past=past_page(app, entity),
            key=site.door.engine.new_key(),
            url=addresses.record_page,
            app=app,
        )


def title_shown(model: Entity, record: Record) -> str:
    """What names the record, with its code: duplicates are often called the same."""
    code = record.values.get("code")
    title = title_of(model, record)
    return f"{title} · {code}" if isinstance(code, str) and code and code != title else title


def _pairs(
    site: Site, ctx: Context, model: Entity, told: Sequence[Mapping[str, Any]], records: Mapping[int, Record]
) -> list[dict[str, Any]]:
    titles = Titles(ctx)
    cells = Cells(ctx, site.words(), titles)
    found = []
    for pair in told:
        keep, away = (records[site.door.id(pair[side]["id"])] for side in ("keep", "away"))
        rows = []
        for one in pair["fields"]:
            field = model.field(one["field"])
            if field is None:
                continue
            rows.append(
                {
                    "label": site.words().of(field.label),
                    "keep": cells.cell(model, field, keep.values.get(field.key)).text,
                    "away": cells.cell(model, field, away.values.get(field.key)).text,
                    "take": f"{pair['away']['id']}:{field.key}",
                    "may": ctx.kernel.is_writable(model.key, field.key),
                }
            )
        lines = [_line(site, model, titles, line) for line in pair["lines"]]
        moves = [move_shown(site, ctx, move) for move in pair["moves"]]
        found.append({"away": title_shown(model, away), "fields": rows, "lines": lines, "moves": moves})
    return found


def _line(site: Site, model: Entity, titles: Titles, line: Mapping[str, Any]) -> dict[str, Any]:
    field = model.field(line["field"])
    assert field is not None
    title = titles.of(field.entity or "", site.door.id(line["id"]))
    return {"of": site.words().of(field.label), "title": title, "new": line["new"]}


def move_shown(site: Site, ctx: Context, move: Mapping[str, Any]) -> dict[str, str]:
    """What went over in one row of a ledger, in words."""
    ledger, titles = ctx.app.package.ledger(move["ledger"]), Titles(ctx)
    assert ledger is not None
    words = site.words()
    places = [
        titles.of(d.entity, site.door.id(text)) if d.entity else str(text)
        for d in ledger.dimensions
        if (text := move["dimensions"].get(d.key))
    ]
    amounts = [
        f"{words.of(m.label)} {amount(m, Decimal(move['measures'][m.key])).text}"
        for m in ledger.measures
        if m.key in move["measures"]
    ]
    return {
        "ledger": words.of(ledger.label),
        "of": " · ".join(p for p in places if p),
        "amounts": words.say("ui.comma").join(amounts),
    }
