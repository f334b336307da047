"""Merges that stand: which were made, by whom and when, and what each of them moved, as far as the reader may see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from builder.ledger import holdings
from builder.ledger.definition import Key
from builder.ledger.journal_reads import arrivals
from builder.metadata.entity import Entity
from builder.record import Record, Ref
from builder.runtime import merging
from builder.runtime.context import Context
from builder.runtime.merging import Holding
from builder.runtime.merging_preview import row_of
from builder.storage import merges

MOST = 30
"""Merges that a page lists."""


@dataclass(frozen=True)
class Past:
    """One merge. ``pairs`` are (kept, gone); ``changed`` are the other records that it changed, ``moves`` what went over in ledgers."""

    cmd: int
    at: datetime
    by: int
    pairs: tuple[tuple[Record, Record], ...]
    changed: tuple[Ref, ...]
    moves: tuple[Mapping[str, Any], ...]


def recent(ctx: Context, entity: Entity) -> list[Past]:
    """The newest merges whose records the reader may all see."""
    rows = merges.recent(ctx.conn, ctx.app.maps, ctx.ws, entity.key, merging.LINK, limit=MOST)
    return list(_past(ctx, entity, rows))


def one(ctx: Context, entity: Entity, cmd: int) -> Past | None:
    """That merge, where it stands and may be seen."""
    rows = merges.recent(ctx.conn, ctx.app.maps, ctx.ws, entity.key, merging.LINK, limit=1, cmd=cmd)
    return next(_past(ctx, entity, rows), None)


def _past(ctx: Context, entity: Entity, rows: tuple[merges.Merge, ...]) -> Iterator[Past]:
    ids = {id for row in rows for pair in row.pairs for id in pair}
    known = {id: r for id, r in ctx.reader.get(entity.key, ids).items() if ctx.in_scope(r, "read")}
    for row in rows:
        if all(id in known for pair in row.pairs for id in pair):
            pairs = tuple((known[keep], known[away]) for keep, away in row.pairs)
            yield Past(row.cmd, row.at, row.actor_id, pairs, _changed(ctx, entity, row), _moves(ctx, row.cmd))


def _changed(ctx: Context, entity: Entity, row: merges.Merge) -> tuple[Ref, ...]:
    own = {Ref(entity.key, id) for pair in row.pairs for id in pair}
    refs = (ref for ref, _ in merges.changed_by(ctx.conn, ctx.app.maps, ctx.ws, row.cmd))
    return tuple(ref for ref in refs if ref not in own and ctx.kernel.may("read", ref.entity))


def _moves(ctx: Context, cmd: int) -> tuple[Mapping[str, Any], ...]:
    """Row by row of the ledgers, however many entries it took."""
    models = ctx.app.ledgers
    rows: dict[tuple[str, Key], dict[str, Decimal]] = {}
    for entry in arrivals(ctx.conn, models, ctx.ws, cmd, merging.IN):
        row = rows.setdefault((entry.ledger, entry.key), {})
        for key, amount in models[entry.ledger].exact(entry.measures).items():
            row[key] = row.get(key, Decimal(0)) + amount
    names = holdings.named(ctx.conn, models, ctx.ws, rows)
    found = (row_of(ctx, Holding(at[0], names[at], row)) for at, row in rows.items())
    return tuple(row for row in found if row is not None)
