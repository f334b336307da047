"""Channels: by which way a command came, told from who asks, what is asked and what a rule waited for."""

from __future__ import annotations

from dataclasses import replace

from builder.commands import Actor, Command, FireTransitions, RunRule, TakeHook, WriteRecords
from builder.metadata.package import Package
from builder.runtime.context import Context

BY_HAND = frozenset({"", "desk", "phone", "api"})
BY_KIND = {"token": "api", "rule": "rule", "timer": "schedule"}
TIMED = frozenset({"schedule", "relative_date"})
ASKED = frozenset({"conversion", "computation"})
"""Sources of records that the app writes and somebody asked for."""


def through(actor: Actor, command: Command, package: Package | None = None) -> Actor:
    """The actor with the channel of this command: many records at once are *bulk* whoever sent them, unless they came by a channel of
    their own (an import); a rule that waited for a time is *schedule*, any other that runs later is *rule*."""
    return replace(actor, channel=_channel(actor, command, package))


def _channel(actor: Actor, command: Command, package: Package | None) -> str:
    if isinstance(command, RunRule) and actor.kind == "timer":
        rules = package.rules if package is not None else ()
        waited = any(rule.key == command.rule and rule.when.kind in TIMED for rule in rules)
        return "schedule" if waited else "rule"
    if isinstance(command, TakeHook):
        return "api"
    if isinstance(command, WriteRecords | FireTransitions) and actor.channel in BY_HAND:
        return "bulk"
    return actor.channel or BY_KIND.get(actor.kind, "")


def channel_of_record(ctx: Context, source: str = "") -> str | None:
    """What a record that is made now says of the way by which it came: by a rule, where a rule asks for it in the middle of what a person does.
    What a person converts or has computed is written with the app's rights, and came by the person all the same."""
    if source in ASKED:
        return ctx.actor.channel or None
    if ctx.kernel.actor.kind == "rule" and ctx.actor.kind in {"user", "token"}:
        return "rule"
    return ctx.actor.channel or None
