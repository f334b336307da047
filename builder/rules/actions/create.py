"""Create: make a record of another (or the same) entity."""

from __future__ import annotations

from builder.commands import CreateRecord
from builder.metadata.rule import Action
from builder.rules.actions.kind import KEY, VALUES, ActionKind, Decided, Situation, schema


def decide(action: Action, at: Situation) -> Decided:
    entity = action.entity or at.record.entity
    values = at.evaluated(action, entity)
    command = CreateRecord(at.context.app, entity, values, submit=action.submit, source="rule")
    return Decided(commands=(command,))


CREATE = ActionKind(
    name="create",
    label={"zh-CN": "新建记录", "en": "Create a record"},
    schema=schema({"entity": KEY, "values": VALUES, "submit": {"type": "boolean"}}, ("entity", "values")),
    timings=frozenset({"now", "later"}),
    decide=decide,
)
