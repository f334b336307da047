"""Handler of erasing what a record said of people in its past, as the law asks. That it was erased stays on record."""

from __future__ import annotations

from builder.commands import ForgetPast
from builder.errors import ConflictError
from builder.metadata.entity import Entity
from builder.record import Ref
from builder.runtime.context import Context
from builder.runtime.handled import Handled


def forgotten(ctx: Context, command: ForgetPast) -> Handled:
    """The record as it was, its versions without personal values."""
    entity = ctx.kernel.check("delete", command.entity)
    ctx.kernel.check("update", command.entity)
    before = ctx.load(command.entity, command.id, "delete")
    if not _is_personal(ctx, entity):
        raise ConflictError("NOTHING_PERSONAL", entity=entity.label)
    ctx.pending.put(before, before, forgets=True)
    return Handled(refs=(Ref(before.entity, before.id),))


def _is_personal(ctx: Context, entity: Entity) -> bool:
    """Whether a field of it or of its lines is about people, or was: what lies in the past may be of an older version."""
    lines = [ctx.app.package.entity(f.entity or "") for f in entity.line_fields]
    return any(f.personal for of in (entity, *lines) if of is not None for f in of.fields)
