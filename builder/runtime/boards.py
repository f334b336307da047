"""Boards: how many documents of a family stand at which step, with whom and how long, across departments: each reader's own part of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from builder.metadata.entity import Entity
from builder.metadata.workflow import State
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.mirroring import Family
from builder.storage import mirror, tickets
from builder.workflow.mirror import ends

LOOKED_AT = 200
"""Documents of a step whose owners are counted; a step with more is a queue, and its oldest tell enough."""
SHOWN = 4


@dataclass(frozen=True)
class Card:
    """One of the oldest documents of a step; ``age`` in seconds, ``late``: a ticket about it is past its deadline."""

    record: Record
    age: int
    late: bool


@dataclass(frozen=True)
class Column:
    """A step: how many documents stand there, of how many owners (the most first), how many are late, and the oldest of them."""

    entity: Entity
    state: State
    count: int
    late: int
    owners: tuple[tuple[int, int], ...]
    cards: tuple[Card, ...]

    @property
    def oldest(self) -> int:
        return max((card.age for card in self.cards), default=0)


def board_of(ctx: Context, family: Family) -> tuple[Column, ...]:
    """The steps at which something stands, in the order of the flow. What is done or void stands nowhere."""
    found: list[Column] = []
    for entity in family.entities:
        flow = ctx.app.package.workflow_of(entity.key)
        if flow is None or not ctx.kernel.may("read", entity.key):
            continue
        late = tickets.late_records(ctx.conn, ctx.ws, ctx.app.maps.entity_id(entity.key), ctx.pending.now)
        over = ends(flow)
        for state in flow.states:
            if state.key not in over:
                column = _column(ctx, entity, state, late)
                found += [column] if column.count else []
    return tuple(found)


def _column(ctx: Context, entity: Entity, state: State, late: frozenset[int]) -> Column:
    where: Mapping[str, Any] = {"field": "state", "op": "=", "value": state.key}
    scope = ctx.kernel.scope(entity.key)
    if scope is not None:
        where = {"and": [where, scope]}
    count = int(ctx.reader.aggregate(entity.key, "count", "id", where) or 0)
    if not count:
        return Column(entity, state, 0, 0, (), ())
    records = ctx.reader.find(entity.key, where, sort=[("updated_at", False)], limit=LOOKED_AT)
    entered = mirror.entered(ctx.conn, ctx.ws, ctx.app.maps.entity_id(entity.key), [r.id for r in records])
    now = int(ctx.pending.now.timestamp())
    cards = sorted(
        (Card(r, max(now - entered.get(r.id, now), 0), r.id in late) for r in records),
        key=lambda c: (not c.late, -c.age),
    )
    owners = Counter(r.owner_id for r in records)
    return Column(
        entity, state, count, sum(c.late for c in cards), tuple(owners.most_common(3)), tuple(cards[:SHOWN])
    )
