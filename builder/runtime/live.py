"""Live figures: what a record shows but does not store: lookups, volatile formulas, rollups, balances. Worked out when it is read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from builder.expressions import ExpressionError
from builder.metadata.entity import Entity, Field
from builder.record import Record, Value
from builder.rules.assignment import assigned
from builder.runtime.context import Context


def with_live(
    ctx: Context, records: Sequence[Record], wanted: Collection[str] | None = None
) -> tuple[Record, ...]:
    """The records (all of one entity), each with its live figures (of the header those in ``wanted``; None: all) and those of its
    lines. What the actor may not read is left out."""
    if not records:
        return ()
    entity = ctx.app.package.entity(records[0].entity)
    assert entity is not None
    done = _laid(ctx, entity, records, [None] * len(records), wanted)
    return tuple(_with_lines(ctx, entity, record) for record in done)


def _with_lines(ctx: Context, entity: Entity, record: Record) -> Record:
    if not record.lines:
        return record
    lines: dict[str, tuple[Record, ...]] = dict(record.lines)
    for field in entity.line_fields:
        model = ctx.app.package.entity(field.entity or "")
        rows = record.lines.get(field.key, ())
        if model is not None and rows:
            lines[field.key] = tuple(_laid(ctx, model, rows, [record] * len(rows)))
    return record.but(lines=lines)


def _laid(
    ctx: Context,
    entity: Entity,
    records: Sequence[Record],
    parents: Sequence[Record | None],
    wanted: Collection[str] | None = None,
) -> Sequence[Record]:
    fields = [f for f in _live_fields(ctx, entity) if wanted is None or f.key in wanted]
    if not fields:
        return records
    keys = frozenset(f.key for f in fields)
    try:
        seen = ctx.facts.values_many(keys, records, parents=parents)
    except ExpressionError:
        # One figure that fails must not hide the others: they are asked one at a time.
        seen = [_each(ctx, fields, r, p) for r, p in zip(records, parents, strict=True)]
    return [_with(record, fields, values) for record, values in zip(records, seen, strict=True)]


def _live_fields(ctx: Context, entity: Entity) -> tuple[Field, ...]:
    found: tuple[Field, ...] = ctx.kernel.remembered(
        ("live", entity), lambda: tuple(f for f in ctx.kernel.readable_fields(entity) if is_live(ctx, f))
    )
    return found


def _with(record: Record, fields: Sequence[Field], values: Mapping[str, Value]) -> Record:
    return record.with_values({f.key: _fitting(f, values.get(f.key)) for f in fields})


def _fitting(field: Field, value: Value) -> Value:
    try:
        return assigned(field, value)
    except ExpressionError:
        return None


def _each(ctx: Context, fields: Sequence[Field], record: Record, parent: Record | None) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for field in fields:
        try:
            values.update(ctx.facts.values([field.key], record, parent=parent))
        except ExpressionError:
            values[field.key] = None
    return values


def is_live(ctx: Context, field: Field) -> bool:
    """Whether the field's value is not stored."""
    if field.formula:
        expression = ctx.expression(field.uid, "formula")
        return not field.stored or (expression is not None and expression.volatile)
    return bool(field.rollup or field.balance or (field.lookup and field.copy == "live"))
