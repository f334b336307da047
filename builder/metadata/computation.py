"""Computation: a calculation over many records at once, whose rows become records. Definitions only. Pure.

Its rows come from exactly one of five places: a report's rows as they are; *combine*, every combination of a report's rows; *needs*, what must be made or bought so that demands are met; a
*roll-up*, what a thing is worth by what it is made of; or a *schedule*, when tasks are done on resources that can do so much a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from builder.metadata.text import Text

NEEDED = ("node", "parent", "quantity", "gross", "day", "start", "level", "late")
"""Columns of a need's rows, beside those of the policy's report."""
ROLLED = ("node", "value", "material", "added", "level")
"""Columns of a roll-up's rows."""

SCHEDULED = (
    "task",
    "chain",
    "resource",
    "step",
    "day",
    "work",
    "start",
    "finish",
    "late",
    "capacity",
    "is_first",
)
"""Columns of a schedule's rows, one for each task and day, beside those of the tasks' report."""


@dataclass(frozen=True, slots=True)
class Structure:
    """What is made of what. Each row of ``report`` says that one ``parent`` takes ``per`` of a ``child``; all are expressions over
    the report's columns. A row holds from the day ``since`` to the day ``until``: needs take the rows of the day on which something is
    started, a roll-up those of today."""

    report: str
    parent: str
    child: str
    per: str
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """What is wanted: ``quantity`` of ``node`` on ``day``."""

    report: str
    node: str
    quantity: str
    day: str


@dataclass(frozen=True, slots=True)
class Supply:
    """What is there, or comes on ``day`` (empty: is there)."""

    report: str
    node: str
    quantity: str
    day: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """How a node is got. ``safety`` is kept back; ``lead`` working days pass from start to need; what comes out good is the share ``good`` of
    what is started; an order is at least ``least`` and a whole ``multiple``, and covers ``span`` days; ``places`` are the decimal
    places of a quantity."""

    report: str
    node: str
    safety: str | None = None
    lead: str | None = None
    good: str | None = None
    least: str | None = None
    multiple: str | None = None
    span: str | None = None
    places: str | None = None


@dataclass(frozen=True, slots=True)
class Needs:
    """Time-phased net requirements: what must be started when, level by level of ``structure``."""

    demand: Demand
    supply: Supply
    policy: Policy
    structure: Structure | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """A value for each node."""

    report: str
    node: str
    value: str


@dataclass(frozen=True, slots=True)
class RollUp:
    """What each parent of ``structure`` is worth: its children's values, ``price`` at the bottom, with what ``added`` says of each
    level. Rounded half up to ``scale`` places at the very end."""

    structure: Structure
    price: Price
    added: Price | None = None
    scale: int = 2


@dataclass(frozen=True, slots=True)
class Tasks:
    """What is to be done: ``work`` of the ``task`` on a ``resource``, not before ``earliest``. Tasks of a ``chain`` follow one another by ``step`` and are
    due by ``due``; chains with a smaller ``rank`` come first. A task takes ``lasts`` working days at least."""

    report: str
    task: str
    resource: str
    work: str
    chain: str | None = None
    step: str | None = None
    earliest: str | None = None
    due: str | None = None
    rank: str | None = None
    lasts: str | None = None


@dataclass(frozen=True, slots=True)
class Resources:
    """How much work each ``resource`` can do on a working day; nothing: it is never short."""

    report: str
    resource: str
    capacity: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """Tasks placed on the working days of their resources: as early as possible, or (``backward``) so that each chain ends on its due day.
    With ``limited`` no resource does more than it can; without, every task has it for itself, and what is too much shows as such."""

    tasks: Tasks
    resources: Resources
    direction: Literal["forward", "backward"] = "forward"
    limited: bool = True


@dataclass(frozen=True, slots=True)
class Combination:
    """Every combination of the rows of ``report`` that share what ``by`` says: one row of each axis. An axis is its name → the condition under
    which a row lies on it; an axis without rows is left empty. A combination has the report's columns, as the first of its rows says them, and
    each axis's columns as ``axis.column``."""

    report: str
    by: str
    axes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ComputationLines:
    """Rows with equal ``match`` fields become lines of one record: ``map`` fills the line's fields, ``match`` finds a line again."""

    field: str
    map: Mapping[str, str]
    match: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Computation:
    """Rows become records of ``entity``; with ``record`` a row says itself which record it fills in, and none is made. ``when`` says which rows count; ``map`` is target field → expression over the row. A record of an earlier
    run is found among those that pass ``open`` by the fields in ``match``, and changed instead of made twice; with
    ``stale`` *delete*, open records that no row speaks of any more go. Fields in ``keeps`` stay as they are where a run has no value for
    them, and fields in ``once`` are filled only in what is new. Without ``creates`` only records that are there are filled in."""

    uid: str
    key: str
    label: Text
    entity: str
    map: Mapping[str, str]
    match: tuple[str, ...] = ()
    record: str | None = None
    report: str = ""
    combine: Combination | None = None
    needs: Needs | None = None
    rollup: RollUp | None = None
    schedule: Schedule | None = None
    when: str | None = None
    open: Mapping[str, Any] | None = None
    stale: Literal["keep", "delete"] = "keep"
    keeps: tuple[str, ...] = ()
    once: tuple[str, ...] = ()
    creates: bool = True
    lines: ComputationLines | None = None
    help: Text | None = None

    @property
    def makes(self) -> bool:
        """Whether records are made where there is none yet."""
        return self.creates and self.record is None

    @property
    def reports(self) -> tuple[str, ...]:
        """Every report that it reads, each once."""
        parts: list[Any] = [self.needs.demand, self.needs.supply, self.needs.policy] if self.needs else []
        parts += [self.combine] if self.combine else []
        parts += [self.needs.structure] if self.needs and self.needs.structure else []
        parts += [self.rollup.structure, self.rollup.price] if self.rollup else []
        parts += [self.rollup.added] if self.rollup and self.rollup.added else []
        parts += [self.schedule.tasks, self.schedule.resources] if self.schedule else []
        names = [self.report, *(part.report for part in parts)]
        return tuple(dict.fromkeys(filter(None, names)))
