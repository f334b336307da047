"""Start approval: ask those who decide about a transition, unless they are asked already."""

from __future__ import annotations

from builder.commands import StartApproval
from builder.metadata.rule import Action
from builder.rules.actions.kind import KEY, TARGET, ActionKind, Decided, Situation, schema


def decide(action: Action, at: Situation) -> Decided:
    """One command per record; an approval that runs already goes on as it is."""
    entity, records = at.targets(action)
    app, transition = at.context.app, action.transition or ""
    return Decided(commands=tuple(StartApproval(app, entity, record.id, transition) for record in records))


START_APPROVAL = ActionKind(
    name="start_approval",
    label={"zh-CN": "发起审批", "en": "Start an approval"},
    schema=schema(
        {"transition": KEY, "target": TARGET, "entity": KEY, "filter": {"type": "object"}}, ("transition",)
    ),
    timings=frozenset({"now", "later"}),
    decide=decide,
)
