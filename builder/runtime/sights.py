"""Sights: what each ledger right of somebody with several shows. A measure is there for a row only where one single right shows both.

One role shows the cost of the goods in the east and another one how much there is anywhere: together they do not show what the goods in the
west cost. A sum of rows some of which hide a measure tells nothing of that measure. Whoever has one right, or one that shows all that the
others do, is asked nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from builder.ledger import balance as balances
from builder.metadata.access import LedgerGrant, Role
from builder.metadata.ledger import Ledger
from builder.runtime.context import Context
from builder.runtime.permissions import Kernel
from builder.runtime.rights import Filter

Ids = Collection[int]
MOST_IDS = 100_000
Held = tuple[Role, tuple[int, ...]]


@dataclass(frozen=True)
class Sight:
    """What one right shows: its measures, of rows whose records pass the filters of ``limits``, by dimension."""

    measures: frozenset[str]
    limits: Mapping[str, Filter]

    def covers(self, other: Sight) -> bool:
        """Whether it shows all that the other one does, as far as filters tell."""
        same = all(other.limits.get(key) == where for key, where in self.limits.items())
        return same and other.measures <= self.measures


def sights_of(kernel: Kernel, ledger: Ledger) -> tuple[Sight, ...]:
    """The rights where they show different measures of different rows; empty where one of them shows everything that any does."""
    if kernel.is_unlimited or _is_single(kernel, ledger.key):
        return ()
    found: tuple[Sight, ...] = kernel.remembered(("sights", ledger), lambda: _uneven(kernel, ledger))
    return found


def common(kernel: Kernel, ledger: Ledger) -> frozenset[str]:
    """The measures that every right shows, for whom no row is told apart."""
    return kernel.measures(ledger.key).intersection(*(s.measures for s in sights_of(kernel, ledger)))


def measures_over(
    ctx: Context,
    ledger: Ledger,
    where: Callable[[], Mapping[str, Ids]],
    scope: Callable[[], Mapping[str, Ids]],
) -> frozenset[str]:
    """The measures that the actor may see of every row at the ids of ``where`` within the actor's ``scope``, which are asked for where
    rows are told apart at all."""
    seen, sights = ctx.kernel.measures(ledger.key), sights_of(ctx.kernel, ledger)
    if not sights:
        return seen
    told = _telling(ctx, ledger, sights)
    group = [d.key for d in ledger.dimensions if any(d.key in sight.limits for sight in sights)]
    model = ctx.app.ledgers[ledger.key]
    rows = balances.balances(
        ctx.conn, model, ctx.ws, group=group, where=where(), scope=scope(), with_zero=True
    )
    return seen.intersection(*(told(row.dimensions) for row in rows))


def measures_at(ctx: Context, ledger: Ledger) -> Callable[[Sequence[int]], frozenset[str]]:
    """The measures that the actor may see of a row, given by the ids of its dimensions in the order of the ledger's own."""
    seen, sights = ctx.kernel.measures(ledger.key), sights_of(ctx.kernel, ledger)
    if not sights:
        return lambda key: seen
    told, names = _telling(ctx, ledger, sights), [d.key for d in ctx.app.ledgers[ledger.key].dimensions]
    return lambda key: seen & told(dict(zip(names, key, strict=True)))


def _is_single(kernel: Kernel, ledger: str) -> bool:
    """Whether no more than one right is about the ledger."""
    return sum(1 for _ in _rights(kernel, ledger)) < 2


def _rights(kernel: Kernel, ledger: str) -> Iterator[tuple[Held, LedgerGrant | None]]:
    for held in kernel.grants:
        granted = [g for g in held[0].ledgers if g.ledger == ledger]
        if held[0].all_entities and not granted:
            yield held, None
        yield from ((held, grant) for grant in granted)


def _uneven(kernel: Kernel, ledger: Ledger) -> tuple[Sight, ...]:
    found: list[Sight] = []
    for held, grant in _rights(kernel, ledger.key):
        sight = _sight(kernel, ledger, held, grant)
        if not any(other.covers(sight) for other in found):
            found = [other for other in found if not sight.covers(other)] + [sight]
    return tuple(found) if len(found) > 1 else ()


def _sight(kernel: Kernel, ledger: Ledger, held: Held, grant: LedgerGrant | None) -> Sight:
    everything = frozenset(m.key for m in ledger.measures)
    measures = everything if grant is None or "*" in grant.measures else everything & set(grant.measures)
    alone = replace(kernel, grants=(held,))
    limits: dict[str, list[Filter]] = {}
    for dimension in ledger.dimensions:
        if dimension.entity is None:
            continue
        # What names a record shows it: a role that may not read the entity is limited as the others are.
        own = alone if alone.may("read", dimension.entity) else kernel
        where = own.scope(dimension.entity) if own.may("read", dimension.entity) else None
        if where is not None:
            limits.setdefault(dimension.key, []).append(where)
    if grant is not None and grant.scope is not None:
        limits.setdefault(grant.dimension, []).append(grant.scope)
    return Sight(measures, {key: {"and": parts} for key, parts in limits.items()})


def _telling(
    ctx: Context, ledger: Ledger, sights: Sequence[Sight]
) -> Callable[[Mapping[str, Any]], frozenset[str]]:
    """The measures of a row by the ids of its dimensions; none where no right shows the row."""
    entities = {d.key: d.entity for d in ledger.dimensions if d.entity}

    def ids(key: str, where: Filter) -> frozenset[int]:
        return frozenset(r.id for r in ctx.reader.find(entities[key], where, limit=MOST_IDS))

    known = [(s.measures, {key: ids(key, where) for key, where in s.limits.items()}) for s in sights]

    def told(row: Mapping[str, Any]) -> frozenset[str]:
        shown = (m for m, limits in known if all(row.get(k) in found for k, found in limits.items()))
        return frozenset[str]().union(*shown)

    return told
