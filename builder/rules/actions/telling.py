"""Telling: what a run's steps did, in JSON form, as the log of rules keeps it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from builder.changes import Message
from builder.errors import Problem
from builder.metadata.rule import Action
from builder.record import Record
from builder.rules.conditions import plain

if TYPE_CHECKING:
    from builder.rules.actions.kind import Decided

MOST_TOLD = 50
"""Of a step that does many things the log tells the first."""
ABOUT = (
    "entity",
    "id",
    "transition",
    "conversion",
    "rule",
    "assignee",
    "title",
    "owner",
    "print",
    "computation",
)
TOLD = ("user_id", "title", "connector", "rule")
"""What the log tells of a command, and of a message."""


def step_of(action: Action, decided: Decided, record: Record) -> Mapping[str, Any]:
    """One step for the log, in JSON form: what it set and what was there before, what it asked for, whom it told, what it refused. ``steps``
    of a step that has steps of its own look the same."""
    if decided.steps:
        return {"action": action.uid, "kind": action.kind, "steps": list(decided.steps)}
    values, commands, messages, problems = (
        decided.values,
        decided.commands,
        decided.messages,
        decided.problems,
    )
    return {
        "action": action.uid,
        "kind": action.kind,
        "values": {key: plain(value) for key, value in values.items()} if values else {},
        "before": {key: plain(record.get(key)) for key in values} if values else {},
        "commands": [_told(c) for c in commands[:MOST_TOLD]] if commands else [],
        "messages": [told_message(m) for m in messages[:MOST_TOLD]] if messages else [],
        "more": max(0, len(commands) - MOST_TOLD) + max(0, len(messages) - MOST_TOLD),
        "problems": told_problems(problems) if problems else [],
    }


def _told(command: Any) -> Mapping[str, Any]:
    """A command for the log: its kind and what it is about."""
    kind: Any = type(command)
    about = {name: plain(value) for name in _about(kind) if (value := getattr(command, name))}
    values = getattr(command, "values", None)
    told = {str(key): plain(value) for key, value in values.items()} if values else {}
    return {"command": kind.__name__, **about, "values": told}


@cache
def _about(kind: Any) -> tuple[str, ...]:
    """What commands of a kind say of ``ABOUT``."""
    return tuple(name for name in ABOUT if name in kind.__dataclass_fields__)


def told_message(message: Message) -> Mapping[str, Any]:
    """A message for the log: of which kind, to whom, about what."""
    body = message.body
    return {"kind": message.kind, **{name: plain(body[name]) for name in TOLD if body.get(name)}}


def told_problems(problems: Iterable[Problem]) -> list[Mapping[str, Any]]:
    """Refusals for the log, with what fills their words."""
    return [
        {"code": p.code, "path": p.path, "params": plain(dict(p.params)), "message": plain(p.message)}
        for p in problems
    ]
