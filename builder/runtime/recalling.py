"""Recalling: where the units of a batch are now: on hand by place, within something that is being made, or gone to whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from builder.ledger import balance as balances
from builder.ledger.columns import rows_at
from builder.ledger.definition import LedgerModel
from builder.ledger.trace import Node, Trace, Tracer
from builder.metadata.entity import Entity
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.expanding import seen
from builder.runtime.ledger_reading import Named, scopes_of
from builder.runtime.representation import title_of
from builder.runtime.sights import common
from builder.runtime.tracing import Sight, Start, names_of, starts_of, tracer
from builder.storage.tables.ledgers import layer

CONTACT = frozenset({"phone", "email", "address"})


@dataclass(frozen=True)
class Party:
    """Somebody a document names, with how to reach it."""

    title: str
    contact: tuple[str, ...]


@dataclass(frozen=True)
class RecallRow:
    """Units that may be of the batch: still ``here`` (by dimensions) or ``gone`` by a document, to its ``parties``. ``certain`` is False where
    a pool mixed them with others: then up to that many."""

    what: Literal["here", "gone"]
    ledger: str
    dimensions: Mapping[str, Named | None]
    quantity: Decimal
    certain: bool
    document: Record | None = None
    parties: tuple[Party, ...] = ()
    day: Any = None


def recall(ctx: Context, ledger: str, start: Start) -> tuple[tuple[RecallRow, ...], bool]:
    """The rows, and whether there is more than was followed."""
    walking = tracer(ctx, "goods")
    starts = starts_of(ctx, ledger, start)
    found = walking.trace(starts, "forward")
    sight = Sight(ctx, found.nodes)
    certain = _certain(ctx, found)
    here = _here(ctx, walking, found, sight, certain)
    return (*here, *_gone(ctx, found, sight, certain)), found.truncated


def _certain(ctx: Context, found: Trace) -> set[int]:
    """What is reached without going through a pool that mixes."""
    beside: dict[int, list[int]] = {}
    for flow in found.flows:
        beside.setdefault(flow.from_, []).append(flow.to)
    known = {id for id in found.starts if id in found.nodes}
    waiting = list(known)
    while waiting:
        for there in beside.get(waiting.pop(), ()):
            pool = found.pools.get(there)
            if there in known or (
                pool is not None and not _names_pick(ctx.app.ledgers[pool.ledger], pool.key)
            ):
                continue
            known.add(there)
            waiting.append(there)
    return known


def _names_pick(model: LedgerModel, key: tuple[int, ...]) -> bool:
    return model.issue is not None and key[model.issue.pick] > 0


def _here(
    ctx: Context, walking: Tracer, found: Trace, sight: Sight, certain: set[int]
) -> Iterator[RecallRow]:
    pools: dict[tuple[str, tuple[int, ...]], bool] = {}
    layers: list[Node] = []
    for node in found.nodes.values():
        if node.qty <= 0 or node.undone or not ctx.kernel.measures(node.entry.ledger):
            continue
        pool = walking.pool_of(node)
        if pool is None:
            layers.append(node)
        else:
            sure = node.entry.id in certain and _names_pick(ctx.app.ledgers[pool[0]], pool[1])
            pools[pool] = pools.get(pool, False) or sure
    for (ledger, key), sure in sorted(pools.items()):
        yield from _held(ctx, ctx.app.ledgers[ledger], key, sure)
    yield from _in_layers(ctx, layers, sight, certain)


def _held(ctx: Context, model: LedgerModel, key: tuple[int, ...], sure: bool) -> Iterator[RecallRow]:
    """What is left in a pool, by every dimension of the finest grain that knows the pool's."""
    quantity = model.measures[model.counted]
    if quantity.key not in common(ctx.kernel, model.ledger):
        return
    where = {d.key: (v,) for d, v in zip(model.dimensions, key, strict=True) if v != -1}
    grain = max(model.grains, key=lambda g: len(g.positions))
    group = [model.dimensions[p].key for p in grain.positions]
    group = [k for k in group if (d := model.ledger.dimension(k)) and _may_name(ctx, d.entity)]
    scope = scopes_of(ctx, model.ledger)
    for row in balances.balances(ctx.conn, model, ctx.ws, group=group, where=where, scope=scope):
        held = row.measures[quantity.key]
        if held > 0:
            named = {k: names_of(ctx, model, k, [v]).get(v) if v else None for k, v in row.dimensions.items()}
            yield RecallRow("here", model.key, named, held, sure)


def _may_name(ctx: Context, entity: str | None) -> bool:
    return entity is None or ctx.kernel.may("read", entity)


def _in_layers(ctx: Context, nodes: list[Node], sight: Sight, certain: set[int]) -> Iterator[RecallRow]:
    left = {
        r.entry_id: r.qty_left
        for r in rows_at(ctx.conn, layer, ctx.ws, ["entry_id"], [(n.entry.id,) for n in nodes])
        if r.kind == "receipt" and r.qty_left > 0
    }
    for node in nodes:
        id, model = node.entry.id, ctx.app.ledgers[node.entry.ledger]
        if id in left and id in sight.visible and sight.sees(model.key, model.counted):
            quantity = model.measures[model.counted].exact(left[id])
            yield RecallRow("here", model.key, sight.dimensions(node), quantity, id in certain)


def _gone(ctx: Context, found: Trace, sight: Sight, certain: set[int]) -> Iterator[RecallRow]:
    """Entries that left and went nowhere further, without what came back."""
    beyond: dict[int, int] = {}
    further: set[int] = set()
    taken: dict[int, list[int | None]] = {}
    for flow in found.flows:
        taken.setdefault(flow.to, []).append(flow.qty)
        if flow.how == "return":
            beyond[flow.from_] = beyond.get(flow.from_, 0) + (flow.qty or 0)
        elif flow.from_ > 0:
            further.add(flow.from_)
    for node in found.nodes.values():
        id, model = node.entry.id, ctx.app.ledgers[node.entry.ledger]
        if node.qty >= 0 or id in further or node.undone or id not in sight.visible:
            continue
        if not sight.sees(model.key, model.counted):
            continue
        parts = taken.get(id, [None])
        whole = sum(q for q in parts if q is not None) if None not in parts else -node.qty
        left = whole - beyond.get(id, 0)
        if left > 0:
            document = sight.document(node)
            yield RecallRow(
                "gone",
                model.key,
                sight.dimensions(node),
                model.measures[model.counted].exact(left),
                id in certain,
                document,
                _parties(ctx, model, document),
                node.entry.business_date,
            )


def _parties(ctx: Context, model: LedgerModel, document: Record | None) -> tuple[Party, ...]:
    """Master records that the document names and the ledger does not count by."""
    entity = ctx.app.package.entity(document.entity) if document is not None else None
    if entity is None or document is None:
        return ()
    counted = {d.entity for d in model.ledger.dimensions}
    found = []
    for one in entity.fields:
        target = ctx.app.package.entity(one.entity or "") if one.type == "reference" else None
        id = document.values.get(one.key)
        if target is None or target.kind != "master" or target.key in counted or not isinstance(id, int):
            continue
        if ctx.kernel.is_readable(entity.key, one.key) and ctx.kernel.may("read", target.key):
            record = seen(ctx, target.key, {id}).get(id)
            if record is not None:
                found.append(Party(title_of(target, record), _contact(ctx, target, record)))
    return tuple(found)


def _contact(ctx: Context, entity: Entity, record: Record) -> tuple[str, ...]:
    fields = [f for f in entity.fields if f.type in CONTACT and ctx.kernel.is_readable(entity.key, f.key)]
    return tuple(str(v) for f in fields if (v := record.values.get(f.key)))
