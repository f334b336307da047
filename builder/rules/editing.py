"""Editing: which fields a person may change, as the fields themselves say. States and roles are asked elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from builder.errors import Problem
from builder.expressions import ExpressionError
from builder.record import Record
from builder.rules.context import Context


def uneditable(context: Context, before: Record, after: Record) -> tuple[Problem, ...]:
    """Header and line fields that a person changed although they are read-only or their ``editable_if`` does not hold on the record as it
    was before. Whether the state is editable is the workflow's to say."""
    found: list[Problem] = []
    found.extend(_touched(context, before, after, "", None))
    for key, lines in after.lines.items():
        known = {line.id: line for line in before.lines.get(key, ())}
        for i, line in enumerate(lines):
            if line.id in known:
                found.extend(_touched(context, known[line.id], line, f"/{key}/{i}", before))
    return tuple(found)


def _touched(
    context: Context, before: Record, after: Record, place: str, parent: Record | None
) -> Iterator[Problem]:
    for of in context.entity(after.entity).record_fields:
        if after.get(of.key) == before.get(of.key) or of.is_computed:
            continue
        if of.read_only:
            yield Problem("FIELD_READ_ONLY", f"{place}/{of.key}", {"field": of.label})
            continue
        expression = context.compiled.expression(of.uid, "editable_if")
        if expression is None:
            continue
        try:
            editable = bool(context.evaluate(expression, before, parent=parent))
        except ExpressionError:
            editable = False
        if not editable:
            yield Problem("FIELD_NOT_EDITABLE", f"{place}/{of.key}", {"field": of.label})
