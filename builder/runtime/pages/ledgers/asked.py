"""Asked: what the address of a ledger's page asks for, and what all these pages draw alike: head, tabs, filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import request

from builder.errors import NotFoundError
from builder.metadata.ledger import Dimension, Ledger, Measure
from builder.runtime import closing
from builder.runtime.api.ledgers import day_of
from builder.runtime.context import Context
from builder.runtime.expanding import seen
from builder.runtime.ledger_reading import Named, ledger_of
from builder.runtime.pages import addresses
from builder.runtime.pages.words import Words
from builder.runtime.representation import title_of
from builder.runtime.rights import Filter

TABS = (("", "scale"), ("movements", "arrows-sort"), ("entries", "list-details"), ("trace", "sitemap"))
COST_TAB = ("cost", "calculator")
CLOSE_TAB = ("close", "lock")


@dataclass(frozen=True)
class Chosen:
    """A dimension record that the page is limited to, with its id as the outside knows it."""

    dimension: Dimension
    id: int
    shown: str
    title: str


@dataclass(frozen=True)
class Asked:
    """One ledger as one reader asks for it. ``dimensions`` may be grouped by and chosen from, ``measures`` may be seen."""

    ctx: Context
    words: Words
    ledger: Ledger
    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]
    chosen: tuple[Chosen, ...]

    @property
    def where(self) -> Filter | None:
        """The choice as a filter."""
        parts = [{"field": c.dimension.key, "op": "=", "value": c.id} for c in self.chosen]
        return {"and": parts} if parts else None

    def where_outside(self) -> dict[str, Any] | None:
        """The choice as a filter that the API takes."""
        parts = [{"field": c.dimension.key, "op": "=", "value": c.shown} for c in self.chosen]
        return {"and": parts} if parts else None

    @property
    def query(self) -> dict[str, str]:
        """The choice as an address carries it on."""
        return {f"d.{c.dimension.key}": c.shown for c in self.chosen}

    @property
    def costed(self) -> tuple[Measure, Measure] | None:
        """The quantity and value that are kept at cost, where the reader may see both."""
        costing = self.ledger.costing
        seen = {m.key: m for m in self.measures}
        if costing is None or costing.quantity not in seen or costing.value not in seen:
            return None
        return seen[costing.quantity], seen[costing.value]

    def by(self) -> tuple[str, ...]:
        """What to group by: as asked, else by the first grain."""
        known = {d.key for d in self.dimensions}
        wanted = tuple(dict.fromkeys(k for k in request.args.getlist("by") if k in known))
        if wanted:
            return wanted
        first = self.ledger.grains[0].dimensions if self.ledger.grains else ()
        return tuple(d.key for d in self.dimensions if d.key in first) or (self.dimensions[0].key,)

    def address(self, page: str = "", **query: Any) -> str:
        return addresses.ledger_page(self.ctx.app.key, self.ledger.key, page, **query)

    def narrowed(self, row: Mapping[str, Named | None]) -> dict[str, str]:
        """The query of one line: the choice and the line's own records."""
        show = self.ctx.engine.database.show
        own = {f"d.{k}": show(n.id) for k, n in row.items() if n is not None and n.entity}
        return self.query | own

    def values(self, here: str) -> dict[str, Any]:
        """What every ledger page draws: head, tabs and the fields of its filter."""
        words = self.words
        tabs = (*TABS, *([COST_TAB] if self.costed is not None else []), *self._closing_tab(here))
        return {
            "title": words.of(self.ledger.label),
            "help": words.of(self.ledger.help),
            "here": self.address(here),
            "tabs": [
                {
                    "label": words.say(f"ledger.tab.{tab or 'balances'}"),
                    "icon": icon,
                    "url": self.address(tab, **self.query),
                    "on": tab == here,
                }
                for tab, icon in tabs
            ],
            "filters": [self._field(d) for d in self.dimensions if d.entity],
            "dimensions": [(d.key, words.of(d.label)) for d in self.dimensions],
            "chosen": [c.title for c in self.chosen],
            "back": self.address(),
        }

    def _closing_tab(self, here: str) -> tuple[tuple[str, str], ...]:
        """Offered to whom closing is up to. Who came to its page otherwise (from a message of a colleague) sees where they are."""
        is_offered = here == CLOSE_TAB[0] or closing.may_close(self.ctx, self.ledger.key)
        return (CLOSE_TAB,) if is_offered else ()

    def _field(self, dimension: Dimension) -> Mapping[str, Any]:
        chosen = next((c for c in self.chosen if c.dimension is dimension), None)
        return {
            "key": dimension.key,
            "label": self.words.of(dimension.label),
            "src": addresses.pick(self.ctx.app.key, dimension.entity or ""),
            "value": chosen.shown if chosen else "",
            "text": chosen.title if chosen else "",
        }


def asked_of(ctx: Context, words: Words, key: str) -> Asked:
    """What is asked of the ledger; 404 where the reader may see nothing of it."""
    ledger = ctx.app.package.ledger(key)
    if ledger is None or not ctx.kernel.measures(key):
        raise NotFoundError(ledger=key)
    dimensions = tuple(d for d in ledger.dimensions if _is_open(ctx, d)) or ledger.dimensions[:1]
    chosen = tuple(c for d in dimensions if (c := _chosen(ctx, d)) is not None)
    asked = Asked(ctx, words, ledger, dimensions, (), chosen)
    _, _, seen = ledger_of(ctx, key, asked.where)
    return replace(asked, measures=tuple(m for m in ledger.measures if m.key in seen))


def _is_open(ctx: Context, dimension: Dimension) -> bool:
    """Whether a dimension has a page of its own that the reader may open, or is a scalar."""
    if dimension.entity is None:
        return True
    entity = ctx.app.package.entity(dimension.entity)
    return entity is not None and entity.kind != "lines" and ctx.kernel.may("read", entity.key)


def _chosen(ctx: Context, dimension: Dimension) -> Chosen | None:
    text = request.args.get(f"d.{dimension.key}", "")
    id = ctx.engine.database.read_id(text) if text and dimension.entity else None
    entity = ctx.app.package.entity(dimension.entity or "")
    if id is None or entity is None:
        return None
    record = seen(ctx, entity.key, {id}).get(id)
    return Chosen(dimension, id, text, title_of(entity, record)) if record is not None else None


def period(asked: Asked, since: date | None) -> tuple[date | None, date | None]:
    """The days from the address; the first is ``since`` where none is named."""
    return day_of("from") or since, day_of("to")


def day_text(day: date | None) -> str:
    return day.isoformat() if day else ""


def by_title(by: Sequence[str], row: Mapping[str, Named | None]) -> tuple[str, ...]:
    """What lines are sorted by."""
    return tuple(n.title if (n := row.get(k)) else "" for k in by)
