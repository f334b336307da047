"""Notify: tell people, in their inbox or by e-mail, or a group through its robot."""

from __future__ import annotations

from typing import Any, Literal

from builder.changes import Message
from builder.errors import Problem
from builder.metadata.rule import Action
from builder.metadata.text import FIRST_LOCALE, in_locale
from builder.rules.actions.kind import KEY, RECIPIENTS, TEXT, ActionKind, Decided, Situation, schema
from builder.rules.actions.recipients import named
from builder.rules.context import LEDGER


def decide(action: Action, at: Situation) -> Decided:
    """One message per active person, whoever names them and however often, of what that person may see. With a connector, one that its robot tells the group."""
    if action.connector:
        return _told_by_robot(action, at)
    title, body = at.said(action.title), at.said(action.body)
    sights = {user: at.context.sight_of(user) for user in people(action, at)}
    return Decided(
        messages=tuple(
            _message(user, title.to(sees), body.to(sees), action, at) for user, sees in sights.items()
        )
    )


def people(action: Action, at: Situation) -> tuple[int, ...]:
    """The active people that the action names, each once, in the order of its ``to``."""
    return named(action.to, at.context, at.record, at.scene)


def _told_by_robot(action: Action, at: Situation) -> Decided:
    """What several rules tell a group goes out in one; it leaves the house, and therefore only after the commit."""
    if at.timing != "later":
        params = {"rule": at.rule.key, "action": action.kind, "timing": at.timing}
        return Decided(problems=(Problem("RULE_ACTION_MISPLACED", params=params),))
    entity, id = at.linked()
    # A group is nobody in particular: who lets the robot tell it lets it tell all of that.
    words = {"title": at.said(action.title).to(), "text": at.said(action.body).to()}
    body: dict[str, Any] = {
        "app": at.context.app,
        "connector": action.connector,
        "rule": at.rule.key,
        "entity": entity or None,
        "id": id,
        "version": at.record.version,
        "data": {name: in_locale(text, FIRST_LOCALE) for name, text in words.items()},
    }
    if called := people(action, at):
        body["mention"] = list(called)
    return Decided(messages=(Message("robot", body),))


def _message(user: int, title: object, body: object, action: Action, at: Situation) -> Message:
    record = at.record
    is_record = not record.entity.startswith(LEDGER)
    entity, id = at.linked()
    content = {
        "user_id": user,
        "kind": "rule",
        "rule": at.rule.key,
        "title": title,
        "body": body,
        "app": at.context.app,
        "entity": entity if is_record else None,
        "record_id": id if is_record else None,
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
            "connector": KEY,
        },
        ("to", "title"),
    ),
    timings=frozenset({"now", "later"}),
    decide=decide,
)
