"""Changes: everything one command decided, before anything is written. ``runtime.commit`` writes it once.

All names are keys of the package at ``package_version``; ids are made while deciding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from builder.errors import Problem
from builder.metadata.text import Text
from builder.record import Record, Ref, Value


class RecordChange(NamedTuple):
    """One aggregate (header and lines) before and after. ``before`` None: created; ``after`` None: removed.
    ``checked`` says that the person's own version is at stake (409 when it moved; otherwise the command is decided again). ``forgets``: the
    personal values of all its versions are erased."""

    before: Record | None
    after: Record | None
    checked: bool = False
    forgets: bool = False

    @property
    def record(self) -> Record:
        record = self.after or self.before
        assert record is not None
        return record


@dataclass(frozen=True, slots=True)
class Intent:
    """What a document wants of a ledger, before costs, picks and guards.

    ``line_id`` is the line's id (or the record's own for one entry per document). ``dimensions`` hold what is known so far
    (None or absent: none, or to be picked). ``measures`` are signed input measures. ``cost_of`` is a line id whose entries give the
    unit cost; ``count`` makes the costed quantity absolute at ``business_date``. ``reverses`` is the entry id that this undoes,
    with exactly opposite measures and its own dimensions. ``posting_rev`` identifies the posting (document, posting_rev, posting, line).
    ``results``: field key → measure that comes back into ``result_entity`` at ``line_id``. ``depends_on`` is the posting uid whose result
    ``dependent`` (measure → (factor, measure of the other posting)) gives measures after costing. ``picked``: own dimension → the one of the other posting that gives it, an entry for each.
    ``exempt`` are keys of guards that do
    not refuse it. ``revalue`` is the unit value that all a cost pool holds is worth from now on. ``shares`` are weights by measure:
    its amount belongs to the whole posting of the document and is allocated over its lines by them. ``reclass`` is one side of what goes
    over from one record to another, at its exact value. ``goes_on`` changes what a following posting has posted before."""

    ledger: str
    posting: str
    entity: str
    record_id: int
    line_id: int
    line_no: int
    business_date: date
    dimensions: Mapping[str, Value]
    measures: Mapping[str, Decimal]
    posting_rev: int = 0
    follow: bool = False
    cost_of: int | None = None
    count: bool = False
    reverses: int | None = None
    results: Mapping[str, str] = field(default_factory=dict)
    depends_on: str | None = None
    dependent: Mapping[str, str] = field(default_factory=dict)
    picked: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    path: str = ""
    exempt: tuple[str, ...] = ()
    revalue: Decimal | None = None
    shares: Mapping[str, Decimal] = field(default_factory=dict)
    reclass: bool = False
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class NumberRequest:
    """A number that commit gives: ``field`` of the record gets ``pattern`` filled with the next count of (series, scope)."""

    entity: str
    record_id: int
    field: str
    series: str
    scope: str
    pattern: str
    digits: int


@dataclass(frozen=True, slots=True)
class Link:
    """An edge of the document graph, from the source to what was made of it."""

    from_: Ref
    to: Ref
    kind: str
    title_from: str = ""
    title_to: str = ""


@dataclass(frozen=True, slots=True)
class Approval:
    """A running or ended approval. ``definition`` is a copy of the flow at its start (self-contained JSON, uids);
    ``cursor`` says where it stands. ``state``: running, approved, rejected, returned, withdrawn, terminated."""

    id: int
    app: str
    entity: str
    record_id: int
    transition: str
    definition: Mapping[str, Any]
    state: str
    cursor: Mapping[str, Any]
    round: int
    content_hash: str
    started_by: int
    started_at: datetime
    version: int = 0
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ApprovalTask:
    """One person's open decision on a record. ``status``: open, approved, rejected, returned, transferred, cancelled, waiting; ``told``
    is a copy for information, ``timer`` a wait that is nobody's. ``fire_no`` counts what was done because it is late."""

    id: int
    approval_id: int
    node_uid: str
    round: int
    assignee_id: int
    status: str
    title: str
    opened_at: datetime
    on_behalf_of: int = 0
    due_at: datetime | None = None
    position: int = 0
    fire_no: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided what, on which content. ``user_id`` 0 is the system; ``signature_file`` a signature drawn by hand."""

    approval_id: int
    node_uid: str
    round: int
    user_id: int
    action: str
    opinion: str
    content_hash: str
    on_behalf_of: int = 0
    signature_file: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """A row for the outbox: a later rule, a notification, an e-mail. Messages with one ``order_key`` go in order;
    a ``dedupe_key`` is sent once."""

    kind: Literal["rule", "notification", "email", "search", "event", "connector", "robot"]
    body: Mapping[str, Any]
    order_key: str = ""
    dedupe_key: str | None = None
    not_before: datetime | None = None


class RuleRun(NamedTuple):
    """A rule that matched: its inputs and what came of it. ``micros`` is how long it took to decide, ``touched`` are records that the commands
    of its steps wrote."""

    rule: str
    entity: str
    record_id: int
    timing: str
    inputs: Mapping[str, Any]
    outcome: str
    steps: tuple[Mapping[str, Any], ...] = ()
    micros: int = 0
    touched: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class Comment:
    id: int
    ref: Ref
    body: str
    mentions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Ticket:
    """Something that somebody has to see to. ``state``: open, closed. ``rule`` (uid, empty: a person opened it) and ``about`` tell it from others:
    one open ticket each. ``source`` is what the rule looked at. ``level`` counts the steps of ``escalate`` that were taken, ``next_at`` is when
    the next one is due; ``times`` how often the same was found again."""

    id: int
    kind: str
    title: Text
    owner_id: int
    opened_at: datetime
    opened_by: int
    body: Text = ""
    entity: str = ""
    record_id: int = 0
    rule: str = ""
    about: str = ""
    source: Mapping[str, Any] = field(default_factory=dict)
    role: str = ""
    state: str = "open"
    due_at: datetime | None = None
    escalate: tuple[Mapping[str, Any], ...] = ()
    level: int = 0
    next_at: datetime | None = None
    until_gone: bool = False
    times: int = 1
    closed_at: datetime | None = None
    closed_by: int = 0
    reason: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class TicketStep:
    """What happened to a ticket. ``user_id`` 0 is the system."""

    ticket_id: int
    user_id: int
    action: str
    note: str = ""
    to_user: int = 0


@dataclass(frozen=True, slots=True)
class SettingChange:
    key: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Write:
    """A write outside records and ledgers, by name: ``what`` is a registered writer of commit (``app.install``, ``draft.save``,
    ``app.publish``, ``user.save``, ``grant.save``, ``period.close`` …), ``body`` is its input."""

    what: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Changes:
    """The decision. ``reads`` are versions that must not have moved (record → version) though nothing is written to them;
    ``answer`` is what the caller gets, completed by commit with numbers, costs and entries."""

    app: str | None
    package_version: int = 0
    records: tuple[RecordChange, ...] = ()
    intents: tuple[Intent, ...] = ()
    numbers: tuple[NumberRequest, ...] = ()
    links: tuple[Link, ...] = ()
    approvals: tuple[Approval, ...] = ()
    tasks: tuple[ApprovalTask, ...] = ()
    decisions: tuple[Decision, ...] = ()
    messages: tuple[Message, ...] = ()
    rule_runs: tuple[RuleRun, ...] = ()
    comments: tuple[Comment, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    ticket_steps: tuple[TicketStep, ...] = ()
    settings: tuple[SettingChange, ...] = ()
    writes: tuple[Write, ...] = ()
    reads: Mapping[Ref, int] = field(default_factory=dict)
    fired: tuple[tuple[str, int, str], ...] = ()
    warnings: tuple[Problem, ...] = ()
    answer: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """True where committing would write nothing."""
        return not any(
            (
                *(self.records, self.intents, self.approvals, self.tasks, self.decisions, self.messages),
                *(self.comments, self.settings, self.writes, self.rule_runs, self.links, self.fired),
                *(self.tickets, self.ticket_steps),
            )
        )
