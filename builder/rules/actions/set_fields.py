"""Set: give fields of the record at hand values."""

from __future__ import annotations

from builder.commands import UpdateRecord
from builder.metadata.rule import Action
from builder.rules.actions.kind import VALUES, ActionKind, Decided, Situation, schema


def decide(action: Action, at: Situation) -> Decided:
    """*Before*, the values are laid over the record; otherwise an update follows, unless it would change nothing."""
    values = at.evaluated(action)
    changed = {k: v for k, v in values.items() if at.record.get(k) != v}
    if at.timing == "before":
        return Decided(values=changed)
    if not changed:
        return Decided()
    return Decided(commands=(UpdateRecord(at.context.app, at.record.entity, at.record.id, changed),))


SET = ActionKind(
    name="set",
    label={"zh-CN": "设置字段", "en": "Set fields"},
    schema=schema({"values": VALUES}, ("values",)),
    timings=frozenset({"before", "now", "later"}),
    decide=decide,
)
