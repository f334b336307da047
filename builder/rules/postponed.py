"""Postponed: the messages that make a rule run after the commit, and what their events say when it does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from builder.changes import Message
from builder.commands import RunRule
from builder.errors import Problem
from builder.events import ApprovalChanged, Event, LineChanged, RecordChanged, TransitionFired
from builder.metadata.rule import Rule
from builder.record import Record, Value
from builder.rules.cause import WIDTH
from builder.rules.conditions import plain
from builder.rules.context import LEDGER
from builder.rules.triggers import KINDS, record_of


def about(event: Event) -> dict[str, Any]:
    """The event in JSON form."""
    body: dict[str, Any] = {"kind": KINDS[type(event)], "version": record_of(event).version}
    if isinstance(event, TransitionFired | ApprovalChanged):
        body["transition"] = event.transition
    if isinstance(event, ApprovalChanged):
        body["event"] = event.event
    if isinstance(event, RecordChanged | LineChanged):
        body["fields"] = sorted(event.fields)
    return body


def message(
    app: str, rule: Rule, entity: str | None, id_: int, event: Mapping[str, Any], moment: str
) -> Message:
    """The outbox message that makes a rule run once for (rule, record, event, ``moment``): a *later* rule, a tick of a schedule
    (``moment``: the time planned), a date that has come (the date), a threshold crossed (the lane's sequence number), a message from outside
    (its id)."""
    body = {"app": app, "rule": rule.key, "entity": entity, "id": id_, "event": plain(dict(event))}
    parts = (event.get("kind", ""), event.get("transition", ""), event.get("event", ""))
    key = f"rule:{app}:{rule.uid}:{entity or ''}:{id_}:{'.'.join(str(p) for p in parts)}:{moment}"
    return Message("rule", body, order_key=f"{app}:{entity or rule.key}:{id_}", dedupe_key=key)


def continued(messages: Sequence[Message], event: Mapping[str, Any]) -> tuple[list[Message], list[Problem]]:
    """The messages of rules that the run for ``event`` woke, each knowing as how many at once it runs, and why none may: a rule that wakes
    itself for several records does so for several more each time, and a limit of depth alone would come too late."""
    woken = [m for m in messages if m.kind == "rule" and m.body["event"].get("cause")]
    width = int(event.get("width", 1)) * max(1, len(woken))
    chains = ((*m.body["event"]["cause"], m.body["rule"]) for m in woken if _wakes_itself(m))
    if width > WIDTH and (chain := next(chains, None)) is not None:
        return [], [Problem("RULE_WIDTH", params={"most": WIDTH, "chain": " → ".join(chain)})]
    kept = {id(m) for m in woken}
    return [_widened(m, width) if id(m) in kept else m for m in messages], []


def _wakes_itself(message: Message) -> bool:
    return message.body["rule"] in message.body["event"]["cause"]


def _widened(message: Message, width: int) -> Message:
    event = {**message.body["event"], "width": width}
    return replace(message, body={**message.body, "event": event})


def crossing(
    app: str,
    rule: Rule,
    keys: Mapping[str, Value],
    measures: Mapping[str, Decimal],
    slack: Decimal,
    moment: str,
    cause: Sequence[str] = (),
) -> Message:
    """The message of a *threshold* rule for a balance that has fallen below: its dimension ``keys``, ``measures`` and (negative) ``slack``;
    expressions and texts also see ``shortage``. ``moment`` names the crossing (lane and sequence number), so that it is told once; ``cause`` are
    the rules whose doing it was."""
    figures = {**measures, "slack": slack, "shortage": -slack}
    event: dict[str, Any] = {
        "kind": "threshold",
        "ledger": rule.when.ledger,
        "keys": keys,
        "measures": figures,
    }
    if cause:
        event["cause"] = list(cause)
    return message(app, rule, None, 0, event, moment)


def command_of(body: Mapping[str, Any], fire_key: str) -> RunRule:
    """The command in a *rule* message; ``fire_key`` (the message's id or dedupe key) makes it happen once."""
    return RunRule(body["app"], body["rule"], body["entity"], int(body["id"]), fire_key, body["event"])


def balance_record(event: Mapping[str, Any]) -> Record | None:
    """The keys and measures of a balance, to be read by expressions like a record."""
    if "ledger" not in event:
        return None
    measures = {key: Decimal(str(value)) for key, value in event.get("measures", {}).items()}
    return Record(f"{LEDGER}{event['ledger']}", 0, {**event.get("keys", {}), **measures})


def nothing(event: Mapping[str, Any]) -> Record | None:
    """What stands for the record where the event is about none: a schedule without an entity, a rule that failed, an import."""
    kinds = {"schedule", "rule_failed", "import_finished", "webhook"}
    is_about_none = event.get("kind") in kinds and not event.get("about")
    return Record("", 0, {}) if is_about_none else None


def payload_of(event: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The message that a webhook brought, with exact numbers."""
    if "payload" not in event:
        return None
    found = json.loads(event["payload"], parse_float=Decimal, parse_int=Decimal)
    return found if isinstance(found, Mapping) else {}
