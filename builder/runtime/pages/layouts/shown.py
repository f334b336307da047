"""Shown: a list's layout with its switch, its days and what is said where nothing or too much is to be seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from builder.metadata.layout import Layout
from builder.runtime.context import Context
from builder.runtime.pages.layouts.board import board
from builder.runtime.pages.layouts.gantt import gantt
from builder.runtime.pages.layouts.laid import MOST, Laid
from builder.runtime.pages.layouts.month import month
from builder.runtime.pages.layouts.span import ZOOMS, Span, span_of
from builder.runtime.pages.lists import Asked, Lists, Shown
from builder.runtime.pages.words import Words
from builder.runtime.rights import Filter
from builder.web.formats import format_date

Address = Callable[..., str]
ICONS = {"list": "list", "gantt": "align-left", "calendar": "calendar", "board": "layout-kanban"}


def switch(
    words: Words, layouts: Sequence[Layout], now: Layout | None, address: Address
) -> list[Mapping[str, Any]]:
    """The ways in which the records may be seen; none where there is only the list."""
    if not layouts:
        return []
    said = [("list", "list", words.say("page.layout_list"), now is None)]
    said += [(one.key, one.kind, label(words, one), one is now) for one in layouts]
    return [
        {"label": text, "icon": ICONS[kind], "url": address(layout=key, day="", zoom=""), "current": current}
        for key, kind, text, current in said
    ]


def label(words: Words, layout: Layout) -> str:
    return words.of(layout.label) or words.say(f"page.layout_{layout.kind}")


def drawn(
    ctx: Context, lists: Lists, asked: Asked, layout: Layout, columns: Sequence[Shown], args: Mapping[str, str],
    address: Address,
) -> Mapping[str, Any]:  # fmt: skip
    """Everything that the template needs of a layout."""
    laid = Laid(ctx, lists, asked, layout)
    words, today = lists.words, ctx.environment.today()
    named = {"kind": layout.kind, "label": label(words, layout)}

    def narrowed(where: Filter) -> str:
        parts = [part for part in (asked.where, where) if part]
        every = parts[0] if len(parts) == 1 else {"and": parts}
        return address(layout="list", day="", zoom="", filter=json.dumps(every, default=str))

    if layout.kind == "board":
        return {**named, **board(laid, columns, narrowed)}
    span = span_of(layout.kind, args.get("zoom", ""), args.get("day", ""), today)
    if layout.kind == "gantt":
        made = gantt(laid, span, today)
    else:
        made = month(laid, span, today, lambda day: narrowed(laid.within(day, day)))
    undated = laid.undated()
    return {
        **named,
        **made,
        **_moves(words, layout, span, today, address),
        "cut": words.say("page.layout_cut", most=MOST, n=f"{made['found'].count:,}")
        if made["found"].is_cut
        else "",
        "nearest": _nearest(words, laid, span, address) if not made["rows"] else [],
        "undated": words.say("page.layout_undated", n=undated) if undated else "",
        "undated_url": narrowed({"field": layout.from_, "op": "is_empty"}),
    }


def _moves(words: Words, layout: Layout, span: Span, today: date, address: Address) -> Mapping[str, Any]:
    """The way to other days and other zooms."""
    meant = span.month or span.first
    kept = meant if not span.first <= today <= span.last else today
    return {
        "zoom": span.zoom,
        "title": f"{span.month.year}-{span.month.month:02d}"
        if span.month
        else f"{format_date(span.first)} – {format_date(span.last)}",
        "before": address(day=span.before.isoformat(), zoom=span.zoom),
        "after": address(day=span.after.isoformat(), zoom=span.zoom),
        "now": address(day="", zoom=span.zoom),
        "zooms": [
            (words.say(f"page.zoom_{zoom}"), address(zoom=zoom, day=kept.isoformat()), zoom == span.zoom)
            for zoom in ZOOMS[layout.kind]
        ],
    }


def _nearest(words: Words, laid: Laid, span: Span, address: Address) -> list[tuple[str, str]]:
    """Where there is something to be seen, if nothing is here."""
    before, after = laid.nearest(span)
    found = (("page.layout_before", before), ("page.layout_after", after))
    return [
        (words.say(key, day=format_date(day)), address(day=day.isoformat(), zoom=span.zoom))
        for key, day in found
        if day is not None
    ]
