"""State: what planning may know of a ledger, frozen. Read by ``lanes.read`` after the lanes are locked. Pure.

Measures are whole numbers at their scale, in the order of the ledger's measures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Literal, TypeAlias

from builder.ledger.definition import Key
from builder.record import Value

EntryKind = Literal["normal", "reversal", "true_up", "residue", "count", "count_shift", "reclass"]


@dataclass(frozen=True, slots=True)
class Row:
    """A balance row. ``ver`` is asserted when it is written. The last four are kept on the lane's row only."""

    measures: tuple[int, ...]
    ver: int = 0
    last_day: date | None = None
    seq: int = 0
    method: str = ""
    last_count_day: date | None = None
    recost_from: date | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """The closing balance of one row on one day."""

    day: date
    measures: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a ledger: the same for what is stored and what is planned. ``concerns`` names the entry that this one
    returns, reverses, trues up or shifts for."""

    id: int
    journal_id: int
    ledger: str
    line_id: int
    part: int
    kind: EntryKind
    key: Key
    business_date: date
    seq: int
    measures: tuple[int, ...]
    concerns: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """What is left of a receipt, or (``short``) of an issue beyond what was there, in order of (day, seq) within a cost pool. A
    ``standard`` is no goods: from its entry on, ``qty`` units are worth ``value`` by decree."""

    day: date
    seq: int
    entry_id: int
    kind: Literal["receipt", "short", "standard"]
    qty: int
    value: int
    key: Key


@dataclass(frozen=True, slots=True)
class Edge:
    """How much of one entry went into another."""

    from_entry: int
    to_entry: int
    qty: int
    value: int


@dataclass(frozen=True, slots=True)
class Follow:
    """The measure at ``place`` is ``sign`` times what the entries ``sources`` came to (with ``of_rest``: what they could put on no
    unit). ``shared`` are the entries that have it together, this one among them, with their weights."""

    place: int
    sources: tuple[int, ...]
    sign: int = 1
    of_rest: bool = False
    shared: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """An issue of ``whole`` units that took ``qty`` and leads on: ``back`` are its returns with their quantities, ``to`` the entries of other pools that
    took its value, with their weights."""

    issue: Entry
    qty: int
    whole: int
    back: tuple[tuple[Entry, int], ...] = ()
    to: tuple[tuple[Entry, int], ...] = ()


Takers: TypeAlias = "tuple[tuple[Entry, Follow], ...]"


@dataclass(frozen=True, slots=True)
class Trail:
    """Where ``whole`` units went: ``gone`` of them were issued, some of these along ``ways``. ``heirs`` are entries in whose layers some
    of the others lie, each with the part of a unit there."""

    whole: int
    gone: int
    ways: tuple[Way, ...] = ()
    heirs: tuple[tuple[int, Fraction], ...] = ()


@dataclass(frozen=True, slots=True)
class CountPoint:
    """A count: from here on the quantity is what was counted. ``measure``'s place is the ledger's counted one."""

    grain: int
    key: Key
    day: date
    seq: int
    counted: int
    entry_id: int


@dataclass(frozen=True, slots=True)
class LedgerState:
    """One ledger's part. ``rows`` holds the touched rows of all grains by (grain number, key) and every row an issue may pick
    from. ``days`` is filled where something is back-dated: closings from the last one at or before the earliest date on.
    ``origins`` are entries by line, ``concerning`` entries by the entry they concern, ``reversible`` entries by id, ``receipts`` by id what
    reversible late costs belong to.
    ``fields`` are paths of dimension records by (dimension key, id); ``value_ids`` the ids of scalars by (dimension key, text)."""

    rows: Mapping[tuple[int, Key], Row] = field(default_factory=dict)
    closed_through: date | None = None
    days: Mapping[tuple[int, Key], tuple[Day, ...]] = field(default_factory=dict)
    layers: Mapping[Key, tuple[Layer, ...]] = field(default_factory=dict)
    edges: Mapping[int, tuple[Edge, ...]] = field(default_factory=dict)
    counts: Mapping[tuple[int, Key], tuple[CountPoint, ...]] = field(default_factory=dict)
    origins: Mapping[int, tuple[Entry, ...]] = field(default_factory=dict)
    concerning: Mapping[int, tuple[Entry, ...]] = field(default_factory=dict)
    reversible: Mapping[int, Entry] = field(default_factory=dict)
    receipts: Mapping[int, Entry] = field(default_factory=dict)
    fields: Mapping[tuple[str, int], Mapping[str, Value]] = field(default_factory=dict)
    value_ids: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class State:
    """Everything a plan reads, by ledger key; and where the units went that late costs follow, by their entry or, of an empty
    pool, by (ledger, cost key). ``takers`` took the values of issues over that wait for what they lacked, by issue."""

    ledgers: Mapping[str, LedgerState]
    trails: Mapping[int, Trail] = field(default_factory=dict)
    emptied: Mapping[tuple[str, Key], Trail] = field(default_factory=dict)
    takers: Mapping[int, Takers] = field(default_factory=dict)


def scalar_text(value: Value) -> str:
    """How a scalar dimension value is kept: text as it is, a date as ISO, a number in plain digits."""
    return value.isoformat() if isinstance(value, date) else str(value)
