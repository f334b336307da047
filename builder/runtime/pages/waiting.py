"""Waiting: what there is to do on the pages where the actor's roles start, as numbers that open it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from builder.errors import BuilderError
from builder.metadata.report import Card
from builder.runtime.context import Context
from builder.runtime.dashboards import shown_card
from builder.runtime.listing import Wanted, list_records
from builder.runtime.pages import addresses
from builder.runtime.pages.starting import URGENT
from builder.runtime.pages.words import Words


@dataclass(frozen=True)
class Waiting:
    """So many of something wait; ``url`` shows them. ``tone`` is that of the page: ``warn`` or ``bad``."""

    label: str
    count: int
    url: str
    tone: str


def waiting_of(ctx: Context, words: Words) -> Iterator[Waiting]:
    """What is not zero: the counts that a role's dashboard marks as urgent, or what the list holds with which a role starts. Whoever has two
    roles has the work of both."""
    seen: set[str] = set()
    for home in dict.fromkeys(role.home for role, _ in ctx.kernel.grants):
        kind, _, key = home.partition("/")
        found = _on_dashboard(ctx, words, key) if kind == "dashboards" else _in_list(ctx, words, key)
        for one in found:
            if one.count and one.label not in seen:
                seen.add(one.label)
                yield one


def _on_dashboard(ctx: Context, words: Words, key: str) -> Iterator[Waiting]:
    dashboard = ctx.app.package.dashboard(key)
    if dashboard is None or not ctx.kernel.may_see("dashboards", key):
        return
    for card in dashboard.cards:
        shown = shown_card(ctx, card) if _asks(card) else None
        if shown is not None and shown.opens is not None and shown.value is not None:
            at = f"{key}/{card.uid}"
            url = addresses.list_page(ctx.app.key, shown.opens.entity, view=shown.opens.view, card=at)
            yield Waiting(words.of(card.label), int(shown.value), url, URGENT[card.tone])


def _asks(card: Card) -> bool:
    """Whether it counts records that somebody has to do something about."""
    figure = card.figure
    return card.tone in URGENT and figure is not None and figure.op == "count" and bool(figure.entity)


def _in_list(ctx: Context, words: Words, key: str) -> Iterator[Waiting]:
    view = ctx.app.package.view(key)
    # A list of everything is no list of what there is to do.
    if view is None or view.filter is None or not ctx.kernel.may("read", view.entity):
        return
    try:
        count = list_records(ctx, view.entity, Wanted(view.filter, limit=1, count="capped")).count
    except BuilderError:
        return
    url = addresses.list_page(ctx.app.key, view.entity, view=view.key)
    yield Waiting(words.of(view.label), count or 0, url, "warn")
