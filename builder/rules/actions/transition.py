"""Transition: move records through their workflow; what the move posts, it posts by itself."""

from __future__ import annotations

from builder.commands import FireTransition
from builder.metadata.rule import Action
from builder.rules.actions.kind import KEY, TARGET, VALUES, ActionKind, Decided, Situation, schema


def decide(action: Action, at: Situation) -> Decided:
    """One command per record; ``values`` are changed on the way."""
    entity, records = at.targets(action)
    values = at.evaluated(action, entity) if action.values else {}
    app = at.context.app
    return Decided(
        commands=tuple(
            FireTransition(app, entity, record.id, action.transition or "", values=values)
            for record in records
        )
    )


TRANSITION = ActionKind(
    name="transition",
    label={"zh-CN": "推进流程", "en": "Fire a transition"},
    schema=schema(
        {"transition": KEY, "target": TARGET, "entity": KEY, "filter": {"type": "object"}, "values": VALUES},
        ("transition",),
    ),
    timings=frozenset({"now", "later"}),
    decide=decide,
)
