"""Pending: the changes that one decision has collected so far. The overlay reader and the handlers share it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from builder.changes import (
    Approval,
    ApprovalTask,
    Comment,
    Decision,
    Intent,
    Link,
    Message,
    NumberRequest,
    RecordChange,
    RuleRun,
    SettingChange,
    Ticket,
    TicketStep,
    Write,
)
from builder.commands import Actor, Override
from builder.errors import Problem
from builder.record import Record, Ref
from builder.runtime.apps import LoadedApp

NOTHING: Mapping[int, Record | None] = MappingProxyType({})


@dataclass
class Pending:
    """Collects; the only mutable thing of a decision. ``now`` and ``today`` stay the same over every retry. ``intents`` are postings that no
    document asks for; ``carried`` are documents that change because of another record, each with the place of that in what was asked; ``chosen`` whom the submitter chose to approve, by node, ``foretold`` whom the submitter was shown; ``touched`` what the commands of a rule's run wrote."""

    actor: Actor
    now: datetime
    today: date
    new_id: Callable[[], int]
    app: LoadedApp | None = None
    records: dict[Ref, RecordChange] = field(default_factory=dict)
    fired: list[tuple[Ref, str]] = field(default_factory=list)
    reversed: list[Ref] = field(default_factory=list)
    approvals: dict[int, Approval] = field(default_factory=dict)
    tasks: dict[int, ApprovalTask] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    numbers: list[NumberRequest] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    rule_runs: list[RuleRun] = field(default_factory=list)
    touched: dict[tuple[str, str, int], list[Ref]] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    tickets: dict[int, Ticket] = field(default_factory=dict)
    ticket_steps: list[TicketStep] = field(default_factory=list)
    settings: list[SettingChange] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    intents: list[Intent] = field(default_factory=list)
    carried: dict[Ref, str] = field(default_factory=dict)
    reads: dict[Ref, int] = field(default_factory=dict)
    chosen: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    foretold: Mapping[str, tuple[int, ...]] | None = None
    once: list[tuple[str, int, str]] = field(default_factory=list)
    overrides: tuple[Override, ...] = ()
    warnings: list[Problem] = field(default_factory=list)
    answer: dict[str, Any] = field(default_factory=dict)
    blanks: dict[tuple[str, str, str], tuple[Actor, Record]] = field(default_factory=dict)
    puts: int = 0
    # Asked for with every reference that is read: a bulk of a thousand would look through a million.
    _by_entity: dict[str, dict[int, Record | None]] = field(default_factory=dict)

    @property
    def stage(self) -> tuple[int, int, int, int]:
        """Another one whenever something was decided that postings depend on."""
        return (self.puts, len(self.fired), len(self.reversed), len(self.intents))

    def current(self, ref: Ref) -> Record | None:
        """The record as decided so far; None where it was not touched (or was removed)."""
        change = self.records.get(ref)
        return change.after if change else None

    def put(
        self, before: Record | None, after: Record | None, *, checked: bool = False, forgets: bool = False
    ) -> Record | None:
        """Lay a change over the ones before it; the version counts once per command. Returns what is now decided."""
        record = after or before
        assert record is not None
        ref = Ref(record.entity, record.id)
        known = self.records.get(ref)
        first = known.before if known else before
        if after is not None:
            after = after.but(
                version=(first.version if first else 0) + 1,
                updated_by=self.actor.user_id,
                updated_at=self.now,
            )
        self.puts += 1
        if known is not None:
            checked, forgets = checked or known.checked, forgets or known.forgets
        self.records[ref] = RecordChange(first, after, checked, forgets)
        self._by_entity.setdefault(ref.entity, {})[ref.id] = after
        return after

    def changed(self, entity: str) -> Mapping[int, Record | None]:
        """Pending records of an entity by id; None for removed ones."""
        return self._by_entity.get(entity, NOTHING)
