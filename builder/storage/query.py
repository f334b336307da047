"""Query: many records: pages of a list, what rules look for, figures. Filters come resolved through a ``FilterContext``.

Which index drives a filtered, sorted list is not guessed from statistics: a capped count says how many pass, and the page's count is
the same count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import Connection

from builder.metadata.package import Package
from builder.record import Record
from builder.storage import figures, groups, rows, search
from builder.storage.columns import PG
from builder.storage.groups import Group, Grouping
from builder.storage.lists import (
    Extra,
    Mode,
    counting,
    extra_of,
    probing,
    sort_paths,
)
from builder.storage.lowering import NO, TESTS, YES, Node
from builder.storage.pages import PageRows
from builder.storage.paging import Keys, read_cursor
from builder.storage.paths import Path, find_path
from builder.storage.questions import FilterContext, Question, question
from builder.storage.rendering import leaves
from builder.storage.shapes import EntityShape, shape_of
from builder.storage.slots import SlotMap
from builder.storage.sql.plans import plan_anew
from builder.storage.tokens import asked_of

CAP = 10_000
FEW = 2000
"""So many records are sorted faster than a sort's index is searched for them."""


@dataclass(frozen=True)
class Query:
    """A page of a list. ``scope`` limits what exists for the actor; ``fields`` (None: everything of the record) may hold paths, whose
    values join the record's under the path; ``archived`` asks for the archived records instead of the others."""

    entity: str
    where: Mapping[str, Any] | None = None
    scope: Mapping[str, Any] | None = None
    sort: Keys = ()
    fields: tuple[str, ...] | None = None
    limit: int = 50
    cursor: str | None = None
    q: str | None = None
    search_fields: tuple[str, ...] = ()
    count: Literal["none", "capped", "exact"] = "capped"
    archived: bool = False


@dataclass(frozen=True)
class Page:
    """Records without lines, the cursor of the next page, and how many there are (``capped``: more than ``count``)."""

    items: tuple[Record, ...]
    next: str | None = None
    count: int | None = None
    capped: bool = False


fetch = rows.get
"""Records by their ids, for whoever has no other question."""


def page(
    conn: Connection, maps: SlotMap, package: Package, ws: int, query: Query, filters: FilterContext
) -> Page:
    """One page of a list. ``InvalidError`` for a filter, sort or cursor that is none."""
    plan_anew(conn)
    shape = shape_of(maps, package, query.entity)
    keys = tuple(dict.fromkeys((path, bool(down)) for path, down in query.sort))
    paths = sort_paths(shape, keys)
    cursor = read_cursor(query.cursor, keys, paths) if query.cursor else None
    asked = _asked(conn, shape, ws, query, filters)
    count, capped = _count(conn, asked, query.count)
    mode = _mode(conn, asked, paths, count)
    extras = _extras(shape, query.fields)
    made = PageRows(conn, asked, keys, paths, extras, mode, ext=query.fields is None)
    found = made.rows(cursor, query.limit + 1)
    items = tuple(made.record(row) for row in found[: query.limit])
    more = made.cursor(found[query.limit - 1]) if len(found) > query.limit else None
    return Page(items, more, count, capped)


def find(
    conn: Connection,
    maps: SlotMap,
    package: Package,
    ws: int,
    entity: str,
    where: Mapping[str, Any] | None,
    filters: FilterContext,
    *,
    sort: Keys = (),
    limit: int = 1000,
    exclude: Sequence[int] = (),
) -> tuple[Record, ...]:
    """Records (without lines, archived ones left out) that pass the filter, the oldest first unless ``sort`` says otherwise."""
    shape = shape_of(maps, package, entity)
    asked = question(shape, ws, (where,), filters, exclude=exclude)
    mode: Mode = "plain" if asked.which.node == YES else "filter"
    made = PageRows(
        conn, asked, tuple(sort), sort_paths(shape, tuple(sort)), (), mode, ext=True, oldest_first=True
    )
    return tuple(made.record(row) for row in made.rows(None, limit))


def aggregate(
    conn: Connection,
    maps: SlotMap,
    package: Package,
    ws: int,
    entity: str,
    op: str,
    field: str,
    where: Mapping[str, Any] | None,
    filters: FilterContext,
) -> Decimal | None:
    """count, sum, min, max or avg over the records that pass; None where there is no value."""
    shape = shape_of(maps, package, entity)
    asked = question(shape, ws, (where,), filters)
    return figures.aggregate(conn, shape, asked.which, asked.bound, op, field)


def aggregate_each(
    conn: Connection,
    maps: SlotMap,
    package: Package,
    ws: int,
    entity: str,
    op: str,
    field: str,
    reference: str,
    ids: Sequence[int],
    where: Mapping[str, Any] | None,
    filters: FilterContext,
) -> Mapping[int, Decimal | None] | None:
    """``aggregate`` (not avg) over the records that refer to each of ``ids``, in one statement; None where a path leads to many values
    or to none that is stored."""
    asked = {"and": [{"field": reference, "op": "in", "value": list(ids)}, *([where] if where else ())]}
    of = "id" if op == "count" else field
    grouping = Grouping(((reference, None),), ((op, of), ("count", of)))
    found = grouped(conn, maps, package, ws, entity, grouping, asked, filters, limit=len(ids))
    if found is None:
        return None
    told: dict[int, Decimal | None] = dict.fromkeys(ids, Decimal(0) if op == "count" else None)
    told.update(
        {id: g.figures[0] if g.figures[1] else None for g in found if isinstance(id := g.keys[0], int)}
    )
    return told


def grouped(
    conn: Connection,
    maps: SlotMap,
    package: Package,
    ws: int,
    entity: str,
    grouping: Grouping,
    where: Mapping[str, Any] | None,
    filters: FilterContext,
    *,
    limit: int = 10_000,
) -> tuple[Group, ...] | None:
    """Figures by group over the records that pass; None where they cannot be worked out where the records lie. More than ``limit``
    groups are cut: ask for one more to know."""
    plan_anew(conn)
    shape = shape_of(maps, package, entity)
    asked = question(shape, ws, (where,), filters)
    return groups.grouped(conn, shape, asked.which, asked.bound, grouping, limit)


def _asked(conn: Connection, shape: EntityShape, ws: int, query: Query, filters: FilterContext) -> Question:
    asked = question(shape, ws, (query.where, query.scope), filters, archived=query.archived)
    if not query.q:
        return asked
    told = asked_of(ws, shape.entity_id, query.q)
    numbers = [p.field_no for p in shape.searchable if p.key in query.search_fields]
    asked.which = replace(asked.which, words=search.words(conn, told) if told and numbers else None)
    asked.bound.update(search.params(told), search_fields=numbers)
    return asked


def _count(conn: Connection, asked: Question, wanted: str) -> tuple[int | None, bool]:
    if wanted == "none":
        return None, False
    is_capped = wanted == "capped"
    statement = counting(asked.shape, asked.which, capped=is_capped)
    found: int = statement.all(conn, {**asked.bound, "cap": CAP + 1})[0][0]
    return (CAP, True) if is_capped and found > CAP else (found, False)


def _mode(conn: Connection, asked: Question, paths: tuple[Path, ...], count: int | None) -> Mode:
    """Probe, then choose. A filter that few records pass drives; where many do, the sort's index finds a page of them at once."""
    words = asked.which.words or ()
    if any(not word.common for word in words):
        return "plain" if conn.dialect.name == PG else "filter"
    leaf = _driver(asked.shape, asked.lowered.node)
    if leaf is None:
        return "plain"
    if paths and not (paths[0].end.is_indexed and not paths[0].hops):
        return "plain"
    if count is None:
        statement = probing(asked.shape, leaf[0], leaf[1])
        count = statement.all(conn, {**asked.bound, "cap": FEW + 1})[0][0]
    return "filter" if count <= FEW else "sort"


def _driver(shape: EntityShape, node: Node) -> tuple[Node, int] | None:
    """The test that an index answers and that most likely leaves few records, with the number of its value."""
    best: tuple[int, Node, int] | None = None
    for leaf, at in _numbered(node):
        path = find_path(shape, leaf[1])
        if path.hops or path.end.many or not path.end.is_indexed or leaf[2] not in {"eq", "in"}:
            continue
        rank = {"id": 0, "text": 1, "number": 2, "date": 2}.get(path.end.sort, 3) + (leaf[2] == "in")
        if best is None or rank < best[0]:
            best = rank, leaf, at
    return (best[1], best[2]) if best else None


def _numbered(node: Node) -> Iterable[tuple[Node, int]]:
    """The tests that all must hold, each with the number of its first value. What stands inside *or* and *not* is counted, not given."""
    outer = set(map(id, leaves(node)))
    at = 0
    for leaf in _all_leaves(node):
        if id(leaf) in outer:
            yield leaf, at
        at += TESTS[leaf[2]]


def _all_leaves(node: Node) -> Iterable[Node]:
    if node[0] == "is":
        yield node
    elif node not in (YES, NO):
        for part in node[1:]:
            yield from _all_leaves(part)


def _extras(shape: EntityShape, fields: tuple[str, ...] | None) -> tuple[Extra, ...]:
    found = (extra_of(shape, text) for text in fields or ())
    return tuple(extra for extra in found if extra is not None)


__all__ = [
    "FilterContext",
    "Group",
    "Grouping",
    "Page",
    "Query",
    "aggregate",
    "fetch",
    "find",
    "grouped",
    "page",
]
