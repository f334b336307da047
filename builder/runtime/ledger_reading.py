"""Reading ledgers for one actor: balances and entries, filtered in the filter language, limited to what it may see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial

from builder.errors import InvalidError, NotFoundError, Problem
from builder.expressions.bounds import Bound
from builder.ledger import balance as balances
from builder.ledger import entries as journaled
from builder.ledger import scalars
from builder.ledger.definition import LedgerModel
from builder.ledger.entries import Among, Cursor, Days, RunningEntry
from builder.metadata.filter import conjuncts, read_filter
from builder.metadata.ledger import Ledger
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.expanding import seen
from builder.runtime.outside_ids import with_ids
from builder.runtime.representation import title_of
from builder.runtime.rights import Filter
from builder.runtime.sights import measures_over

MOST_IDS = 100_000
SCALAR_OPERATORS = ("=", "in")
"""How a text of a ledger's own is asked for."""
Ids = tuple[int, ...]


@dataclass(frozen=True)
class Named:
    """What a dimension's id stands for: a record with its title, or the text of a scalar."""

    id: int
    title: str
    entity: str | None = None


@dataclass(frozen=True)
class BalanceRow:
    """One line: what is counted and how much, only measures that the actor may see."""

    dimensions: Mapping[str, Named | None]
    measures: Mapping[str, Decimal]

    def place(self, group: Sequence[str]) -> tuple[int, ...]:
        """Its ids by the dimensions of ``group``, 0 where it has none."""
        named = (self.dimensions[key] for key in group)
        return tuple(0 if one is None else one.id for one in named)


@dataclass(frozen=True)
class EntryRow:
    """One entry with the balances after it, and the document that made it (None where the actor may not read it)."""

    entry: RunningEntry
    dimensions: Mapping[str, Named | None]
    measures: Mapping[str, Decimal]
    running: Mapping[str, Decimal]
    document: Record | None


def ledger_of(
    ctx: Context, key: str, where: Filter | None = None
) -> tuple[Ledger, LedgerModel, frozenset[str]]:
    """The ledger and the measures that the actor may see of all its rows within ``where``; 404 where it may see none."""
    ledger = ctx.app.package.ledger(key)
    measures = seen_over(ctx, ledger, where) if ledger is not None else frozenset[str]()
    if ledger is None or not measures:
        raise NotFoundError(ledger=key)
    return ledger, ctx.app.ledgers[key], measures


def seen_over(ctx: Context, ledger: Ledger, where: Filter | None = None) -> frozenset[str]:
    """The measures that the actor may see of every row within ``where``."""
    asked = partial(dimension_ids, ctx, ledger, where)
    return measures_over(ctx, ledger, asked, partial(scopes_of, ctx, ledger))


def read_balances(
    ctx: Context,
    key: str,
    *,
    group: Sequence[str] | None = None,
    where: Filter | None = None,
    as_of: date | None = None,
    with_zero: bool = False,
    bounds: Sequence[Bound] = (),
) -> tuple[BalanceRow, ...]:
    """Balances by the dimensions of ``group`` (None: the ledger's first grain), now or at the end of ``as_of``, of which those that
    cannot keep the ``bounds`` are left out."""
    ledger, model, measures = ledger_of(ctx, key, where)
    wanted = grouping_of(ctx, ledger, group)
    limits = dimension_ids(ctx, ledger, where)
    found = balances.balances(
        ctx.conn,
        model,
        ctx.ws,
        group=wanted,
        where=limits,
        as_of=as_of,
        scope=scopes_of(ctx, ledger),
        with_zero=with_zero,
        bounds=bounds,
    )
    names = names_of(ctx, ledger, model, wanted, [row.dimensions for row in found])
    return tuple(
        BalanceRow(
            {d: names[d].get(row.dimensions[d]) for d in wanted},
            {m: v for m, v in row.measures.items() if m in measures},
        )
        for row in found
    )


def read_entries(
    ctx: Context,
    key: str,
    *,
    where: Filter | None = None,
    days: Days = (None, None),
    after: Cursor | None = None,
    limit: int = 50,
) -> tuple[tuple[EntryRow, ...], Cursor | None]:
    """Entries in order with running balances, and where the next page starts."""
    ledger, model, _ = ledger_of(ctx, key, where)
    among = _among(ctx, ledger, where, days)
    page = journaled.entries(ctx.conn, model, ctx.ws, among, after=after, limit=limit)
    return _named(ctx, key, where, page.items), page.next


def read_part(
    ctx: Context,
    key: str,
    *,
    where: Filter | None,
    days: Days,
    bounds: Sequence[Bound],
    offset: int,
    limit: int,
) -> tuple[tuple[EntryRow, ...], int]:
    """``limit`` of the entries that keep the ``bounds``, from ``offset`` on, with running balances; and how many there are in all."""
    ledger, model, _ = ledger_of(ctx, key, where)
    among = _among(ctx, ledger, where, days)
    items, count = journaled.part_of_entries(
        ctx.conn, model, ctx.ws, among, bounds=bounds, offset=offset, limit=limit
    )
    return _named(ctx, key, where, items), count


def _among(ctx: Context, ledger: Ledger, where: Filter | None, days: Days) -> Among:
    """The entries that are asked for, as far as the actor may see them."""
    return Among(dimension_ids(ctx, ledger, where), scopes_of(ctx, ledger), days)


def _named(
    ctx: Context, key: str, where: Filter | None, items: Sequence[RunningEntry]
) -> tuple[EntryRow, ...]:
    """The entries with what their dimensions and documents are called, and the measures that the actor may see."""
    ledger, model, measures = ledger_of(ctx, key, where)
    every = [d.key for d in ledger.dimensions if _may_name(ctx, d.entity)]
    names = names_of(ctx, ledger, model, every, [e.dimensions for e in items])
    documents = _documents(ctx, items)
    return tuple(
        EntryRow(
            e,
            {d: names[d].get(e.dimensions.get(d, 0)) for d in every},
            {m: v for m, v in e.measures.items() if m in measures},
            {m: v for m, v in e.running.items() if m in measures},
            documents.get((e.entity_id, e.record_id)),
        )
        for e in items
    )


def _may_name(ctx: Context, entity: str | None) -> bool:
    return entity is None or ctx.kernel.may("read", entity)


def grouping_of(ctx: Context, ledger: Ledger, group: Sequence[str] | None) -> tuple[str, ...]:
    if group is None:
        first = ledger.grains[0].dimensions if ledger.grains else tuple(d.key for d in ledger.dimensions)
        group = [k for k in first if (d := ledger.dimension(k)) is not None and _may_name(ctx, d.entity)]
    problems = [
        Problem("FIELD_UNKNOWN", f"/group/{i}", {"name": key, "nearest": ""})
        for i, key in enumerate(group)
        if (d := ledger.dimension(key)) is None or not _may_name(ctx, d.entity)
    ]
    if problems:
        raise InvalidError(problems=problems)
    return tuple(dict.fromkeys(group))


def scopes_of(ctx: Context, ledger: Ledger) -> Mapping[str, Ids]:
    """Ids of the dimension records within the actor's row scopes, the ledger's own among them; a dimension without a scope does not
    limit."""
    found: dict[str, Ids] = {}
    rows = ctx.kernel.rows_of(ledger.key)
    for dimension in ledger.dimensions:
        if dimension.entity is None:
            continue
        readable = ctx.kernel.may("read", dimension.entity)
        limits = [ctx.kernel.scope(dimension.entity) if readable else None, rows.get(dimension.key)]
        scope = [limit for limit in limits if limit is not None]
        if scope:
            found[dimension.key] = _ids(ctx, dimension.entity, {"and": scope})
    return found


def within(ctx: Context, model: LedgerModel) -> Callable[[Sequence[int]], bool]:
    """Whether rows, each given by the ids of its dimensions, are within the actor's scopes."""
    limits = {model.position(key): frozenset(ids) for key, ids in scopes_of(ctx, model.ledger).items()}
    return lambda key: all(not key[place] or key[place] in ids for place, ids in limits.items())


def _ids(ctx: Context, entity: str, where: Filter) -> Ids:
    return tuple(r.id for r in ctx.reader.find(entity, where, limit=MOST_IDS))


def dimension_ids(ctx: Context, ledger: Ledger, where: Filter | None) -> Mapping[str, Ids]:
    """A filter over dimensions (``item``) and fields of their records (``item.category``), all of it joined by *and*, as ids."""
    found: dict[str, set[int]] = {}
    # Storage takes conditions and joints apart on its own: what is no filter could carry fields past the rights below.
    problems = list(read_filter(where, "/filter")[1]) if where is not None else []
    if problems:
        raise InvalidError(problems=problems)
    for index, part in enumerate(conjuncts(where)):
        head, _, rest = str(part.get("field", "")).partition(".")
        dimension = ledger.dimension(head)
        if dimension is None or not _may_name(ctx, dimension.entity):
            problems.append(Problem("FIELD_UNKNOWN", f"/filter/{index}", {"name": head, "nearest": ""}))
            continue
        ids = _matching(ctx, ledger, head, rest, part)
        found[head] = found[head] & ids if head in found else ids
    if problems:
        raise InvalidError(problems=problems)
    return {key: tuple(sorted(ids)) for key, ids in found.items()}


def _matching(ctx: Context, ledger: Ledger, head: str, rest: str, part: Filter) -> set[int]:
    dimension = ledger.dimension(head)
    assert dimension is not None
    if dimension.entity is None:
        if part["op"] not in SCALAR_OPERATORS:
            known = {"name": part["op"], "known": " ".join(SCALAR_OPERATORS)}
            raise InvalidError(problems=[Problem("FILTER_OPERATOR", "/filter/op", known)])
        value = part.get("value")
        texts = value if isinstance(value, list | tuple) else [value]
        return set(
            scalars.ids_of(
                ctx.conn, ctx.app.ledgers[ledger.key], ctx.ws, head, [str(t) for t in texts if t is not None]
            )
        )
    if not ctx.kernel.is_path_readable(dimension.entity, rest or "id"):
        raise InvalidError(
            problems=[Problem("FIELD_UNKNOWN", "/filter", {"name": f"{head}.{rest}", "nearest": ""})]
        )
    return set(_ids(ctx, dimension.entity, with_ids(ctx, dimension.entity, {**part, "field": rest or "id"})))


def names_of(
    ctx: Context, ledger: Ledger, model: LedgerModel, wanted: Iterable[str], keys: Sequence[Mapping[str, int]]
) -> Mapping[str, Mapping[int, Named]]:
    found: dict[str, Mapping[int, Named]] = {}
    for key in wanted:
        dimension = ledger.dimension(key)
        assert dimension is not None
        ids = {row[key] for row in keys if row.get(key)}
        if dimension.entity is None:
            texts = scalars.texts_of(ctx.conn, model, ctx.ws, key, sorted(ids))
            found[key] = {id: Named(id, text) for id, text in texts.items()}
            continue
        entity = ctx.app.package.entity(dimension.entity)
        assert entity is not None
        records = seen(ctx, dimension.entity, ids)
        found[key] = {id: Named(id, title_of(entity, r), dimension.entity) for id, r in records.items()}
    return found


def _documents(ctx: Context, items: Sequence[RunningEntry]) -> Mapping[tuple[int, int], Record]:
    by_entity: dict[int, set[int]] = {}
    for item in items:
        by_entity.setdefault(item.entity_id, set()).add(item.record_id)
    found: dict[tuple[int, int], Record] = {}
    for entity_id, ids in by_entity.items():
        key = ctx.app.maps.entity_by_id(entity_id)
        if key is None or not ctx.kernel.may("read", key):
            continue
        found.update({(entity_id, id): record for id, record in seen(ctx, key, ids).items()})
    return found
