"""Clashes: a number that the series would give next is taken: it was brought along by an import, or the series was changed.

The counter moves on to the next free number, in a transaction of its own, and the command is decided again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from builder.changes import NumberRequest
from builder.runtime.engine import Engine
from builder.runtime.numbers import fill
from builder.storage import counters, query
from builder.storage.errors import DuplicateError
from builder.storage.questions import FilterContext

if TYPE_CHECKING:
    from builder.runtime.decide import Decided

AT_ONCE = 200
"""Numbers that are looked up together."""


def clashing(decided: Decided, error: DuplicateError) -> tuple[NumberRequest, ...]:
    """The numbers that the taken key is made of; none where a person's own value clashes."""
    app = decided.app
    if app is None or error.entity_id is None or error.slot is None:
        return ()
    entity = app.maps.entity_by_id(error.entity_id)
    fields = app.maps.unique_fields(error.entity_id, error.slot)
    return tuple(r for r in decided.changes.numbers if r.entity == entity and r.field in fields)


def move_on(engine: Engine, decided: Decided, numbers: Sequence[NumberRequest]) -> None:
    """Let every series of ``numbers`` go on with one that nobody has."""
    series = {(r.series, r.scope): r for r in numbers}
    with engine.database.write() as conn:
        for _, request in sorted(series.items()):
            _free(conn, decided, request)


def _free(conn: Any, decided: Decided, request: NumberRequest) -> None:
    ws = decided.actor.workspace
    first = counters.advance(conn, ws, request.series, request.scope)
    while True:
        wanted = {fill(request, count): count for count in range(first, first + AT_ONCE)}
        free = wanted.keys() - _taken(conn, decided, request, list(wanted))
        if free:
            # Commit counts one further itself.
            counters.raise_to(conn, ws, request.series, request.scope, min(wanted[n] for n in free) - 1)
            return
        first += AT_ONCE


def _taken(conn: Any, decided: Decided, request: NumberRequest, numbers: list[str]) -> set[str]:
    app = decided.app
    assert app is not None
    where = {"field": request.field, "op": "in", "value": numbers}
    filters = FilterContext(today=decided.today, user_id=decided.actor.user_id)
    found = query.find(
        conn,
        app.maps,
        app.package,
        decided.actor.workspace,
        request.entity,
        where,
        filters,
        limit=len(numbers),
    )
    return {str(record.values.get(request.field)) for record in found}
