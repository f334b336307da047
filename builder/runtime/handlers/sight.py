"""Sight: a record that the actor may not see does not exist for them, so that they cannot refer to it either."""

from __future__ import annotations

from builder.errors import Problem
from builder.metadata.entity import Entity, Field
from builder.record import Record
from builder.rules.reach import ids_in
from builder.runtime.context import Context
from builder.runtime.expanding import seen

REFERENCES = frozenset({"reference", "multi_reference"})


def in_sight(
    ctx: Context, entity: Entity, record: Record, before: Record | None
) -> tuple[Record, list[Problem]]:
    """The record without references that are new and lead out of the actor's sight, and a problem for each: the one that an id of
    nothing has. Nothing of what they lead to is read any further."""
    if ctx.kernel.is_unlimited:
        return record, []
    problems: list[Problem] = []
    kept = _kept(ctx, entity, record, before, "", problems)
    for field in entity.line_fields:
        lines = ctx.app.package.entity(field.entity or "")
        rows = kept.lines.get(field.key, ())
        if lines is None or not rows:
            continue
        olds = {line.id: line for line in before.lines.get(field.key, ())} if before else {}
        made = tuple(
            _kept(ctx, lines, row, olds.get(row.id), f"/{field.key}/{index}", problems)
            for index, row in enumerate(rows)
        )
        kept = kept.but(lines={**kept.lines, field.key: made})
    return kept, problems


def _kept(
    ctx: Context, entity: Entity, record: Record, old: Record | None, at: str, problems: list[Problem]
) -> Record:
    gone = [field.key for field in _limited(ctx, entity) if not _is_seen(ctx, field, record, old)]
    for key in gone:
        of = entity.field(key)
        assert of is not None
        problems.append(Problem("REFERENCE_MISSING", f"{at}/{key}", {"field": of.label}))
    return record.with_values(dict.fromkeys(gone)) if gone else record


def _limited(ctx: Context, entity: Entity) -> tuple[Field, ...]:
    """References to entities of which the actor sees a part, or nothing."""
    found: tuple[Field, ...] = ctx.kernel.remembered(
        ("limited", entity),
        lambda: tuple(
            field
            for field in entity.fields
            if field.type in REFERENCES
            and field.entity
            and not (field.is_computed or field.archived)
            and ctx.kernel.scope(field.entity) is not None
        ),
    )
    return found


def _is_seen(ctx: Context, field: Field, record: Record, old: Record | None) -> bool:
    known = ids_in(old.get(field.key)) if old else []
    new = {id for id in ids_in(record.get(field.key)) if id not in known}
    return len(seen(ctx, field.entity or "", new)) == len(new)
