"""Update: change records: the one at hand, one it refers to, or all that pass a filter."""

from __future__ import annotations

from builder.commands import UpdateRecord
from builder.metadata.rule import Action
from builder.rules.actions.kind import KEY, TARGET, VALUES, ActionKind, Decided, Situation, schema


def decide(action: Action, at: Situation) -> Decided:
    """One command per record that would change. Expressions are over the record at hand; a filter value ``{"record": path}`` too."""
    entity, records = at.targets(action)
    if not records:
        return Decided()
    values = at.evaluated(action, entity)
    commands = []
    for record in records:
        changed = {k: v for k, v in values.items() if record.get(k) != v}
        if changed:
            commands.append(UpdateRecord(at.context.app, entity, record.id, changed))
    return Decided(commands=tuple(commands))


UPDATE = ActionKind(
    name="update",
    label={"zh-CN": "更新记录", "en": "Update records"},
    schema=schema(
        {"entity": KEY, "target": TARGET, "filter": {"type": "object"}, "values": VALUES}, ("values",)
    ),
    timings=frozenset({"now", "later"}),
    decide=decide,
)
