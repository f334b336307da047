"""Rule: when something happens, if a condition holds, then actions. Pure.

Timing: ``before`` may change or refuse the record at hand; ``now`` sees the decision and adds commands to the
same transaction; ``later`` runs after commit through the outbox.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from builder.metadata.text import Text

TriggerKind = Literal[
    "record_created",
    "record_changed",
    "record_deleted",
    "transition",
    "approval",
    "threshold",
    "schedule",
    "relative_date",
    "button",
    "import_finished",
    "rule_failed",
    "line_added",
    "line_changed",
    "line_removed",
    "webhook",
]


@dataclass(frozen=True, slots=True)
class Trigger:
    """What wakes a rule.

    ``fields`` limits *record_changed* and *line_changed*, and of one field ``from_`` and ``to`` say from what to what it changed (as text, an
    option's key); the lines' triggers watch the lines that ``entity`` describes, each being the record at hand; ``transition`` names one (empty: any); ``event`` limits *approval*
    (``started approved rejected``); *threshold* watches ``slack`` at ``ledger``/``grain`` going from >= 0 to < 0, once until it
    recovers; *schedule* has ``cron`` (five fields, workspace time) and ``catch_up``; *relative_date* has ``date_field`` and
    ``days`` (negative: before). *schedule* and *relative_date* run for each record of ``entity`` that passes ``filter``; so does *webhook*, which
    waits for a verified message of ``connector`` (a filter's value ``{"payload": path}`` is what stands there in the message).
    ``time`` names a setting whose time of day (``16:00``), so many ``minutes`` later (negative: before), goes before minute and hour of ``cron``.

    ``working_days`` says what a day off means to the two that wait for a time: they run on working days *only*, move to the *next* or the
    *previous* working day, or *count* their days in working days. In ``cron``, ``L`` is the last day of the month.
    """

    kind: TriggerKind
    entity: str | None = None
    fields: tuple[str, ...] = ()
    from_: str | None = None
    to: str | None = None
    transition: str | None = None
    event: str | None = None
    ledger: str | None = None
    grain: str | None = None
    slack: str | None = None
    cron: str | None = None
    time: str | None = None
    minutes: int = 0
    catch_up: Literal["once", "all", "skip"] = "once"
    working_days: Literal["only", "next", "previous", "count"] | None = None
    date_field: str | None = None
    days: int = 0
    filter: Mapping[str, Any] | None = None
    connector: str | None = None
    label: Text = ""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is told: exactly one of a role, a login, a user field, the record's owner, whoever caused it (``actor``), the ``head`` of an org unit
    (0: of it, 1: of the one above; ``unit`` is the path to it, empty: the record's own), or the users in ``person`` of the records of
    ``entity`` that pass ``filter``."""

    role: str | None = None
    user: str | None = None
    field: str | None = None
    owner: bool = False
    actor: bool = False
    head: int | None = None
    unit: str = ""
    entity: str | None = None
    filter: Mapping[str, Any] | None = None
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who takes a ticket over that is still open ``hours`` after its deadline. Without ``to``: who heads the owner's department."""

    hours: int = 0
    to: tuple[Recipient, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """What a rule asks for; it becomes a command. The ``kind`` is a registered action and says which of the other
    properties it reads: *set* ``values``; *refuse* ``message`` and ``at`` (a field key); *create* ``entity``, ``values``, ``submit``;
    *update* ``entity``, ``filter``, ``values``; *convert* ``conversion``; *transition* ``transition``; *notify* ``to``, ``title``, ``body``;
    *call* ``connector``, ``payload``; *assign* ``to`` and ``at`` (a field of a person; empty: the owner);
    *ticket* ``ticket``, ``to``, ``title``, ``body``, ``due_days`` (working days), ``due_hours``, ``escalate``, ``reopen`` (a closed one goes on) and
    ``until_gone`` (it closes itself when the condition no longer holds).
    *compute* ``computation``, ``payload`` (what its reports ask for);
    *branch* ``if_`` with ``then`` and ``else_``; *each* ``then`` for the records at the path ``each`` (lines, references) or those of ``entity`` that
    pass ``filter``, with each as the record at hand and the one before as ``outer``; *start_approval* ``transition``; *print* ``print`` and ``at`` (a
    field of files; empty: hung on the record). With ``connector`` *notify* tells a group's robot.
    ``target`` is a reference path of the record at hand whose record *update*, *convert*, *transition* and *ticket* act on (empty: the record itself)."""

    uid: str
    kind: str
    when: str | None = None
    if_: str | None = None
    then: tuple[Action, ...] = ()
    else_: tuple[Action, ...] = ()
    each: str = ""
    print: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    message: Text | None = None
    at: str = ""
    entity: str | None = None
    filter: Mapping[str, Any] | None = None
    conversion: str | None = None
    transition: str | None = None
    submit: bool = False
    to: tuple[Recipient, ...] = ()
    title: Text | None = None
    body: Text | None = None
    channel: Literal["inbox", "email"] = "inbox"
    target: str = ""
    connector: str | None = None
    payload: Mapping[str, str] = field(default_factory=dict)
    computation: str | None = None
    ticket: Literal["task", "exception"] = "exception"
    due_days: int | None = None
    due_hours: int | None = None
    escalate: tuple[Escalation, ...] = ()
    reopen: bool = False
    until_gone: bool = False

    @property
    def inner(self) -> tuple[Action, ...]:
        """The actions inside it."""
        return (*self.then, *self.else_)

    def walk(self) -> Iterator[Action]:
        """It and every action inside it, outermost first."""
        yield self
        for action in self.inner:
            yield from action.walk()


@dataclass(frozen=True, slots=True)
class Rule:
    """``when`` trigger, ``if_`` condition, ``then`` actions. ``as_`` says with whose rights it acts. ``scope`` names a
    setting that holds a filter which the owner edits (a pilot for one place)."""

    uid: str
    key: str
    label: Text
    when: Trigger
    then: tuple[Action, ...]
    if_: str | None = None
    timing: Literal["before", "now", "later"] = "now"
    as_: Literal["app", "actor"] = "app"
    enabled: bool = True
    order: int = 100
    scope: str | None = None
    help: Text | None = None

    def walk(self) -> Iterator[Action]:
        """Every action, those inside others too, in their order."""
        for action in self.then:
            yield from action.walk()
