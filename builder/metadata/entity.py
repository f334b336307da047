"""Entity: a kind of thing the app stores, with its fields, constraints, postings and conversions. Pure.

JSON property = attribute name; a trailing underscore is dropped (``from_`` is ``from`` in JSON).
Expressions are source text; ``builder.metadata.compiled`` holds them compiled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from builder.metadata.offer import Offer
from builder.metadata.text import Text

EntityKind = Literal["master", "document", "lines", "log", "tree"]
FileKind = Literal["image", "pdf", "spreadsheet", "document", "presentation", "archive"]


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a choice field. Stored by uid, shown by label, known to expressions by key."""

    uid: str
    key: str
    label: Text
    color: str = ""
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """A number series. ``pattern`` mixes text with ``{yyyy} {yy} {MM} {dd} {yyyyMMdd} {org}`` and one
    zero-filled counter ``{0001}``. ``reset`` says when it starts again; numbers are given in commit, at
    creation or, with ``at: submit``, when the record first leaves its initial state. They are counted within the transaction, so
    that there is no hole."""

    uid: str
    pattern: str
    reset: Literal["never", "year", "month", "day"] = "day"
    per_org_unit: bool = False
    at: Literal["create", "submit"] = "create"


@dataclass(frozen=True, slots=True)
class Rollup:
    """A live figure over records of another entity that refer to this one, or that pass ``filter``, in which a value ``{"record": path}``
    is this record's own. ``first`` and ``last`` are the ``field`` of the one record whose ``by`` is the smallest or the greatest: of the rows that
    do not reach above a quantity, the price of the highest."""

    entity: str
    op: Literal["count", "sum", "min", "max", "avg", "first", "last"]
    reference: str = ""
    field: str = ""
    filter: Mapping[str, Any] | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class BalanceSource:
    """A live balance: ``measure`` of ``ledger`` (or an expression over its measures), limited by
    ``dimensions`` (ledger dimension key → expression over this record). With ``days`` (an expression too) it is
    what was added in the last so many full days, up to the end of yesterday, instead of what stands now. Of the value of a ledger that
    keeps one cost over many places, ``pooled.<value>`` is what its quantity there is worth at that cost."""

    ledger: str
    measure: str
    dimensions: Mapping[str, str]
    days: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One named, typed value. ``type`` is a registered field type (``builder.metadata.field_types``).

    Computed fields have exactly one of ``formula`` (own record and lines; stored unless volatile or
    ``stored`` is false), ``lookup`` (a path through references: ``customer.level``; live, or copied once with
    ``copy: at_save``), ``rollup``, ``balance``. ``default`` is an expression; of a reference
    ``default_filter`` gives the record that it fits, if there is exactly one. ``suggest`` is an expression for what a form fills in
    when somebody chooses a record that it reads through; nothing else ever does. ``series`` numbers records; of a required text it is what
    a new form suggests. ``scale`` is the number of decimal places.
    ``filter`` limits what a reference may point to; a value ``{"record": path}`` in it is this record's own value
    (``{"field": "parent", "op": "=", "value": {"record": "item"}}``); ``offered`` which of them its chooser shows. ``unit_field`` names the field that holds a quantity's unit. ``accept`` (kinds), ``max_size`` (bytes of
    one) and ``max_count`` limit files; without them the field's type does. ``gs1`` is the application identifier of scanned labels
    whose value the field takes.
    """

    uid: str
    key: str
    type: str
    label: Text
    help: Text | None = None
    required: bool = False
    unique: bool = False
    default: str | None = None
    default_filter: Mapping[str, Any] | None = None
    suggest: str | None = None
    scale: int | None = None
    min: str | None = None
    max: str | None = None
    max_length: int | None = None
    pattern: str | None = None
    pattern_message: Text | None = None
    options: tuple[Option, ...] = ()
    entity: str | None = None
    filter: Mapping[str, Any] | None = None
    series: Series | None = None
    formula: str | None = None
    stored: bool = True
    lookup: str | None = None
    copy: Literal["live", "at_save"] = "live"
    rollup: Rollup | None = None
    balance: BalanceSource | None = None
    offered: Offer | None = None
    unit_field: str | None = None
    read_only: bool = False
    visible_if: str | None = None
    required_if: str | None = None
    editable_if: str | None = None
    searchable: bool = False
    indexed: bool = False
    pinyin: bool = False
    personal: bool = False
    accept: tuple[FileKind, ...] = ()
    max_size: int | None = None
    max_count: int | None = None
    gs1: str = ""
    local: bool = False
    archived: bool = False

    @property
    def is_computed(self) -> bool:
        """True where no person enters the value."""
        return bool(self.formula or self.rollup or self.balance or (self.lookup and self.copy == "live"))

    @property
    def is_numbered(self) -> bool:
        """True where commit gives a number if nobody entered one. From the series of a text that must be entered forms suggest the next."""
        return self.series is not None and not (self.type == "text" and self.required)


@dataclass(frozen=True, slots=True)
class Constraint:
    """What must hold for every record: ``unique`` over fields (normalised; archived records do not
    count) or a ``check`` expression, with its message."""

    uid: str
    key: str
    message: Text
    unique: tuple[str, ...] = ()
    check: str | None = None
    when: str | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """How this document makes entries of a ledger.

    ``on: created`` posts while the record exists, ``on: transition`` when one of ``transitions`` fires.
    ``mode: fixed`` posts once (its fields are frozen until a reversal), ``follow`` re-posts the difference at
    each save (only measures without cost). ``each`` names the lines field, one entry per line (empty: one for
    the document); expressions then see the line, and the header through ``parent``. ``dimensions`` and
    ``measures`` map ledger keys to expressions. A negative costed quantity without a value is issued at the cost
    the ledger's costing finds; with ``cost_of`` (an expression that gives the id of the line that moved the goods
    first) it moves at that line's original unit cost. ``count: true`` says that the costed measure is the absolute
    counted quantity and the difference is posted. ``results`` maps fields of the line or document to measures that
    come back (``{"cost": "value"}``: absolute value; of a count with its sign) or to a picked dimension. ``depends_on`` names a posting of the same document whose results
    (``result.<measure>``) its expressions use; a turnover ledger may be posted by what was picked there as well
    (``result.<dimension>`` as a dimension: one entry for each). ``reason`` is an expression kept with the entry. ``exempt`` names guards that do not refuse this
    posting, because it records what has already happened (a count finds less than was promised). ``revalue`` is an expression for
    the unit value that everything in the cost pool is worth from now on; the difference is an entry of value alone. ``shares`` maps
    measures to weights: the measure's expression then gives one amount for the whole document, allocated over its lines by
    largest remainder.
    """

    uid: str
    key: str
    ledger: str
    on: Literal["created", "transition"] = "transition"
    transitions: tuple[str, ...] = ()
    mode: Literal["fixed", "follow"] = "fixed"
    each: str = ""
    when: str | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)
    measures: Mapping[str, str] = field(default_factory=dict)
    cost_of: str | None = None
    count: bool = False
    results: Mapping[str, str] = field(default_factory=dict)
    depends_on: str | None = None
    reason: str | None = None
    while_states: tuple[str, ...] = ()
    exempt: tuple[str, ...] = ()
    revalue: str | None = None
    shares: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenQuantity:
    """How much of a source line may still be converted: ``slack`` over the measures of one balance."""

    ledger: str
    slack: str
    dimensions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ConversionLines:
    """Which lines become which lines; ``quantity`` is the target field that takes the open quantity,
    ``map`` target field → expression over the source line. ``from_`` empty: one line from the document itself."""

    from_: str
    to: str
    map: Mapping[str, str]
    quantity: str = ""
    source_line: str = ""
    when: str | None = None


@dataclass(frozen=True, slots=True)
class CopiedLines:
    """Further lines that go along whole, without an open quantity."""

    from_: str
    to: str
    map: Mapping[str, str]
    source_line: str = ""
    when: str | None = None


@dataclass(frozen=True, slots=True)
class Conversion:
    """下推: how a document makes the next one. ``map`` is target field → expression over the source.

    ``source`` names the target's reference field that holds the source document. ``group_by`` makes one target per
    distinct value of those expressions. ``from_states`` limits the states; while the app's ``force_approval``
    setting is on, a state that is not ``approved`` never converts. ``message`` says why where ``when`` does not hold.
    ``lines`` are what people choose from and what an open quantity bounds; ``more_lines`` follow whenever one is made.
    """

    uid: str
    key: str
    label: Text
    to: str
    map: Mapping[str, str]
    source: str = ""
    lines: ConversionLines | None = None
    more_lines: tuple[CopiedLines, ...] = ()
    open: OpenQuantity | None = None
    from_states: tuple[str, ...] = ()
    when: str | None = None
    message: Text | None = None
    group_by: tuple[str, ...] = ()
    by: tuple[Literal["button", "rule", "bulk"], ...] = ("button", "rule", "bulk")
    submit: bool = False


@dataclass(frozen=True)
class Entity:
    """A kind of thing. ``title`` is the field (or expression) that names a record to people; ``lines``
    entities have a ``parent``. ``scan`` names the fields by which a scan finds a record, ``card`` those that a board's card shows."""

    uid: str
    key: str
    kind: EntityKind
    label: Text
    fields: tuple[Field, ...]
    label_plural: Text | None = None
    help: Text | None = None
    icon: str = ""
    title: str = ""
    subtitle: str = ""
    parent: str | None = None
    constraints: tuple[Constraint, ...] = ()
    postings: tuple[Posting, ...] = ()
    conversions: tuple[Conversion, ...] = ()
    scan: tuple[str, ...] = ()
    card: tuple[str, ...] = ()
    comments: bool = True
    attachments: bool = True

    def field(self, key: str) -> Field | None:
        return self._fields.get(key)

    @cached_property
    def _fields(self) -> Mapping[str, Field]:
        """By key; of two with one key, which a check refuses, the first."""
        return {f.key: f for f in reversed(self.fields)}

    def field_by_uid(self, uid: str) -> Field | None:
        return next((f for f in self.fields if f.uid == uid), None)

    @cached_property
    def line_fields(self) -> tuple[Field, ...]:
        return tuple(f for f in self.fields if f.type == "lines")

    @cached_property
    def record_fields(self) -> tuple[Field, ...]:
        """All fields but the lines."""
        return tuple(f for f in self.fields if f.type != "lines")
