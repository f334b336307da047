"""Workflow: states and transitions of one entity, and the approvals attached to transitions. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from builder.metadata.text import Text


@dataclass(frozen=True, slots=True)
class State:
    """Where a record stands. ``approved`` states may be converted under forced approval; a record is edited
    only where ``editable``; ``final`` states have no way out; ``void`` records release their unique keys."""

    uid: str
    key: str
    label: Text
    color: str = "grey"
    editable: bool = False
    approved: bool = False
    final: bool = False
    void: bool = False


@dataclass(frozen=True, slots=True)
class Approver:
    """Who decides: exactly one of ``role``, ``user`` (login), ``field`` (a user field of the record), ``head`` (head of the submitter's
    org unit, n levels up), ``levels`` (the heads of so many levels from there upwards, 0: all), ``submitter``, ``choice`` (whom the
    submitter chooses, with ``role`` among its holders), ``entity`` (the users in ``person`` of its records that pass ``filter``).
    ``unit`` limits a role to the org unit in that field of the record."""

    role: str | None = None
    user: str | None = None
    field: str | None = None
    head: int | None = None
    submitter: bool = False
    levels: int | None = None
    unit: str | None = None
    choice: bool = False
    entity: str | None = None
    filter: Mapping[str, Any] | None = None
    person: str | None = None


Forbidden = Literal["reject", "return", "transfer", "add_signer", "cc", "comment"]
"""Actions that a node may do without. To agree, and to end what cannot go on, stays possible everywhere."""


@dataclass(frozen=True, slots=True)
class ApprovalBranch:
    """A way through a condition node, the last one without ``when`` being the else; or through a parallel node, which goes all ways whose
    ``when`` holds at once."""

    uid: str
    label: Text
    nodes: tuple[ApprovalNode, ...] = ()
    when: str | None = None


@dataclass(frozen=True, slots=True)
class ApprovalNode:
    """One node of the vertical tree. ``approver`` and ``cc`` have ``approvers``; ``condition`` and ``parallel`` have ``branches``;
    ``auto`` gives fields values (``sets``) or runs ``rule``; ``wait`` lasts for its due time or until ``until`` holds, whichever comes first;
    ``flow`` goes through the approval of transition ``flow`` of the same workflow as a part of this one.

    *votes* asks everybody and needs ``votes`` of them, or ``percent``. ``due_minutes``, ``due_hours`` and ``due_days`` (working days) add
    up; ``late`` says what happens then. Who agrees signs in the field ``signature``. ``edit`` are fields that may be changed here whatever else
    the person may do; ``hidden`` are fields that whoever is asked here does not see. ``forbids`` are actions that nobody takes here. From a
    ``binding`` node on the submitter cannot withdraw."""

    uid: str
    kind: Literal["approver", "cc", "condition", "parallel", "auto", "wait", "flow"]
    label: Text
    approvers: tuple[Approver, ...] = ()
    mode: Literal["any", "all", "in_turn", "votes"] = "any"
    votes: int | None = None
    percent: int | None = None
    nobody: Literal["refuse", "skip", "app_owner"] = "app_owner"
    self_approval: Literal["allow", "skip", "head"] = "allow"
    opinion_required: bool = False
    signature: str | None = None
    due_hours: int | None = None
    due_minutes: int | None = None
    due_days: int | None = None
    late: Literal["remind", "pass", "return", "transfer", "escalate"] = "remind"
    late_to: tuple[Approver, ...] = ()
    edit: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    forbids: tuple[Forbidden, ...] = ()
    binding: bool = False
    branches: tuple[ApprovalBranch, ...] = ()
    sets: Mapping[str, str] = field(default_factory=dict)
    rule: str | None = None
    until: str | None = None
    flow: str | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """A flow attached to a transition. It starts when the record enters one of the transition's ``from`` states
    and ``when`` holds; while it runs, nobody fires the transition by hand. Approved to the end it fires the
    transition; rejected it fires ``rejects_by``. ``material`` names the fields whose change invalidates the votes.
    ``repeat`` says whether who has agreed already is asked again at a later node; ``withdraw`` until when the submitter may take it back.
    ``scope`` names a setting that holds a filter which the owner edits: outside it nobody is asked."""

    uid: str
    nodes: tuple[ApprovalNode, ...]
    rejects_by: str
    when: str | None = None
    label: Text = ""
    material: tuple[str, ...] = ()
    repeat: Literal["ask", "skip"] = "ask"
    withdraw: Literal["always", "undecided", "never"] = "always"
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """A named move. ``condition`` must hold, else ``message``; ``required`` fields must have values; ``sets`` gives
    fields values (expressions); ``reverses`` reverses the record's fixed postings (posting_rev + 1). An ``automatic`` transition has no button: rules fire it."""

    uid: str
    key: str
    label: Text
    from_: tuple[str, ...]
    to: str
    condition: str | None = None
    message: Text | None = None
    required: tuple[str, ...] = ()
    sets: Mapping[str, str] = field(default_factory=dict)
    reverses: bool = False
    approval: Approval | None = None
    default: bool = False
    style: Literal["primary", "normal", "danger"] = "normal"
    bulk: bool = True
    opinion: bool = False
    automatic: bool = False
    confirm: Text | None = None


@dataclass(frozen=True, slots=True)
class Workflow:
    """States and transitions of ``entity``."""

    uid: str
    key: str
    entity: str
    initial: str
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    label: Text = ""

    def state(self, key: str | None) -> State | None:
        return next((s for s in self.states if s.key == key), None)

    def state_by_uid(self, uid: str) -> State | None:
        return next((s for s in self.states if s.uid == uid), None)

    def transition(self, key: str) -> Transition | None:
        return next((t for t in self.transitions if t.key == key), None)
