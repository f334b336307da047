"""Assign: hand the record to somebody: its owner, or a field that names a person."""

from __future__ import annotations

from builder.commands import UpdateRecord
from builder.metadata.rule import Action
from builder.rules.actions.kind import KEY, RECIPIENTS, ActionKind, Decided, Situation, schema
from builder.rules.actions.notify import people

OWNER = "owner"


def decide(action: Action, at: Situation) -> Decided:
    """Whoever is named first and is active gets it. Where nobody is, or it is theirs already, it stays with whom it is."""
    record = at.record
    person = next(iter(people(action, at)), None)
    has = record.get(action.at) if action.at else record.owner_id
    if person is None or person == has:
        return Decided()
    return Decided(
        commands=(UpdateRecord(at.context.app, record.entity, record.id, {action.at or OWNER: person}),)
    )


ASSIGN = ActionKind(
    name="assign",
    label={"zh-CN": "指派", "en": "Assign"},
    schema=schema({"to": RECIPIENTS, "at": KEY}, ("to",)),
    timings=frozenset({"now", "later"}),
    decide=decide,
)
