"""Lists by live figures: what is worked out when it is read filters and sorts in memory, after everything else has narrowed the list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from builder.errors import InvalidError, Problem
from builder.metadata.entity import Entity
from builder.metadata.filter import conjuncts, matches, paths_of
from builder.record import Record, Value
from builder.runtime.context import Context
from builder.runtime.live import with_live
from builder.runtime.outside_ids import with_ids
from builder.runtime.rights import Filter
from builder.storage.values import is_stored

MOST = 2000
"""Records whose figures are worked out for one list."""
PLACE = "live."
Keys = Sequence[tuple[str, bool]]


def live_in(entity: Entity, where: Filter | None, sort: Keys) -> frozenset[str]:
    """The figures among what is asked that stand nowhere. What is looked up elsewhere is found there."""
    asked = {*(paths_of(where) if where else ()), *(path for path, _ in sort)}
    computed = (f for f in entity.fields if f.key in asked and f.is_computed and not f.lookup)
    return frozenset(f.key for f in computed if not is_stored(f))


def narrowed(where: Filter | None, live: frozenset[str]) -> tuple[Filter | None, Filter | None]:
    """The part of a filter that the database can ask, and the part that looks at live figures."""
    parts = conjuncts(where)
    late = [part for part in parts if paths_of(part) & live]
    early = [part for part in parts if part not in late]
    return {"and": early} if early else None, {"and": late} if late else None


def ordered(
    ctx: Context,
    entity: Entity,
    records: Sequence[Record],
    live: frozenset[str],
    late: Filter | None,
    sort: Keys,
) -> list[Record]:
    """Those of the records that pass ``late``, in order. Without a value comes last, whichever way it is sorted."""
    if len(records) > MOST:
        label = next(f.label for f in entity.fields if f.key in live)
        raise InvalidError(problems=[Problem("LIST_TOO_LONG", "", {"field": label, "most": MOST})])
    where = ctx.reader.filters.resolve(with_ids(ctx, entity.key, late)) if late is not None else None
    paths = {*(paths_of(where) if where is not None else ()), *(path for path, _ in sort)}
    seen = ctx.facts.values_many(paths, with_live(ctx, records, live)) if records else []
    rows = [(r, v) for r, v in zip(records, seen, strict=True) if where is None or matches(where, v)]
    for path, down in reversed(sort):
        empty = [row for row in rows if row[1].get(path) is None]
        full = [row for row in rows if row[1].get(path) is not None]
        rows = [*sorted(full, key=_by(path), reverse=down), *empty]
    return [record for record, _ in rows]


def place_at(start: int) -> str:
    """The cursor of a page that begins with that record."""
    return f"{PLACE}{start}"


def read_place(cursor: str | None) -> int:
    """Where the page begins. ``InvalidError`` for a cursor that is none, or one of another order."""
    if not cursor:
        return 0
    text = cursor.removeprefix(PLACE)
    if text == cursor or not text.isascii() or not text.isdigit() or len(text) > len(str(MOST)):
        raise InvalidError(problems=[Problem("CURSOR_INVALID", "/cursor")])
    return int(text)


def _by(path: str) -> Callable[[tuple[Record, Mapping[str, Value]]], Any]:
    return lambda row: row[1][path]
