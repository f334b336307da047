"""Call: tell an outside system, after the commit and until it has heard."""

from __future__ import annotations

from builder.changes import Message
from builder.metadata.rule import Action
from builder.rules.actions.kind import KEY, VALUES, ActionKind, Decided, Situation, schema
from builder.rules.conditions import plain
from builder.rules.context import LEDGER


def decide(action: Action, at: Situation) -> Decided:
    """One message; those about one record reach one system in their order."""
    context, record = at.context, at.record
    data = {}
    for name in action.payload:
        expression = context.compiled.expression(action.uid, f"payload.{name}")
        data[name] = None if expression is None else plain(at.evaluate(expression))
    is_record = not record.entity.startswith(LEDGER)
    body = {
        "app": context.app,
        "connector": action.connector,
        "rule": at.rule.key,
        "entity": record.entity if is_record else None,
        "id": record.id if is_record else 0,
        "version": record.version if is_record else 0,
        "data": data,
    }
    found = (c for c in context.package.connectors if c.key == action.connector and c.kind == "robot")
    if next(found, None) is not None:
        # What several rules tell a group goes out in one; each must be there when the digest is made.
        return Decided(messages=(Message("robot", body),))
    order = f"call:{context.app}:{action.connector}:{record.entity}:{record.id}"
    return Decided(messages=(Message("connector", body, order_key=order),))


CALL = ActionKind(
    name="call",
    label={"zh-CN": "调用连接器", "en": "Tell an outside system"},
    schema=schema({"connector": KEY, "payload": VALUES}, ("connector",)),
    timings=frozenset({"later"}),
    decide=decide,
)
