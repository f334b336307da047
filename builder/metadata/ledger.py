"""Ledger: what is counted, by what, and what may never happen. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from builder.metadata.text import Text


@dataclass(frozen=True, slots=True)
class Dimension:
    """What a quantity is *of*: a reference to ``entity``, or a scalar (``type``: text, date, integer)."""

    uid: str
    key: str
    label: Text
    entity: str | None = None
    type: Literal["reference", "text", "date", "integer"] = "reference"
    required: bool = True


@dataclass(frozen=True, slots=True)
class Measure:
    """What is added up, with its number of decimal places. ``kind`` helps to show it."""

    uid: str
    key: str
    label: Text
    scale: int = 2
    kind: Literal["quantity", "value", "hours", "count"] = "quantity"


@dataclass(frozen=True, slots=True)
class Grain:
    """The dimensions at which a running balance is kept; a read of a balance is one row."""

    uid: str
    key: str
    dimensions: tuple[str, ...]
    daily: bool = True


@dataclass(frozen=True, slots=True)
class Guard:
    """What no posting may break: ``slack`` (an expression over measures of one balance row of ``grain``,
    fields of its dimension records such as ``customer.credit_limit``, and settings) must be ``>= 0``. Refused only
    if the slack is negative *and* smaller than before. A slack that reads what was there before (``old.<measure>``) judges what happens, not
    what stands: ``-ABS(on_hand - old.on_hand)`` lets nothing move. ``when`` limits it (over the same names). ``override`` names
    the permission that may break it with a reason, which is recorded. ``code`` is the stable code of its refusal (empty: the
    engine's own), for programs that must tell one guard from another. ``scope`` names a setting that holds a filter over the dimensions of
    the grain, their fields and ``business_date``, which the owner edits: outside it the guard does not apply."""

    uid: str
    key: str
    grain: str
    slack: str
    message: Text
    when: str | None = None
    policy: Literal["refuse", "override"] = "refuse"
    override: str | None = None
    enabled: bool = True
    code: str = ""
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class Costing:
    """A quantity/value pair that is kept at cost. ``method`` names a costing method, or ``method_of`` is an
    expression over the cost key's records that gives one; a lane keeps its method from its first entry.
    ``residue`` is the measure or place where the rounding rest goes (empty: into the last issue). ``provisional`` is an
    expression (over the same records and settings) for the unit cost of what is issued before it is there (empty: the
    pool's last known one). ``standard`` is an expression for the unit value that the method ``standard`` decrees, ``variance`` the
    measure that takes what was paid beyond it (empty: the one for residues, else the result ``rest``). ``identity`` names the
    dimension by which the method ``batch`` tells units apart (empty: the one that is picked). ``transferred`` and ``returned`` say
    where layers queue that move between cost pools or come back: at their old place or at the end. ``late`` says whether a
    late cost follows units into what was made of them, also ``through`` to what took over the cost of those that are gone (a sale's cost, a
    loss), or only reports what found none as ``rest``."""

    quantity: str
    value: str
    method: Literal["moving_average", "fifo", "batch", "standard"] = "moving_average"
    method_of: str | None = None
    residue: str = ""
    returns: Literal["original", "current"] = "original"
    provisional: str | None = None
    standard: str | None = None
    variance: str = ""
    identity: str = ""
    transferred: Literal["old_place", "end"] = "old_place"
    returned: Literal["old_place", "end"] = "end"
    late: Literal["follow", "through", "rest"] = "follow"


@dataclass(frozen=True, slots=True)
class IssueOrder:
    """Which value of ``pick`` (a dimension such as batch) an issue without one takes, at ``grain``.
    ``by`` is a field path of the picked record (``expires_on``); expired ones (before the business date) and
    ones whose ``available`` expression over the row's measures is not positive are never taken. Records where ``when``
    (over the other dimensions' records) is false are not picked."""

    pick: str
    grain: str
    order: Literal["fefo", "fifo", "lifo", "manual"] = "fefo"
    by: str = ""
    expires: str = ""
    available: str = ""
    when: str | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """A named, append-only account of measures by dimensions. ``lane`` (what is locked) is derived: the dimensions common to
    the balances' grains, the cost key and the issue order's grain without its pick. ``takes`` is an expression over the dimensions'
    records (``not item.unstocked``): a posting of what it refuses makes no entry, so that no guard, pick or cost is asked for, and what
    depends on it finds nothing. Empty: the ledger takes everything."""

    uid: str
    key: str
    label: Text
    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]
    grains: tuple[Grain, ...] = ()
    kind: Literal["balance", "turnover"] = "balance"
    guards: tuple[Guard, ...] = ()
    costing: Costing | None = None
    cost_key: tuple[str, ...] = ()
    issue_order: IssueOrder | None = None
    dates: Literal["exact", "now"] = "exact"
    future: Literal["refuse", "allow"] = "refuse"
    order: Literal["append", "replay"] = "append"
    close_role: str | None = None
    back_date_role: str | None = None
    takes: str | None = None
    help: Text | None = None

    def dimension(self, key: str) -> Dimension | None:
        return next((d for d in self.dimensions if d.key == key), None)

    def measure(self, key: str) -> Measure | None:
        return next((m for m in self.measures if m.key == key), None)

    def grain(self, key: str) -> Grain | None:
        return next((g for g in self.grains if g.key == key), None)

    @property
    def lane(self) -> tuple[str, ...]:
        """The dimension keys that are locked together, in declared order: those common to all guards, the cost key, the issue
        order and every grain that keeps a balance, so that no balance is written by two lanes. Without any of these, all
        required dimensions."""
        groups: list[set[str]] = []
        for guard in self.guards:
            grain = self.grain(guard.grain)
            if grain is not None:
                groups.append(set(grain.dimensions))
        if self.cost_key:
            groups.append(set(self.cost_key))
        if self.issue_order is not None:
            grain = self.grain(self.issue_order.grain)
            if grain is not None:
                groups.append(set(grain.dimensions) - {self.issue_order.pick})
        if self.kind == "balance" or not groups:
            groups += [set(g.dimensions) for g in self.grains]
        groups = groups or [{d.key for d in self.dimensions if d.required}]
        common = set.intersection(*groups)
        return tuple(d.key for d in self.dimensions if d.key in common)
