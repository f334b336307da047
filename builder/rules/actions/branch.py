"""Branch: these actions where a condition holds, those where it does not."""

from __future__ import annotations

from builder.metadata.rule import Action
from builder.rules.actions.deciding import all_of, holds
from builder.rules.actions.kind import ACTIONS, ActionKind, Decided, Situation, schema


def decide(action: Action, at: Situation) -> Decided:
    """The condition is judged over the record at hand, as the actions before have left it."""
    return all_of(action.then if holds(action.uid, "if", at) else action.else_, at)


BRANCH = ActionKind(
    name="branch",
    label={"zh-CN": "分支", "en": "If … else"},
    schema=schema({"if_": {"type": "string"}, "then": ACTIONS, "else_": ACTIONS}, ("if_", "then")),
    timings=frozenset({"before", "now", "later"}),
    decide=decide,
)
