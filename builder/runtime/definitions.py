"""Definitions: an app as its caller may see it: what exists for it, with labels, so that programs and pages can be drawn from it."""

from __future__ import annotations

from typing import Any

from builder.metadata.entity import Entity, Field
from builder.metadata.ledger import Ledger
from builder.metadata.workflow import Workflow
from builder.runtime.context import Context
from builder.runtime.permissions import Kernel


def app_definition(ctx: Context) -> dict[str, Any]:
    """The published definitions, without what the actor may not know."""
    package, kernel = ctx.app.package, ctx.kernel
    return {
        "key": ctx.app.key,
        "label": package.app.label,
        "description": package.app.description,
        "version": ctx.app.row.live_version,
        "template": package.app.key,
        "roles": sorted(kernel.role_keys()),
        "rights": [
            r
            for r in ("design", "people", "settings", "close_period", "backup", "audit")
            if kernel.has_right(r)
        ],
        "entities": [entity_definition(ctx, e) for e in package.entities if kernel.may("read", e.key)],
        "ledgers": [_ledger(kernel, ledger) for ledger in package.ledgers if kernel.measures(ledger.key)],
        "views": [
            {"key": v.key, "entity": v.entity, "label": v.label, "columns": [c.field for c in v.columns]}
            for v in package.views
            if kernel.may("read", v.entity)
        ],
        "reports": [
            {"key": r.key, "label": r.label} for r in package.reports if kernel.may_see("reports", r.key)
        ],
        "dashboards": [
            {"key": d.key, "label": d.label}
            for d in package.dashboards
            if kernel.may_see("dashboards", d.key)
        ],
    }


def entity_definition(ctx: Context, entity: Entity) -> dict[str, Any]:
    """One entity: its fields, moves and conversions, each as far as the actor's rights reach."""
    kernel = ctx.kernel
    workflow = ctx.app.package.workflow_of(entity.key)
    return {
        "key": entity.key,
        "kind": entity.kind,
        "label": entity.label,
        "may": [
            d
            for d in ("read", "create", "update", "delete", "import", "export", "print")
            if kernel.may(d, entity.key)
        ],
        "fields": [field_definition(kernel, entity, f) for f in kernel.readable_fields(entity)],
        "states": [{"key": s.key, "label": s.label} for s in workflow.states] if workflow else [],
        "transitions": _transitions(kernel, entity, workflow) if workflow else [],
        "conversions": [
            {"key": c.key, "label": c.label, "to": c.to}
            for c in entity.conversions
            if kernel.may_convert(entity.key, c.key)
        ],
    }


def field_definition(kernel: Kernel, entity: Entity, field: Field) -> dict[str, Any]:
    out: dict[str, Any] = {"key": field.key, "type": field.type, "label": field.label}
    if field.required:
        out["required"] = True
    if field.is_computed or field.read_only or not kernel.is_writable(entity.key, field.key):
        out["read_only"] = True
    if field.entity:
        out["entity"] = field.entity
    if field.scale is not None:
        out["scale"] = field.scale
    if field.options:
        out["options"] = [{"key": o.key, "label": o.label} for o in field.options if not o.archived]
    return out


def _transitions(kernel: Kernel, entity: Entity, workflow: Workflow) -> list[dict[str, Any]]:
    return [
        {"key": t.key, "label": t.label, "from": list(t.from_), "to": t.to, "default": t.default}
        for t in workflow.transitions
        if not t.automatic and kernel.may_fire(entity.key, t.key)
    ]


def _ledger(kernel: Kernel, ledger: Ledger) -> dict[str, Any]:
    seen = kernel.measures(ledger.key)
    return {
        "key": ledger.key,
        "label": ledger.label,
        "dimensions": [{"key": d.key, "label": d.label, "entity": d.entity} for d in ledger.dimensions],
        "measures": [
            {"key": m.key, "label": m.label, "scale": m.scale} for m in ledger.measures if m.key in seen
        ],
    }
