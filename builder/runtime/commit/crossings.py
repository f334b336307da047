"""Crossings: a watched figure fell below its threshold under the locks; the rule that watches it runs later, once."""

from __future__ import annotations

from builder.changes import Message
from builder.commands import Command, RunRule
from builder.ledger.outcome import Plan
from builder.rules.engine import crossing
from builder.runtime.apps import LoadedApp


def messages_of(app: LoadedApp, plan: Plan, command: Command) -> tuple[Message, ...]:
    """A message for every threshold that the plan crossed downwards. Where a rule's run brought that about, its chain goes on with it."""
    cause = (*command.event.get("cause", ()), command.rule) if isinstance(command, RunRule) else ()
    rules = {rule.uid: rule for rule in app.package.rules if rule.enabled}
    return tuple(
        crossing(
            app.key,
            rules[c.rule],
            c.dimensions,
            c.measures,
            c.slack,
            f"{c.ledger}:{'.'.join(str(part) for part in c.key)}:{c.seq}",
            cause,
        )
        for c in plan.crossings
        if c.rule in rules
    )
