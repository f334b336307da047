"""Listing: many records for one actor: its filters, sort and fields checked against its rights, its scope added in SQL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from builder.errors import InvalidError, Problem
from builder.metadata.entity import Entity
from builder.metadata.filter import read_filter
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.listing_live import MOST as LOOKED_AT
from builder.runtime.listing_live import live_in, narrowed, ordered, place_at, read_place
from builder.runtime.outside_ids import with_ids
from builder.runtime.rights import Filter
from builder.runtime.veiling import veil
from builder.storage import query as stored

MOST = 500


@dataclass(frozen=True)
class Listing:
    """One page. ``count`` is capped unless ``exact``: ``is_capped`` says that there are more than it says."""

    entity: Entity
    records: tuple[Record, ...]
    next: str | None
    count: int | None
    is_capped: bool


@dataclass(frozen=True)
class Wanted:
    """What a caller asks of a list. ``sort`` pairs a field path with descending. ``among`` names the only records that are meant: the
    engine found them, so there may be more than people list in a filter."""

    where: Filter | None = None
    text: str = ""
    sort: tuple[tuple[str, bool], ...] = ()
    fields: tuple[str, ...] | None = None
    limit: int = 50
    cursor: str | None = None
    count: Literal["none", "capped", "exact"] = "capped"
    archived: bool = False
    among: tuple[int, ...] | None = None


def list_records(ctx: Context, entity_key: str, wanted: Wanted) -> Listing:
    """The page. A field that the actor may not read does not exist: ``FIELD_UNKNOWN``, like a misspelt one."""
    entity = ctx.kernel.check("read", entity_key)
    problems = list(_problems(ctx, entity, wanted))
    if problems:
        raise InvalidError(problems=problems)
    live = live_in(entity, wanted.where, wanted.sort)
    if live:
        return _by_live(ctx, entity, wanted, live)
    page = _page(ctx, entity, wanted, min(max(wanted.limit, 1), MOST))
    return Listing(entity, veil(ctx, entity, page.items), page.next, page.count, page.capped)


def _page(ctx: Context, entity: Entity, wanted: Wanted, limit: int) -> stored.Page:
    """What the database finds of it, within the actor's scope."""
    searchable = tuple(
        f.key for f in ctx.kernel.readable_fields(entity) if f.searchable or f.key == entity.title
    )
    return stored.page(
        ctx.conn,
        ctx.app.maps,
        ctx.app.package,
        ctx.ws,
        stored.Query(
            entity=entity.key,
            where=_meant(ctx, entity, wanted),
            scope=ctx.kernel.scope(entity.key),
            sort=wanted.sort,
            fields=wanted.fields,
            limit=limit,
            cursor=wanted.cursor,
            q=wanted.text or None,
            search_fields=searchable,
            count=wanted.count,
            archived=wanted.archived,
        ),
        ctx.reader.filters,
    )


def _meant(ctx: Context, entity: Entity, wanted: Wanted) -> Filter | None:
    where = with_ids(ctx, entity.key, wanted.where) if wanted.where else None
    if wanted.among is None:
        return where
    named: Filter = {"field": "id", "op": "in", "value": list(wanted.among)}
    return {"and": [named, where]} if where else named


def _by_live(ctx: Context, entity: Entity, wanted: Wanted, live: frozenset[str]) -> Listing:
    """The page of a list that live figures filter or sort: all that the rest of the question leaves is looked at."""
    start = read_place(wanted.cursor)
    early, late = narrowed(wanted.where, live)
    all = replace(wanted, where=early, sort=(), fields=None, cursor=None, count="none")
    found = ordered(ctx, entity, _page(ctx, entity, all, LOOKED_AT + 1).items, live, late, wanted.sort)
    end = start + min(max(wanted.limit, 1), MOST)
    shown = found[start:end]
    if wanted.fields is not None and shown:
        # What is asked of each may stand elsewhere, and is read with it.
        where = {"field": "id", "op": "in", "value": [record.id for record in shown]}
        own = replace(all, where=where, text="", fields=wanted.fields)
        read = {record.id: record for record in _page(ctx, entity, own, len(shown)).items}
        shown = [read[record.id] for record in shown if record.id in read]
    after = place_at(end) if end < len(found) else None
    return Listing(entity, veil(ctx, entity, tuple(shown)), after, len(found), False)


def _problems(ctx: Context, entity: Entity, wanted: Wanted) -> Iterable[Problem]:
    if wanted.where is not None:
        yield from filter_problems(ctx, entity, wanted.where, "/filter")
    for index, (path, _) in enumerate(wanted.sort):
        if not ctx.kernel.is_path_readable(entity.key, path):
            yield Problem("FIELD_UNKNOWN", f"/sort/{index}", {"name": path, "nearest": ""})
    for index, path in enumerate(wanted.fields or ()):
        if not ctx.kernel.is_path_readable(entity.key, path):
            yield Problem("FIELD_UNKNOWN", f"/fields/{index}", {"name": path, "nearest": ""})


def filter_problems(ctx: Context, entity: Entity, where: Any, at: str) -> Iterable[Problem]:
    """What is wrong with a filter's shape, operators and fields, for this actor."""
    _, problems = read_filter(where, at)
    yield from problems or _unknown(ctx, entity, where, at)


def _unknown(ctx: Context, entity: Entity, where: Filter, at: str) -> Iterable[Problem]:
    for joint in ("and", "or"):
        for index, part in enumerate(where.get(joint, ())):
            yield from _unknown(ctx, entity, part, f"{at}/{joint}/{index}")
    if "not" in where:
        yield from _unknown(ctx, entity, where["not"], f"{at}/not")
    path = where.get("field")
    if path is not None and not ctx.kernel.is_path_readable(entity.key, path):
        yield Problem("FIELD_UNKNOWN", f"{at}/field", {"name": path, "nearest": ""})


def read_sort(text: str | None) -> tuple[tuple[str, bool], ...]:
    """``-business_date,number`` as pairs."""
    if not text:
        return ()
    return tuple((part.lstrip("-"), part.startswith("-")) for part in text.split(",") if part)
