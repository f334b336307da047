"""Lists: many records as a view of the package shows them: columns, filters, sort, pages, totals, what may be done with many."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from builder.errors import MalformedError
from builder.metadata.entity import Entity, Field
from builder.metadata.form import Column, View
from builder.metadata.package import Package
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.listing import Listing, Wanted, list_records, read_sort
from builder.runtime.listing_live import live_in
from builder.runtime.pages import addresses
from builder.runtime.pages.cells import Cell, Cells, is_number
from builder.runtime.pages.list_filters import NOT_SORTED, is_asked_by
from builder.runtime.pages.list_totals import ListTotals
from builder.runtime.pages.making import offered
from builder.runtime.pages.paths import leaf, own_field
from builder.runtime.pages.titles import Titles
from builder.runtime.pages.words import Words
from builder.runtime.representation import title_of
from builder.runtime.rights import Filter

TRAIL = "~"
MOST_HITS = 50


@dataclass(frozen=True)
class Shown:
    """One column. ``part`` places the cell on a phone's card; ``sort`` is what a click on the header asks for."""

    path: str
    label: str
    entity: Entity
    field: Field
    number: bool
    part: str
    sort: str = ""
    direction: str = "none"


@dataclass(frozen=True)
class Row:
    id: str
    title: str
    url: str
    cells: tuple[tuple[Shown, Cell], ...]


@dataclass(frozen=True)
class Asked:
    """What the address asks for, as far as it was understood. ``base`` is a filter that comes from elsewhere (a number on a dashboard) and
    stands instead of the view's own, with its words. ``most`` is how many records are read at once, where a list's page is not what is shown."""

    view: View | None
    text: str = ""
    where: Filter | None = None
    sort: tuple[tuple[str, bool], ...] = ()
    cursor: str = ""
    trail: tuple[str, ...] = ()
    quick: Mapping[str, str] = field(default_factory=dict)
    base: Filter | None = None
    base_label: str = ""
    referred: Filter | None = None
    archived: bool = False
    most: int = 0

    def filter(self, entity: Entity) -> Filter | None:
        """Everything that limits the list, together."""
        own = self.base if self.base_label else (self.view.filter if self.view else None)
        parts = [
            p
            for p in (own, self.where, self.referred, *(_quick(entity, k, v) for k, v in self.quick.items()))
            if p
        ]
        return (parts[0] if len(parts) == 1 else {"and": parts}) if parts else None


def _quick(entity: Entity, key: str, value: str) -> Filter | None:
    field = own_field(entity, key)
    if field is None or not value:
        return None
    if field.type == "date":
        return {"field": key, "op": "within", "value": value}
    if field.type == "boolean":
        return {"field": key, "op": "=", "value": value == "true"}
    return {"field": key, "op": "=", "value": value}


def read_asked(ctx: Context, entity: Entity, args: Mapping[str, str]) -> Asked:
    """The address's query. A view of another entity, or one that is gone, falls back to the first."""
    views = ctx.app.package.views_of(entity.key)
    view = next((v for v in views if v.key == args.get("view")), default_view(ctx.app.package, entity.key))
    sort = read_sort(args.get("sort")) or tuple((s.field, s.descending) for s in (view.sort if view else ()))
    quick = {k.removeprefix("f."): v for k, v in args.items() if k.startswith("f.") and v}
    trail = tuple(part for part in args.get("trail", "").split(TRAIL) if part)
    return Asked(
        view, args.get("q", "").strip(), _json(args.get("filter")), sort, args.get("cursor", ""), trail, quick,
        archived=args.get("archived") == "1",
    )  # fmt: skip


def _json(text: str | None) -> Filter | None:
    if not text:
        return None
    try:
        found = json.loads(text, parse_float=Decimal)
    except ValueError:
        raise MalformedError("JSON_BROKEN", place=0) from None
    return found if isinstance(found, dict) else None


def card_part(column: Shown, index: int, amount: str | None) -> str:
    """Which part of a card the column is. A day without words is the document's own; any other says what it is."""
    if index == 0:
        return "title"
    if column.field.type == "state" or column.field.key == "status":
        return "state"
    if column.path == amount:
        return "amount"
    if column.path == "business_date":
        return "date"
    if column.field.type in {"reference", "text"}:
        return "subtitle"
    return ""


def headline(columns: Sequence[Shown], totals: Collection[str]) -> str | None:
    """The number that a card is about: the last money that the list adds up, else the last money, else the last number."""
    money = [c.path for c in columns if c.field.type == "money"]
    summed = [path for path in money if path in totals]
    numbers = [c.path for c in columns if c.number]
    return next((found[-1] for found in (summed, money, numbers) if found), None)


def default_view(package: Package, entity: str) -> View | None:
    """What a list shows first: the entity's first view in the app's menu, else the first there is."""
    views = package.views_of(entity)
    listed = [i.view for group in package.app.menu for i in (group.items or (group,)) if i.view]
    return min(views, key=lambda v: listed.index(v.key) if v.key in listed else len(listed), default=None)


@dataclass(frozen=True)
class Lists:
    """Makes the model of one list page."""

    ctx: Context
    words: Words
    entity: Entity

    def columns(self, asked: Asked) -> tuple[Shown, ...]:
        """The view's columns that the actor may read; without a view, the first fields."""
        wanted = asked.view.columns if asked.view else self._own_columns()
        found = [
            self._column(c, asked)
            for c in wanted
            if self.ctx.kernel.is_path_readable(self.entity.key, c.field)
        ]
        shown = [c for c in found if c is not None]
        return tuple(self._with_parts(shown, asked.view.totals if asked.view else ()))

    def _own_columns(self) -> tuple[Column, ...]:
        fields = [f for f in self.ctx.kernel.readable_fields(self.entity) if f.type not in NOT_SORTED][:8]
        return tuple(Column(f.uid, f.key) for f in fields)

    def _column(self, column: Column, asked: Asked) -> Shown | None:
        found = leaf(self.ctx.app.package, self.entity, column.field)
        if found is None:
            return None
        entity, field = found
        direction = next(
            ("descending" if d else "ascending" for f, d in asked.sort[:1] if f == column.field), "none"
        )
        sort = ""
        if is_asked_by(self.entity, field, column.field):
            sort = ("-" if direction == "ascending" else "") + column.field
        label = self.words.of(column.label or field.label)
        return Shown(column.field, label, entity, field, is_number(field), "", sort, direction)

    def _with_parts(self, columns: Sequence[Shown], totals: Collection[str] = ()) -> list[Shown]:
        """On a phone a row is a card: its title, one subtitle, the state, the amount, the date; the rest is small or left out."""
        taken: set[str] = set()
        made: list[Shown] = []
        amount = headline(columns, totals)
        for index, column in enumerate(columns):
            part = card_part(column, index, amount)
            if part in taken:
                part = ""
            taken.add(part)
            made.append(replace(column, part=part))
        return made

    def page(self, asked: Asked) -> tuple[Listing, Asked]:
        """The page, and what it answers: where no record says what was typed, those that refer to something that does."""
        found = self._page(asked)
        if asked.text and not found.records and not asked.cursor:
            wider = self._by_references(asked)
            if wider is not None:
                return self._page(wider), wider
        return found, asked

    def _page(self, asked: Asked) -> Listing:
        size = asked.most or (asked.view.page_size if asked.view else 50)
        where, cursor = asked.filter(self.entity), asked.cursor or None
        wanted = Wanted(where, asked.text, asked.sort, None, size, cursor, "capped", asked.archived)
        return list_records(self.ctx, self.entity.key, wanted)

    def _by_references(self, asked: Asked) -> Asked | None:
        """The same question with the text taken as the name of what a column refers to."""
        parts: list[Filter] = []
        for column in self.columns(asked):
            target = column.field.entity
            if column.field.type != "reference" or target is None or "." in column.path:
                continue
            if not self.ctx.kernel.may("read", target):
                continue
            hits = list_records(
                self.ctx, target, Wanted(text=asked.text, limit=MOST_HITS, count="none")
            ).records
            if hits:
                parts.append({"field": column.path, "op": "in", "value": [r.id for r in hits]})
        return replace(asked, text="", referred={"or": parts}) if parts else None

    def rows(self, records: Sequence[Record], columns: Sequence[Shown]) -> tuple[Row, ...]:
        titles = Titles(self.ctx)
        titles.prepare(self.entity, records)
        cells = Cells(self.ctx, self.words, titles)
        values = self.ctx.facts.values_many({c.path for c in columns}, records) if columns and records else []
        return tuple(
            self._row(cells, record, columns, seen) for record, seen in zip(records, values, strict=True)
        )

    def _row(self, cells: Cells, record: Record, columns: Sequence[Shown], values: Mapping[str, Any]) -> Row:
        id = self.ctx.engine.database.show(record.id)
        made = tuple((c, cells.cell(c.entity, c.field, values.get(c.path))) for c in columns)
        # A card on a phone must have something to press: what names the record, else what its list begins with, else what it is.
        title = title_of(self.entity, record) or next((cell.text for _, cell in made[:1]), "")
        title = title or self.words.of(self.entity.label, id)
        return Row(id, title, addresses.record_page(self.ctx.app.key, self.entity.key, id), made)

    def totals(self, asked: Asked, columns: Sequence[Shown]) -> Mapping[str, str]:
        """Sums over everything that the list holds, not only this page. A text search and an archive have none, nor what live figures
        filter: the database cannot sum it."""
        wanted = [
            c.field for c in columns if asked.view and c.path in asked.view.totals and "." not in c.path
        ]
        own = asked.filter(self.entity)
        if asked.text or asked.archived or not wanted or live_in(self.entity, own, ()):
            return {}
        parts = [p for p in (own, self.ctx.kernel.scope(self.entity.key)) if p]
        where = {"and": parts} if len(parts) > 1 else parts[0] if parts else None
        cells = Cells(self.ctx, self.words, Titles(self.ctx))
        return ListTotals(self.ctx, cells, self.entity, where).of(wanted)

    def actions(self) -> list[dict[str, Any]]:
        """Moves that may be made with many records at once, and documents that may be made of them."""
        workflow = self.ctx.app.package.workflow_of(self.entity.key)
        made = offered(self.ctx, self.words, self.entity)
        for t in workflow.transitions if workflow else ():
            if not t.bulk or t.automatic or not self.ctx.kernel.may_fire(self.entity.key, t.key):
                continue
            label = self.words.of(t.label)
            made.append({
                "key": t.key,
                "label": label,
                "url": addresses.bulk(self.ctx.app.key, self.entity.key, t.key),
                "danger": t.style == "danger",
                "confirm": self.words.say("page.bulk_confirm", label=label, n="{n}"),
            })  # fmt: skip
        if self._may_merge():
            url = addresses.built_in_page(self.ctx.app.key, f"{self.entity.key}/merge")
            made.append({"key": "merge", "label": self.words.say("page.merge"), "open": url, "least": 2})
        return made

    def _may_merge(self) -> bool:
        may = self.ctx.kernel.may
        key = self.entity.key
        return self.entity.kind in {"master", "tree"} and may("update", key) and may("delete", key)


def trails(asked: Asked, next: str | None, size: int) -> dict[str, Any]:
    """Cursor and trail of the pages before and after, and the number of the first row."""
    before: dict[str, str] | None = None
    if asked.cursor:
        kept = asked.trail[:-1]
        before = {
            "cursor": asked.trail[-1] if asked.trail and asked.trail[-1] != "0" else "",
            "trail": TRAIL.join(kept),
        }
    after = {"cursor": next, "trail": TRAIL.join((*asked.trail, asked.cursor or "0"))} if next else None
    return {"before": before, "after": after, "first": len(asked.trail) * size + 1}
