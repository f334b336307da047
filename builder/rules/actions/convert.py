"""Convert: make the next document (下推) of the record at hand or of one it refers to."""

from __future__ import annotations

from builder.commands import Convert
from builder.metadata.rule import Action
from builder.rules.actions.kind import KEY, TARGET, VALUES, ActionKind, Decided, Situation, schema


def decide(action: Action, at: Situation) -> Decided:
    """One command per record; ``values`` are laid over what the conversion maps."""
    entity, records = at.targets(action)
    target = _made_by(at, entity, action.conversion or "")
    values = at.evaluated(action, target) if action.values else {}
    app = at.context.app
    return Decided(
        commands=tuple(
            Convert(app, entity, (record.id,), action.conversion or "", values=values, by="rule")
            for record in records
        )
    )


def _made_by(at: Situation, entity: str, conversion: str) -> str | None:
    model = at.context.package.entity(entity)
    return next((c.to for c in model.conversions if c.key == conversion), None) if model else None


CONVERT = ActionKind(
    name="convert",
    label={"zh-CN": "下推单据", "en": "Make the next document"},
    schema=schema(
        {"conversion": KEY, "target": TARGET, "entity": KEY, "filter": {"type": "object"}, "values": VALUES},
        ("conversion",),
    ),
    timings=frozenset({"now", "later"}),
    decide=decide,
)
