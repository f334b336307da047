"""Refuse: nothing is saved, and the person is told why."""

from __future__ import annotations

from builder.errors import Problem
from builder.metadata.rule import Action
from builder.rules.actions.kind import KEY, TEXT, ActionKind, Decided, Situation, schema


def decide(action: Action, at: Situation) -> Decided:
    message = at.said(action.message).to(at.context.sight_of(at.context.actor.user_id))
    place = at.scene.place
    path = f"{place}/{action.at}" if action.at else place
    return Decided(problems=(Problem("RULE_REFUSED", path, {"rule": at.rule.key}, message=message),))


REFUSE = ActionKind(
    name="refuse",
    label={"zh-CN": "拒绝并提示", "en": "Refuse with a message"},
    schema=schema({"message": TEXT, "at": KEY}, ("message",)),
    timings=frozenset({"before", "now"}),
    decide=decide,
)
