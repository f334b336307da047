"""Ticket: somebody has to see to this, by then, and says what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from builder.commands import OpenTicket
from builder.metadata.rule import Action, Recipient
from builder.record import Record
from builder.rules.actions.kind import RECIPIENTS, TARGET, TEXT, ActionKind, Decided, Situation, schema
from builder.rules.actions.notify import people
from builder.rules.conditions import plain
from builder.rules.context import LEDGER
from builder.rules.wording import kept_words

TIMES = {"type": ["integer", "null"], "minimum": 1}


def decide(action: Action, at: Situation) -> Decided:
    """One ticket for what the rule looks at, linked to the record at ``target``. The first who is named and active owns it; where nobody is, who
    heads the record's department, else an owner of the app."""
    context, record = at.context, at.record
    meant = people(action, at) or _keepers(at)
    entity, id = _linked(action, at)
    title, body = at.said(action.title), at.said(action.body)
    ticket = OpenTicket(
        context.app,
        title.to(),
        entity,
        id,
        action.ticket,
        body.to(),
        owner=meant[0] if meant else None,
        due_days=action.due_days,
        due_hours=action.due_hours,
        escalate=tuple({"hours": e.hours, "to": [_said(r) for r in e.to]} for e in action.escalate),
        users=meant[1:],
        role=next((to.role for to in action.to if to.role), ""),
        rule=at.rule.uid,
        about=_about(record),
        source={**_source(record), **kept_words(title, body)},
        reopen=action.reopen,
        until_gone=action.until_gone,
    )
    return Decided(commands=(ticket,))


def _keepers(at: Situation) -> tuple[int, ...]:
    directory, unit = at.context.directory, at.record.org_unit_id
    if directory is None:
        return ()
    head = directory.head_of(unit) if unit else None
    if head is not None and directory.is_active(head):
        return (head,)
    return directory.app_owners()[:1]


def _linked(action: Action, at: Situation) -> tuple[str, int]:
    """The record that the ticket leads to; none for a balance or a schedule that names none."""
    if action.target:
        entity, found = at.targets(action)
        return (entity, found[0].id) if found else ("", 0)
    record = at.record
    return ("", 0) if record.entity.startswith(LEDGER) or not record.id else (record.entity, record.id)


def _about(record: Record) -> str:
    """What makes the ticket the only one of its rule: the record, the balance, or nothing in particular."""
    if record.id:
        return str(record.id)
    keys = [
        f"{key}={record.values[key]}"
        for key in sorted(record.values)
        if isinstance(record.values[key], int | str)
    ]
    return f"{record.entity}/{'/'.join(keys)}" if record.entity else ""


def _source(record: Record) -> Mapping[str, Any]:
    if record.entity.startswith(LEDGER):
        return {"ledger": record.entity.removeprefix(LEDGER), "keys": plain(dict(record.values))}
    return {"entity": record.entity, "id": record.id} if record.id else {}


def _said(to: Recipient) -> Mapping[str, Any]:
    """The recipient in JSON form: it is looked up when its time comes, because people come and go."""
    return {f.name: value for f in fields(to) if (value := getattr(to, f.name)) not in (None, "", False)}


TICKET = ActionKind(
    name="ticket",
    label={"zh-CN": "开工单", "en": "Open a ticket"},
    schema=schema(
        {
            "to": RECIPIENTS,
            "title": TEXT,
            "body": TEXT,
            "ticket": {"enum": ["task", "exception"]},
            "due_days": TIMES,
            "due_hours": TIMES,
            "escalate": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "hours": {"type": "integer", "minimum": 0},
                        "to": {**RECIPIENTS, "minItems": 0},
                    },
                    "additionalProperties": False,
                },
            },
            "target": TARGET,
            "reopen": {"type": "boolean"},
            "until_gone": {"type": "boolean"},
        },
        ("to", "title"),
    ),
    timings=frozenset({"now", "later"}),
    decide=decide,
)
