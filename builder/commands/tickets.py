"""What may be asked of tickets: open one, act on one, see to one by the clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from builder.metadata.text import Text


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """Open a ticket about a record (or about none). People leave what a rule says empty: ``rule`` (its uid), ``about`` (what makes the ticket
    one of its rule), ``source`` (what the rule looked at), ``role`` (the role that was named as its owner). ``owner`` None: who opens it.
    ``due_at``, else ``due_days`` (working days) and ``due_hours`` from now. ``users`` are told besides the owner."""

    app: str
    title: Text
    entity: str = ""
    id: int = 0
    kind: Literal["task", "exception"] = "task"
    body: Text = ""
    owner: int | None = None
    due_at: datetime | None = None
    due_days: int | None = None
    due_hours: int | None = None
    escalate: tuple[Mapping[str, Any], ...] = ()
    users: tuple[int, ...] = ()
    role: str = ""
    rule: str = ""
    about: str = ""
    source: Mapping[str, Any] = field(default_factory=dict)
    reopen: bool = False
    until_gone: bool = False


@dataclass(frozen=True, slots=True)
class ActOnTicket:
    """``close`` (``reason`` is a must), ``hand_over`` (``to_user``), ``comment`` (``reason`` says it), ``reopen``."""

    ticket_id: int
    action: str
    reason: str = ""
    to_user: int | None = None


@dataclass(frozen=True, slots=True)
class TendTicket:
    """What the clock owes a ticket: the next step of its escalation, or its end where what it is about has gone."""

    app: str
    ticket_id: int
