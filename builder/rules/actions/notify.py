"""Notify: tell people, in their inbox or by e-mail."""

from __future__ import annotations

from typing import Literal

from builder.changes import Message
from builder.metadata.rule import Action
from builder.rules.actions.kind import RECIPIENTS, TEXT, ActionKind, Decided, Situation, schema
from builder.rules.actions.recipients import named
from builder.rules.context import LEDGER
from builder.rules.wording import filled


def decide(action: Action, at: Situation) -> Decided:
    """One message per active person, whoever names them and however often."""
    title = filled(action.title, at.context, at.record, old=at.old)
    body = filled(action.body, at.context, at.record, old=at.old)
    return Decided(messages=tuple(_message(user, title, body, action, at) for user in people(action, at)))


def people(action: Action, at: Situation) -> tuple[int, ...]:
    """The active people that the action names, each once, in the order of its ``to``."""
    return named(action.to, at.context, at.record)


def _message(user: int, title: object, body: object, action: Action, at: Situation) -> Message:
    record = at.record
    is_record = not record.entity.startswith(LEDGER)
    content = {
        "user_id": user,
        "kind": "rule",
        "rule": at.rule.key,
        "title": title,
        "body": body,
        "app": at.context.app,
        "entity": record.entity if is_record else None,
        "record_id": record.id if is_record else None,
    }
    kind: Literal["email", "notification"] = "email" if action.channel == "email" else "notification"
    return Message(
        kind,
        content,
        order_key=f"user:{user}",
        dedupe_key=_dedupe_key(action, at, user) if is_record else None,
    )


def _dedupe_key(action: Action, at: Situation, user: int) -> str:
    """One notice an action, record, version and person. What is no record (a threshold) runs once by its own key."""
    record, instant = at.record, at.context.env.now().isoformat()
    return (
        f"notify:{at.context.app}:{action.uid}:{record.entity}:{record.id}:{record.version}:{user}:{instant}"
    )


NOTIFY = ActionKind(
    name="notify",
    label={"zh-CN": "通知", "en": "Notify"},
    schema=schema(
        {
            "to": RECIPIENTS,
            "title": TEXT,
            "body": TEXT,
            "channel": {"enum": ["inbox", "email"]},
        },
        ("to", "title"),
    ),
    timings=frozenset({"now", "later"}),
    decide=decide,
)
