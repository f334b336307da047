"""Plan: what a posting comes to, complete and ready to be written, or every reason why it may not be. Pure.

Measures are whole numbers at their scale; ``results`` are exact decimals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from builder.errors import Problem
from builder.ledger.definition import Key
from builder.ledger.state import CountPoint, Edge, Entry, Layer, Row
from builder.record import Value


@dataclass(frozen=True, slots=True)
class Journal:
    """One posting of one document. ``reverses`` names the journal that it takes back."""

    id: int
    ledger: str
    entity: str
    record_id: int
    posting: str
    posting_rev: int
    business_date: date
    reverses: int | None = None


@dataclass(frozen=True, slots=True)
class BalanceChange:
    """A balance row as it will be. ``seen`` is the version it had when it was read (None: there was no row)."""

    ledger: str
    grain: int
    key: Key
    row: Row
    seen: int | None


@dataclass(frozen=True, slots=True)
class DailyChange:
    """What moved on one day at one row: ``ins`` and ``outs`` are added to that day's, ``closing`` is the day's closing balance
    after, and where ``shifts`` is set every later day's closing moves by ``ins + outs``. Turnover ledgers have no closing."""

    ledger: str
    grain: int
    key: Key
    day: date
    ins: tuple[int, ...]
    outs: tuple[int, ...]
    closing: tuple[int, ...]
    shifts: bool


@dataclass(frozen=True, slots=True)
class LayerChange:
    """A layer of a cost pool as it will be. ``is_new``: it is inserted."""

    ledger: str
    key: Key
    layer: Layer
    is_new: bool


@dataclass(frozen=True, slots=True)
class OverrideUse:
    """A guard that was broken with permission, and why."""

    id: int
    ledger: str
    guard: str
    key: Key
    slack: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class Crossing:
    """A watched slack fell below zero at a row (it does so once until it recovers). ``seq`` is the lane's, so that
    (rule, ledger, key, seq) names the crossing. ``dimensions`` are the row's ids by dimension key."""

    rule: str
    ledger: str
    key: Key
    seq: int
    slack: Decimal
    dimensions: Mapping[str, int]
    measures: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Plan:
    """The outcome of planning. With ``problems`` nothing may be written.

    ``results`` are what comes back into lines: (entity, line id) → field → value. ``edges`` say what went into what."""

    journals: tuple[Journal, ...] = ()
    entries: tuple[Entry, ...] = ()
    balances: tuple[BalanceChange, ...] = ()
    daily: tuple[DailyChange, ...] = ()
    layers: tuple[LayerChange, ...] = ()
    edges: tuple[tuple[str, Edge], ...] = ()
    count_points: tuple[tuple[str, CountPoint], ...] = ()
    results: Mapping[tuple[str, int], Mapping[str, Value]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    overrides: tuple[OverrideUse, ...] = ()
    crossings: tuple[Crossing, ...] = ()

    @property
    def is_refused(self) -> bool:
        return bool(self.problems)
