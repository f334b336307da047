"""Besides: live figures that stand beside a line while it is entered."""

from __future__ import annotations

from builder.expressions import ExpressionError
from builder.metadata.entity import Entity, Field
from builder.record import Record, Value
from builder.runtime.context import Context
from builder.runtime.handlers.records import blank_record
from builder.runtime.handlers.sight import in_sight
from builder.runtime.pages.cells import Cells
from builder.runtime.pages.given import ABOVE, Given, given_values
from builder.runtime.pages.lookups import Item
from builder.runtime.pages.titles import Titles
from builder.runtime.pages.words import Words


def beside(ctx: Context, words: Words, entity: Entity, lines: Field, given: Given) -> Item:
    """Live figures that stand beside a line: of what has been chosen so far."""
    model = ctx.app.package.entity(lines.entity or "")
    form = ctx.app.package.form_of(entity.key)
    node = next((n for n in form.nodes if n.field == lines.key), None) if form else None
    if model is None or node is None:
        return {"items": []}
    own = given_values(ctx, model.fields, given)
    above = given_values(ctx, entity.record_fields, given, ABOVE)
    line = Record(model.key, 0, own, parent_id=0)
    parent = blank_record(ctx, entity).but(values=above, lines={lines.key: (line,)})
    # What was chosen is what somebody says: figures of records out of sight are not for asking.
    parent, _ = in_sight(ctx, entity, parent, None)
    line = parent.lines[lines.key][0]
    own = {key: value for key, value in line.values.items() if value is not None}
    if not any(of.type == "reference" for of in model.fields if of.key in own):
        return {"items": []}
    cells = Cells(ctx, words, Titles(ctx))
    fields = [f for key in node.beside if (f := model.field(key)) and ctx.kernel.is_readable(model.key, key)]
    items = []
    for of in fields:
        cell = cells.cell(model, of, _figure(ctx, of, line, parent))
        if cell.text:
            items.append(
                {"label": words.of(of.label), "value": cell.text} | ({"tone": "bad"} if cell.negative else {})
            )
    first = next((of for of in model.fields if of.key in own and of.type == "reference"), None)
    return {"title": cells.text(first, own[first.key]) if first else "", "items": items}


def _figure(ctx: Context, field: Field, line: Record, parent: Record) -> Value:
    try:
        return ctx.facts.values([field.key], line, parent=parent).get(field.key)
    except ExpressionError:
        return None
