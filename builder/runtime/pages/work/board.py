"""The board across departments: one page for all who take part in a flow of documents."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, request

from builder.errors import NotFoundError
from builder.metadata.entity import Entity
from builder.record import Record
from builder.runtime.boards import Column, board_of
from builder.runtime.context import Context
from builder.runtime.live import with_live
from builder.runtime.mirroring import families
from builder.runtime.pages import addresses
from builder.runtime.pages.cells import Cells
from builder.runtime.pages.site import Site
from builder.runtime.pages.titles import Titles
from builder.runtime.pages.words import Words, colour_of
from builder.runtime.pages.work.saying import lasted
from builder.runtime.representation import title_of


def add_board(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/board``."""

    @pages.get("/a/<app>/board")
    def board(app: str) -> str:
        with site.reading(app) as ctx:
            words = site.words()
            found = [
                f for f in families(ctx.app.package) if any(ctx.kernel.may("read", e.key) for e in f.entities)
            ]
            if not found:
                raise NotFoundError(page="board")
            chosen = next((f for f in found if f.key == request.args.get("family")), found[0])
            choices = [
                {"key": f.key, "label": " → ".join(words.of(e.label) for e in f.entities[:4])} for f in found
            ]
            columns = [_shown(site, ctx, words, column) for column in board_of(ctx, chosen)]
            return site.page(
                "work/board.html", columns=columns, families=choices, family=chosen.key,
                total=sum(c["count"] for c in columns), late=sum(c["late"] for c in columns),
            )  # fmt: skip


def _shown(site: Site, ctx: Context, words: Words, column: Column) -> Mapping[str, Any]:
    entity, app = column.entity, ctx.app.key
    where = {"field": "state", "op": "=", "value": column.state.key}
    told = _facts(ctx, words, entity, [c.record for c in column.cards])
    return {
        "entity": words.of(entity.label),
        "state": words.of(column.state.label),
        "colour": colour_of(column.state.color),
        "url": addresses.list_page(app, entity.key, filter=json.dumps(where)),
        "count": column.count,
        "late": column.late,
        "oldest": lasted(words, column.oldest),
        "owners": "、".join(
            f"{ctx.directory.name_of(u) or words.say('mirror.nobody')} {n}" for u, n in column.owners
        ),
        "cards": [
            {
                "title": title_of(entity, c.record, fallback=site.show(c.record.id)),
                "url": addresses.record_page(app, entity.key, site.show(c.record.id)),
                "owner": ctx.directory.name_of(c.record.owner_id),
                "age": lasted(words, c.age),
                "late": c.late,
                "facts": facts,
            }
            for c, facts in zip(column.cards, told, strict=True)
        ],
        "more": max(column.count - len(column.cards), 0),
    }


def _facts(
    ctx: Context, words: Words, entity: Entity, records: Sequence[Record]
) -> list[list[Mapping[str, str]]]:
    """What the entity wants its cards to tell of each record, as far as the reader may see it and there is something to tell."""
    asked = [f for key in entity.card if (f := entity.field(key)) is not None]
    seen = [f for f in asked if ctx.kernel.is_readable(entity.key, f.key)]
    if not seen:
        return [[] for _ in records]
    loaded = ctx.reader.get(entity.key, [r.id for r in records])
    titles = Titles(ctx)
    whole = with_live(ctx, [loaded[r.id] for r in records])
    titles.prepare(entity, whole)
    cells = Cells(ctx, words, titles)
    told = [
        [(words.of(f.label), cells.cell(entity, f, r.values.get(f.key)).text) for f in seen] for r in whole
    ]
    return [[{"label": label, "value": value} for label, value in one if value] for one in told]
