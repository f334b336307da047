"""Lists: the statements of pages, counts and figures, built once per entity and shape of the question."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import orjson
from sqlalchemy import ColumnElement, bindparam, false, func, literal_column, not_, select
from sqlalchemy.sql.expression import Select

from builder.errors import InvalidError, Problem
from builder.record import Value
from builder.storage import search
from builder.storage.columns import INT
from builder.storage.lowering import Node
from builder.storage.paging import Keys, Order
from builder.storage.paths import Path, find_path
from builder.storage.prepared import Prepared
from builder.storage.rendering import Numbered, Source
from builder.storage.rows import columns_of, is_of
from builder.storage.search import Word
from builder.storage.shapes import EntityShape
from builder.storage.sql.arrays import Plain, ids_in

ONE: ColumnElement[int] = literal_column("1", INT).label("one")

Mode: TypeAlias = Literal["plain", "filter", "sort"]
"""Which index drives: the planner chooses, the filter's, the sort's."""
Phase: TypeAlias = Literal["all", "values", "empty"]
"""Which records: all, those with a value of the first sort field, those without."""


@dataclass(frozen=True, slots=True)
class Which:
    """The shape of a question: a lowered filter, words, which records are left out. ``words`` holds none where nothing can be found."""

    node: Node
    words: tuple[Word, ...] | None = ()
    archived: bool = False
    excludes: bool = False


@dataclass(frozen=True, slots=True)
class Extra:
    """A value that is read beside the record's own columns, under its path."""

    path: Path
    load: Callable[[Any], Value]


def conditions(source: Source, which: Which) -> list[ColumnElement[bool]]:
    """Everything that records must pass."""
    table = source.table
    found = [*is_of(source.shape, table), source.where(which.node, Numbered("p"))]
    found.append(table.c.archived_at.is_not(None) if which.archived else table.c.archived_at.is_(None))
    if which.excludes:
        found.append(not_(ids_in(table.c.id, "exclude")))
    if which.words is None:
        found.append(false())
    for number, word in enumerate(which.words or ()):
        found.append(search.condition(table.c.id, source.shape.entity_id, number, word))
    return found


def _prepared(shape: EntityShape, key: Hashable, build: Callable[[], Any]) -> Prepared:
    made: Prepared = shape.statement(key, lambda: Prepared(build()))
    return made


def counting(shape: EntityShape, which: Which, *, capped: bool) -> Prepared:
    """How many there are, at most ``cap`` where it is capped."""

    def build() -> Any:
        source = Source(shape)
        where = conditions(source, which)
        inner: Select[Any] = select(ONE).select_from(source.clause).where(*where)
        inner = inner.limit(bindparam("cap", type_=INT)) if capped else inner
        return select(func.count()).select_from(inner.subquery())

    return _prepared(shape, ("count", which, capped), build)


def probing(shape: EntityShape, leaf: Node, at: int) -> Prepared:
    """How many records pass one test of a filter, at most ``cap``; ``at`` is the number of its value."""

    def build() -> Any:
        source = Source(shape)
        names = Numbered("p")
        for _ in range(at):
            names.next()
        where = [*is_of(shape, source.table), source.where(leaf, names)]
        inner: Select[Any] = select(ONE).select_from(source.clause).where(*where)
        return select(func.count()).select_from(inner.limit(bindparam("cap", type_=INT)).subquery())

    return _prepared(shape, ("probe", leaf, at), build)


def sort_paths(shape: EntityShape, keys: Keys) -> tuple[Path, ...]:
    """The paths of a sort. ``InvalidError`` where one leads nowhere or to many values."""
    found = tuple(find_path(shape, path) for path, _ in keys)
    for path in found:
        if path.has_many or path.end.many or path.end.sort == "flag":
            raise InvalidError(problems=[Problem("FIELD_UNSORTABLE", "/sort", {"name": path.text})])
    return found


@dataclass(frozen=True, slots=True)
class PageShape:
    """The shape of a page: which records in which order, from a cursor with those empty values (None: from the start)."""

    which: Which
    keys: Keys
    extras: tuple[str, ...]
    nulls: tuple[bool, ...] | None
    phase: Phase
    mode: Mode
    ext: bool
    materialise: bool
    oldest_first: bool = False


def paging(shape: EntityShape, page: PageShape) -> Prepared:
    return _prepared(shape, page, lambda: _page(shape, page))


def _page(shape: EntityShape, page: PageShape) -> Select[Any]:
    paths = sort_paths(shape, page.keys)
    filter_first = page.mode == "filter"
    plain = frozenset(p.text for p in paths) if filter_first else _others(shape, page, paths)
    source = Source(shape, plain=plain)
    where = conditions(source, page.which)
    sorted_by = [(source.column(path), down) for path, (_, down) in zip(paths, page.keys, strict=True)]
    id = source.table.c.id
    order = Order(tuple(sorted_by), Plain(id) if filter_first else id, page.oldest_first)
    if page.phase != "all":
        first = sorted_by[0][0]
        where.append(first.is_(None) if page.phase == "empty" else first.is_not(None))
    if page.nulls is not None:
        where.append(order.after(page.nulls))
    read = [*columns_of(shape, source.table, ext=page.ext)]
    read += [source.column(find_path(shape, text)) for text in page.extras]
    read += [column for column, _ in sorted_by]
    labelled = [column.label(f"x{at}") for at, column in enumerate(read)]
    statement = select(*labelled).select_from(source.clause).where(*where)
    empty = page.phase == "empty"
    if filter_first and page.materialise:
        return _materialised(statement, page, order, empty=empty)
    return statement.order_by(*order.clauses(first_is_null=empty)).limit(bindparam("limit", type_=INT))


def _others(shape: EntityShape, page: PageShape, paths: tuple[Path, ...]) -> frozenset[str]:
    """The paths of a filter whose indexes are left alone, so that the sort's index drives."""
    if page.mode != "sort":
        return frozenset()
    return frozenset(_paths_in(page.which.node)) - {path.text for path in paths}


def _paths_in(node: Node) -> list[str]:
    if node[0] == "is":
        return [node[1]]
    return [path for part in node[1:] if isinstance(part, tuple) for path in _paths_in(part)]


def _materialised(statement: Select[Any], page: PageShape, order: Order, *, empty: bool) -> Select[Any]:
    """All that pass first, sorted then: no limit tempts the planner to walk the sort's index and hope."""
    found = statement.cte("found").prefix_with("MATERIALIZED", dialect="postgresql")
    columns = list(found.c)
    last = len(columns) - len(page.keys)
    outer = Order(
        tuple((columns[last + at], down) for at, (_, down) in enumerate(page.keys)),
        columns[0],
        page.oldest_first,
    )
    limit = bindparam("limit", type_=INT)
    return select(*columns).order_by(*outer.clauses(first_is_null=empty)).limit(limit)


def extra_of(shape: EntityShape, text: str) -> Extra | None:
    """How a field that a list asks for is read; None where its record's own columns have it, or where only a computation does."""
    try:
        path = find_path(shape, text)
    except InvalidError:
        return None
    end = path.end
    if path.has_many or (end.many and path.hops) or (end.many and end.place is None) or end.sort == "flag":
        return None
    if not path.hops and (end.place is None or end.place.slot is not None) and path.text in _own(shape):
        return None
    return Extra(path, loader_of(shape, path))


def _own(shape: EntityShape) -> frozenset[str]:
    own = (place.key for place in shape.in_slots)
    return frozenset([*own, *(key for key, _ in shape.system_fields)])


def loader_of(shape: EntityShape, path: Path) -> Callable[[Any], Value]:
    """How the value of the column at the end of a path is read."""
    owner, end = shape.app.shape(path.entity), path.end
    place = end.place
    if place is None:
        if end.sort == "state":
            return owner.state_key
        return (lambda stored: stored or None) if end.zero_is_none else (lambda stored: stored)
    if place.slot is not None:
        return place.loaded
    if place.family == "json":
        return lambda stored: None if stored is None else place.from_ext(_json(stored))
    return place.from_ext


def _json(stored: Any) -> Any:
    """Both databases give a text as itself, and anything else as its JSON."""
    try:
        return orjson.loads(stored)
    except orjson.JSONDecodeError:
        return stored
