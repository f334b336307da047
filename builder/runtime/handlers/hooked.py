"""Handler of messages from outside: what a connector makes of one, and whom it wakes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from builder.changes import Message
from builder.commands import CreateRecord, TakeHook
from builder.metadata.rule import Rule
from builder.record import Record
from builder.rules.conditions import bound_scene
from builder.rules.engine import message
from builder.rules.postponed import payload_of
from builder.rules.scene import Scene
from builder.runtime.context import Context
from builder.runtime.handled import Handled
from builder.runtime.handlers.gathered import created

MOST_RECORDS = 1000


def hooked(ctx: Context, command: TakeHook) -> Handled:
    """The record that the connector makes, if it does, and a message for every rule (and record of it) that waits: they run after the commit,
    each once."""
    made = _made(ctx, command)
    moment = str(ctx.pending.new_id())
    rules = _waiting(ctx, command.connector)
    messages = [m for rule in rules for m in _messages(ctx, rule, command.payload, moment)]
    ctx.pending.messages.extend(messages)
    return made._replace(answer={**made.answer, "woken": len(messages)})


def _made(ctx: Context, command: TakeHook) -> Handled:
    if not command.entity:
        return Handled()
    return created(ctx, CreateRecord(command.app, command.entity, command.values, submit=command.submit))


def _waiting(ctx: Context, connector: str) -> Iterable[Rule]:
    rules = (r for r in ctx.app.package.rules if r.enabled and r.when.kind == "webhook")
    return (r for r in rules if r.when.connector == connector)


def _messages(ctx: Context, rule: Rule, payload: str, moment: str) -> Iterable[Message]:
    event: dict[str, Any] = {"kind": "webhook", "payload": payload}
    when = rule.when
    if not when.entity:
        return [message(ctx.app.key, rule, None, 0, event, moment)]
    scene = Scene(Record("", 0, {}), payload=payload_of(event))
    where = bound_scene(ctx.facts, when.filter or {}, scene)
    found = ctx.reader.find(when.entity, where or None, limit=MOST_RECORDS)
    return [message(ctx.app.key, rule, record.entity, record.id, event, moment) for record in found]
