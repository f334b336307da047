"""What a merge is told as: the fields in which the two differ, and what goes over, as far as the actor may see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from builder.metadata.entity import Entity
from builder.record import Record
from builder.runtime import merging
from builder.runtime.context import Context
from builder.runtime.merging import Holding, Pair
from builder.runtime.merging_lines import Came, Joined
from builder.runtime.representation import Representation, title_of
from builder.runtime.sights import common


def told(
    ctx: Context,
    entity: Entity,
    pairs: Sequence[Pair],
    moved: Mapping[int, Sequence[Holding]],
    joined: Mapping[int, Joined],
) -> list[dict[str, Any]]:
    """One description a pair."""
    return [
        {
            "keep": _named(ctx, entity, pair.keep),
            "away": _named(ctx, entity, pair.away),
            "fields": _fields(ctx, entity, pair),
            "lines": [_line(ctx, c) for c in joined[pair.away.id].came if _is_told(ctx, entity, c)],
            "moves": [row for h in moved.get(pair.away.id, ()) if (row := row_of(ctx, h)) is not None],
        }
        for pair in pairs
    ]


def _named(ctx: Context, entity: Entity, record: Record) -> dict[str, Any]:
    return {"id": ctx.engine.database.show(record.id), "title": title_of(entity, record)}


def _fields(ctx: Context, entity: Entity, pair: Pair) -> list[dict[str, Any]]:
    shown = Representation(ctx.kernel, ctx.engine.database.show)
    return [
        {
            "field": field.key,
            "keep": shown.value(field, pair.keep.values.get(field.key)),
            "away": shown.value(field, pair.away.values.get(field.key)),
            "taken": field.key in pair.take,
        }
        for field in merging.differing(entity, pair.keep, pair.away)
        if ctx.kernel.is_readable(entity.key, field.key)
    ]


def _is_told(ctx: Context, entity: Entity, came: Came) -> bool:
    return ctx.kernel.is_readable(entity.key, came.field.key)


def _line(ctx: Context, came: Came) -> dict[str, Any]:
    """A line of the record that goes: it comes over, or stays one with a line that is there."""
    show = ctx.engine.database.show
    return {"field": came.field.key, "id": show(came.gone.id), "as": show(came.line.id), "new": came.is_new}


def row_of(ctx: Context, holding: Holding) -> dict[str, Any] | None:
    """What a ledger holds, as outside; None where the actor may see nothing of it."""
    seen = common(ctx.kernel, ctx.app.ledgers[holding.ledger].ledger)
    measures = {k: format(v, "f") for k, v in holding.measures.items() if v and k in seen}
    if not measures:
        return None
    show = ctx.engine.database.show
    dimensions = {
        k: show(v) if isinstance(v, int) else None if v is None else str(v)
        for k, v in holding.dimensions.items()
    }
    return {"ledger": holding.ledger, "dimensions": dimensions, "measures": measures}
