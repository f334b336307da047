"""Compute: run a computation, whose rows become records or bring those of an earlier run up to date."""

from __future__ import annotations

from builder.commands import RunComputation
from builder.metadata.rule import Action
from builder.rules.actions.kind import KEY, VALUES, ActionKind, Decided, Situation, schema
from builder.rules.conditions import plain


def decide(action: Action, at: Situation) -> Decided:
    """One command; what its reports ask for is answered by ``payload``."""
    parameters = {}
    for name in action.payload:
        expression = at.context.compiled.expression(action.uid, f"payload.{name}")
        parameters[name] = None if expression is None else plain(at.evaluate(expression))
    command = RunComputation(at.context.app, action.computation or "", parameters)
    return Decided(commands=(command,))


COMPUTE = ActionKind(
    name="compute",
    label={"zh-CN": "批量计算", "en": "Run a computation"},
    schema=schema({"computation": KEY, "payload": VALUES}, ("computation",)),
    timings=frozenset({"now", "later"}),
    decide=decide,
)
