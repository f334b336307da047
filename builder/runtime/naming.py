"""Naming: what a ledger refuses, it refuses by keys; people read the titles of what the keys mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from builder.commands import Actor
from builder.errors import Problem
from builder.ledger.offender import Place, offender
from builder.ledger.pieces import scaled
from builder.record import Record
from builder.runtime.engine import Engine
from builder.runtime.representation import title_of
from builder.runtime.sights import common
from builder.storage import accounts, query
from builder.storage.questions import FilterContext

if TYPE_CHECKING:
    from builder.runtime.apps import LoadedApp
    from builder.runtime.context import Context
    from builder.runtime.pending import Pending
    from builder.runtime.permissions import Kernel

CONCEALED = "***"
"""Said in place of a number that a sentence names and its reader may not see."""


class Decided(Protocol):
    """What is known of the command that was refused."""

    @property
    def actor(self) -> Actor: ...
    @property
    def app(self) -> LoadedApp | None: ...
    @property
    def kernel(self) -> Kernel | None: ...
    @property
    def pending(self) -> Pending: ...
    @property
    def today(self) -> date: ...
    @property
    def settings(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Deciding:
    """A command that is still decided."""

    actor: Actor
    app: LoadedApp | None
    kernel: Kernel | None
    pending: Pending
    today: date
    settings: Mapping[str, Any]


def named_in(ctx: Context, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """``named`` for what a decision asked the ledgers before it ended."""
    pending = ctx.pending
    deciding = Deciding(ctx.actor, ctx.app, ctx.kernel, pending, pending.today, ctx.reader.settings)
    return named(ctx.engine, ctx.conn, deciding, problems)


def named(engine: Engine, conn: Any, decided: Decided, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """The problems with titles for the dimensions that their words may name, and outside ids for programs. What the actor may not read
    is left without a name, and a measure that it may not see without a number."""
    problems = tuple(
        told for problem in problems for told in (_veiled(decided, problem), *_later(conn, decided, problem))
    )
    wanted: dict[str, set[int]] = {}
    for problem in problems:
        for _, entity, id in _keys(decided, problem):
            wanted.setdefault(entity, set()).add(id)
    if not wanted and all(p.code != "LATER_DOCUMENT" for p in problems):
        return problems
    titles = {entity: titles_of(conn, decided, entity, ids) for entity, ids in wanted.items()}
    return tuple(_told(engine, decided, problem, titles) for problem in problems)


def _veiled(decided: Decided, problem: Problem) -> Problem:
    """A refusal tells only the measures that the actor finds in the ledger too; words that name another say that it is concealed."""
    app, kernel = decided.app, decided.kernel
    ledger = app.package.ledger(str(problem.params.get("ledger"))) if app is not None else None
    if ledger is None or kernel is None or "after" not in problem.params:
        return problem
    told = common(kernel, ledger) | {dimension.key for dimension in ledger.dimensions}
    hidden = {measure.key for measure in ledger.measures} - told
    message = problem.message or ""
    words = message if isinstance(message, str) else " ".join(message.values())
    params = {key: value for key, value in problem.params.items() if key not in hidden}
    params.update({key: CONCEALED for key in hidden if f"{{{key}}}" in words})
    after = {key: value for key, value in problem.params["after"].items() if key not in hidden}
    return replace(problem, params={**params, "after": after})


def _later(conn: Any, decided: Decided, problem: Problem) -> Iterator[Problem]:
    """Whose document a late posting would leave without cover, and when."""
    app, day, dimensions = decided.app, problem.params.get("day"), problem.params.get("dimensions")
    model = app.ledgers.get(str(problem.params.get("ledger"))) if app is not None else None
    guard = (
        next((g for g in model.guards if g.guard.key == problem.params.get("guard")), None) if model else None
    )
    if app is None or model is None or guard is None or not isinstance(dimensions, Mapping):
        return
    # A dimension may be called ``day`` itself; then the number of its value is meant.
    if not isinstance(day, date):
        return
    key = tuple(dimensions[model.dimensions[p].key] for p in guard.grain.positions)
    after = tuple(scaled(problem.params["after"][m.key], m.scale) for m in model.measures)
    place = Place(guard.guard.key, key, day, after)
    ws = decided.actor.workspace
    found = offender(conn, model, app.maps, app.package, ws, place, decided.settings)
    entity = app.maps.entity_by_id(found[0]) if found is not None else None
    if found is None or entity is None or decided.kernel is None:
        return
    title = titles_of(conn, decided, entity, {found[1]}).get(found[1], "")
    params = {"day": day, "title": title, "entity": entity, "id": found[1] if title else 0}
    yield Problem("LATER_DOCUMENT", problem.path, params)


def _keys(decided: Decided, problem: Problem) -> Iterator[tuple[str, str, int]]:
    """Dimension, entity and id of every record among the dimensions of the problem."""
    app = decided.app
    ledger = app.package.ledger(str(problem.params.get("ledger"))) if app is not None else None
    keys = problem.params.get("dimensions")
    if ledger is None or not isinstance(keys, Mapping):
        return
    for dimension in ledger.dimensions:
        id = keys.get(dimension.key)
        if dimension.entity and isinstance(id, int) and id:
            yield dimension.key, dimension.entity, id


def titles_of(conn: Any, decided: Decided, entity: str, ids: set[int]) -> Mapping[int, str]:
    """Titles of the records that the actor may see."""
    app, kernel = decided.app, decided.kernel
    assert app is not None
    model = app.package.entity(entity)
    if model is None or kernel is None or not kernel.may("read", entity):
        return {}
    ws, actor, scope = decided.actor.workspace, decided.actor, kernel.scope(entity)
    if scope is not None:
        units = accounts.units_of(conn, ws, actor.user_id)
        filters = FilterContext(decided.today, actor.user_id, units, decided.settings.get)
        where = {"and": [{"field": "id", "op": "in", "value": sorted(ids)}, scope]}
        seen = query.find(conn, app.maps, app.package, ws, entity, where, filters, limit=len(ids))
        return {record.id: title_of(model, record) for record in seen}
    stored = query.fetch(conn, app.maps, app.package, ws, entity, sorted(ids))
    found: dict[int, Record | None] = {**stored, **decided.pending.changed(entity)}
    return {id: title_of(model, record) for id, record in found.items() if record is not None}


def _told(
    engine: Engine, decided: Decided, problem: Problem, titles: Mapping[str, Mapping[int, str]]
) -> Problem:
    if problem.code == "LATER_DOCUMENT":
        id = problem.params["id"]
        outside = engine.database.show(id) if id else ""
        href = f"/a/{decided.app.key}/{problem.params['entity']}/{outside}" if outside and decided.app else ""
        return replace(problem, params={**problem.params, "id": outside, "href": href})
    names = {key: titles[entity].get(id, "") for key, entity, id in _keys(decided, problem)}
    shown = {key: engine.database.show(id) for key, _, id in _keys(decided, problem)}
    dimensions = {**problem.params.get("dimensions", {}), **shown}
    return replace(problem, params={**problem.params, **names, "dimensions": dimensions})
