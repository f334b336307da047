"""Passing on: who took over the values of issues that wait for what they lacked, so that what covers them arrives there too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from builder.changes import Intent
from builder.ledger.columns import COST_KEY, padded, rows_at
from builder.ledger.definition import Key, LedgerModel
from builder.ledger.pasts import StoredHistories
from builder.ledger.state import Entry, Follow, Takers
from builder.ledger.telling import RESULT
from builder.metadata.entity import Entity
from builder.metadata.package import Package
from builder.storage.tables.ledgers import layer


def takers(
    conn: Connection,
    models: Mapping[str, LedgerModel],
    ws: int,
    package: Package,
    moved: Iterable[tuple[Intent, Key]],
) -> dict[int, Takers]:
    """By issue that is open in a pool to which one of the intents (with its key) may bring something: the entries that took its value
    over. Empty, after one statement per ledger, where nothing is short; none where no posting takes over a value. Ledgers that replay see to it
    by themselves."""
    pools: dict[str, set[Key]] = {}
    for intent, key in moved:
        model = models[intent.ledger]
        cost = model.cost
        if (
            cost is not None
            and model.ledger.order != "replay"
            and _brings(intent, model.measures[cost.quantity].key)
        ):
            pools.setdefault(model.key, set()).add(cost.grain.of(key))
    found: dict[int, list[tuple[Entry, Follow]]] = {}
    short: set[int] = set()
    for name in [n for n in pools if _is_followed(package, models[n])]:
        keys = {tuple(padded(k, COST_KEY)) for k in pools[name]}
        is_open = (layer.c.kind == "short") & (layer.c.qty_left != 0)
        rows = rows_at(conn, layer, ws, list(COST_KEY), keys, is_open, ledger_id=models[name].ledger_id)
        short |= {row.entry_id for row in rows}
    for follower in StoredHistories(conn, models, package, ws).followers(short) if short else ():
        for follow in follower.past.told.follows if not follower.is_undone else ():
            for source in short & set(follow.sources) if not follow.of_rest else ():
                found.setdefault(source, []).append((follower.past.entry, follow))
    return {id: tuple(them) for id, them in found.items()}


def beyond(
    conn: Connection,
    models: Mapping[str, LedgerModel],
    ws: int,
    package: Package,
    issues: Iterable[Entry],
) -> dict[int, Takers]:
    """By issue along which a late cost may go on: the entries that took its value over beside the pools it came to, as an order's
    direct material does."""
    ids = {e.id for e in issues if models[e.ledger].ledger.order != "replay"}
    found: dict[int, list[tuple[Entry, Follow]]] = {}
    for follower in StoredHistories(conn, models, package, ws).followers(ids) if ids else ():
        taker = follower.past.entry
        cost = models[taker.ledger].cost
        for follow in follower.past.told.follows if not follower.is_undone else ():
            is_pool = cost is not None and cost.value == follow.place
            for source in ids & set(follow.sources) if not (follow.of_rest or is_pool) else ():
                found.setdefault(source, []).append((taker, follow))
    return {id: tuple(them) for id, them in found.items()}


def _brings(intent: Intent, quantity: str) -> bool:
    """Whether something may come to the pool: everything but a plain issue."""
    return intent.measures.get(quantity, 0) >= 0 or intent.count


def _is_followed(package: Package, model: LedgerModel) -> bool:
    """Whether a posting takes over what another one of the same entity came to in this ledger."""
    return any(_takes_over(entity, model.key) for entity in package.entities)


def _takes_over(entity: Entity, ledger: str) -> bool:
    sources = {name for p in entity.postings if p.ledger == ledger for name in (p.key, p.uid)}
    return any(
        p.depends_on in sources and any(RESULT in str(text) for text in p.measures.values())
        for p in entity.postings
    )
