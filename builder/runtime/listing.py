"""Listing: many records for one actor: its filters, sort and fields checked against its rights, its scope added in SQL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from builder.errors import InvalidError, Problem
from builder.metadata.entity import Entity
from builder.metadata.filter import read_filter
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.outside_ids import with_ids
from builder.runtime.permissions import Filter
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
    """What a caller asks of a list. ``sort`` pairs a field path with descending."""

    where: Filter | None = None
    text: str = ""
    sort: tuple[tuple[str, bool], ...] = ()
    fields: tuple[str, ...] | None = None
    limit: int = 50
    cursor: str | None = None
    count: Literal["none", "capped", "exact"] = "capped"
    archived: bool = False


def list_records(ctx: Context, entity_key: str, wanted: Wanted) -> Listing:
    """The page. A field that the actor may not read does not exist: ``FIELD_UNKNOWN``, like a misspelt one."""
    entity = ctx.kernel.check("read", entity_key)
    problems = list(_problems(ctx, entity, wanted))
    if problems:
        raise InvalidError(problems=problems)
    searchable = tuple(
        f.key for f in ctx.kernel.readable_fields(entity) if f.searchable or f.key == entity.title
    )
    page = stored.page(
        ctx.conn,
        ctx.app.maps,
        ctx.app.package,
        ctx.ws,
        stored.Query(
            entity=entity.key,
            where=with_ids(ctx, entity.key, wanted.where) if wanted.where else None,
            scope=ctx.kernel.scope(entity.key),
            sort=wanted.sort,
            fields=wanted.fields,
            limit=min(max(wanted.limit, 1), MOST),
            cursor=wanted.cursor,
            q=wanted.text or None,
            search_fields=searchable,
            count=wanted.count,
            archived=wanted.archived,
        ),
        ctx.reader.filters,
    )
    return Listing(entity, veil(ctx, entity, page.items), page.next, page.count, page.capped)


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
