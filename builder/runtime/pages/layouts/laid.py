"""Laid: the records of a list with the days, the words and the colour that they have in a layout, as far as the actor may read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property

from builder.metadata.entity import Entity, Field
from builder.metadata.form import View
from builder.metadata.layout import Layout
from builder.record import Record, Value
from builder.runtime.context import Context
from builder.runtime.pages import addresses
from builder.runtime.pages.cells import Cell, Cells
from builder.runtime.pages.layouts.span import Span
from builder.runtime.pages.lists import Asked, Lists
from builder.runtime.pages.paths import leaf
from builder.runtime.pages.titles import Titles
from builder.runtime.representation import title_of
from builder.runtime.rights import Filter
from builder.web.formats import format_date

MOST = 400
"""Records that are laid out at once. More say nothing to anybody, and the page says that there are more."""
PLAIN = "blue"


def offered(ctx: Context, entity: Entity, view: View | None) -> tuple[Layout, ...]:
    """The layouts of a view whose days and rows the actor may read; by what one may not see, nothing is laid out."""
    return tuple(
        one
        for one in (view.layouts if view else ())
        if all(ctx.kernel.is_path_readable(entity.key, p) for p in (one.from_, one.to, one.by) if p)
    )


def chosen(view: View | None, layouts: Sequence[Layout], asked: str) -> Layout | None:
    """The layout that the address names, else the one that the view opens with; None is the list."""
    found = next((one for one in layouts if one.key == asked), None)
    if found is None and asked != "list" and view is not None:
        found = next((one for one in layouts if one.kind == view.kind), None)
    return found


@dataclass(frozen=True, slots=True)
class Entry:
    """One record. ``name`` is its own title, ``title`` what is written on it, ``first`` and ``last`` are its days, ``time`` when it begins on the first, ``said`` everything about it in a line, ``group`` the
    value that it is laid out by; ``is_late``: it ends after the day on which it is due."""

    id: str
    name: str
    title: str
    url: str
    first: date
    last: date
    time: str
    colour: str
    progress: int | None
    said: str
    group: Value
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What lies within a span: at most ``MOST`` of ``count``."""

    entries: tuple[Entry, ...]
    count: int
    is_cut: bool


@dataclass(frozen=True)
class Laid:
    """Reads what a list asks for and makes entries of it."""

    ctx: Context
    lists: Lists
    asked: Asked
    layout: Layout

    @property
    def entity(self) -> Entity:
        return self.lists.entity

    @cached_property
    def cells(self) -> Cells:
        return Cells(self.ctx, self.lists.words, Titles(self.ctx))

    def found(self, span: Span) -> Found:
        """The records with a day within the span, the earliest first."""
        asked = self.asking(self.within(span.first, span.last), MOST)
        page, _ = self.lists.page(asked)
        entries = self._entries(page.records)
        count = page.count if page.count is not None else len(page.records)
        return Found(entries, count, page.next is not None)

    def nearest(self, span: Span) -> tuple[date | None, date | None]:
        """The last day before the span on which something begins, and the first one after it."""
        start = self.layout.from_
        before = {"field": start, "op": "<", "value": self._bound(start, span.first)}
        after = {"field": start, "op": ">=", "value": self._bound(start, span.last, past=True)}
        return self._one(before, True), self._one(after, False)

    def undated(self) -> int:
        """How many have no day to stand on, as far as they are counted."""
        where = {"field": self.layout.from_, "op": "is_empty"}
        page, _ = self.lists.page(replace(self.asking(where, 1), sort=()))
        return page.count or 0

    def asking(self, where: Filter, most: int, down: bool = False) -> Asked:
        """The list's own question, narrowed."""
        parts = [part for part in (self.asked.where, where) if part]
        sort = ((self.layout.from_, down),) if self.layout.from_ else self.asked.sort
        return replace(self.asked, where={"and": parts}, sort=sort, cursor="", trail=(), most=most)

    def _one(self, where: Filter, down: bool) -> date | None:
        page, _ = self.lists.page(self.asking(where, 1, down))
        entries = self._entries(page.records)
        return entries[0].first if entries else None

    def within(self, first: date, last: date) -> Filter:
        """What has a day from the first to the last."""
        start, end = self.layout.from_, self.layout.to
        parts: list[Filter] = [{"field": start, "op": "<", "value": self._bound(start, last, past=True)}]
        begins = {"field": start, "op": ">=", "value": self._bound(start, first)}
        if end:
            ends = {"field": end, "op": ">=", "value": self._bound(end, first)}
            no_end = {"and": [{"field": end, "op": "is_empty"}, begins]}
            parts.append({"or": [ends, no_end]})
        else:
            parts.append(begins)
        return {"and": parts}

    def _bound(self, path: str, day: date, *, past: bool = False) -> str:
        """Where a day begins, or (``past``) the next one, as the field has it: moments are those of the reader's clock."""
        at = day + timedelta(days=1) if past else day
        field = self._leaf(path)
        if field is not None and field[1].type == "date":
            return at.isoformat()
        return datetime.combine(at, time(), self.lists.words.zone).isoformat()

    def _leaf(self, path: str) -> tuple[Entity, Field] | None:
        return leaf(self.ctx.app.package, self.entity, path)

    @cached_property
    def _coloured(self) -> str:
        """What the colour is taken from: what the layout says, else the state."""
        has_states = self.ctx.app.package.workflow_of(self.entity.key) is not None
        return self._readable(self.layout.color_by) or ("state" if has_states else "")

    def _readable(self, path: str) -> str:
        return path if path and self.ctx.kernel.is_path_readable(self.entity.key, path) else ""

    def _entries(self, records: Sequence[Record]) -> tuple[Entry, ...]:
        own = (self.layout.from_, self.layout.to, self.layout.by, self._coloured)
        more = tuple(self._readable(p) for p in (self.layout.title, self.layout.progress, self.layout.due))
        paths = {path for path in (*own, *more) if path}
        self.cells.titles.prepare(self.entity, records)
        values = self.ctx.facts.values_many(paths, records) if records else []
        made = (self._entry(record, seen) for record, seen in zip(records, values, strict=True))
        return tuple(entry for entry in made if entry is not None)

    def _entry(self, record: Record, values: Mapping[str, Value]) -> Entry | None:
        first = self._day(values.get(self.layout.from_))
        if first is None:
            return None
        last = max(self._day(values.get(self.layout.to)) or first, first)
        id = self.ctx.engine.database.show(record.id)
        colour = self._cell(self._coloured, values)
        progress = _share(values.get(self._readable(self.layout.progress)))
        name = title_of(self.entity, record) or self.lists.words.of(self.entity.label, id)
        title = self._cell(self._readable(self.layout.title), values).text or name
        time = self._time(values.get(self.layout.from_))
        url = addresses.record_page(self.ctx.app.key, self.entity.key, id)
        days = format_date(first) if first == last else f"{format_date(first)} – {format_date(last)}"
        share = "" if progress is None else self.lists.words.say("page.layout_done", n=progress)
        due = self._day(values.get(self._readable(self.layout.due)))
        late = self.lists.words.say("page.layout_late", day=format_date(due)) if due and last > due else ""
        parts = (title, name if name != title else "", f"{days} {time}".strip(), late, colour.text, share)
        said = self.lists.words.listed(part for part in parts if part)
        shown = colour.colour or PLAIN
        group = values.get(self.layout.by)
        return Entry(id, name, title, url, first, last, time, shown, progress, said, group, bool(late))

    def _cell(self, path: str, values: Mapping[str, Value]) -> Cell:
        found = self._leaf(path) if path else None
        return self.cells.cell(*found, values.get(path)) if found else Cell()

    @property
    def heading(self) -> str:
        """What stands above the rows: what they are laid out by, else what the records are."""
        found = self._leaf(self.layout.by) if self.layout.by else None
        return self.lists.words.of(found[1].label if found else self.entity.label)

    def group(self, value: Value) -> Cell:
        """What a row or a column is called."""
        found = self._leaf(self.layout.by)
        return self.cells.cell(*found, value) if found else Cell()

    def order(self, value: Value) -> int:
        """The place of a group among what is known beforehand: options and states have an order of their own."""
        found = self._leaf(self.layout.by)
        known = [key for key, _ in self.values_of(found[1])] if found else []
        return known.index(str(value)) if str(value) in known else len(known)

    def values_of(self, field: Field) -> list[tuple[str, Cell]]:
        """The values that are known beforehand, in their order: options, or states."""
        if field.type == "state":
            workflow = self.ctx.app.package.workflow_of(self.entity.key)
            return [
                (s.key, self.cells.state(self.entity, s.key)) for s in (workflow.states if workflow else ())
            ]
        options = (o for o in field.options if not o.archived)
        return [(o.key, self.cells.cell(self.entity, field, o.key)) for o in options]

    def _day(self, value: Value) -> date | None:
        if isinstance(value, datetime):
            return value.astimezone(self.lists.words.zone).date()
        return value if isinstance(value, date) else None

    def _time(self, value: Value) -> str:
        if not isinstance(value, datetime):
            return ""
        return value.astimezone(self.lists.words.zone).strftime("%H:%M")


def _share(value: Value) -> int | None:
    """Whole per cent, from nothing to all."""
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        return None
    return min(max(int(value), 0), 100)
