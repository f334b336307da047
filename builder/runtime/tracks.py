"""Tracks: one change of a record's history as people and programs read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.metadata.entity import Entity, Field
from builder.runtime.context import Context
from builder.runtime.representation import REFERENCE_TYPES

SYSTEM_LABELS = {"state", "archived", "business_date", "owner", "org_unit"}


def change_of(ctx: Context, entity: Entity, part: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """``part`` as history keeps it (``field``, ``line_field``, ``line``, ``before``, ``after``; values in their JSON form), with the field's key
    and label; None where the actor may not read the field or the package no longer has it."""
    name = part["field"]
    if name in SYSTEM_LABELS:
        return {"field": name, "label": None, "before": part.get("before"), "after": part.get("after")}
    of = entity.field_by_uid(name)
    if of is None or not ctx.kernel.is_readable(entity.key, of.key):
        return None
    inner = part.get("line_field")
    if not inner:
        return _change(ctx, of, part, {"line": part.get("line_no"), "kind": part.get("kind", "changed")})
    lines = ctx.app.package.entity(of.entity or "")
    field = lines.field_by_uid(inner) if lines else None
    if lines is None or field is None or not ctx.kernel.is_readable(lines.key, field.key):
        return None
    return _change(ctx, field, part, {"lines": of.key, "line": part.get("line_no")})


def _change(
    ctx: Context, field: Field, part: Mapping[str, Any], more: Mapping[str, Any]
) -> Mapping[str, Any]:
    return {
        "field": field.key,
        "label": field.label,
        "before": _shown(ctx, field, part.get("before")),
        "after": _shown(ctx, field, part.get("after")),
        **more,
    }


def _shown(ctx: Context, field: Field, value: Any) -> Any:
    """Ids leave in their outside form; everything else is stored as it is shown."""
    if field.type not in REFERENCE_TYPES:
        return value
    if isinstance(value, list):
        return [ctx.engine.database.show(int(v)) for v in value]
    return ctx.engine.database.show(int(value)) if value else None
