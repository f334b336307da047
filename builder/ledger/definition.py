"""Ledger models: a ledger's definition with its expressions compiled and its numbers at hand. Pure.

A key is a tuple of ids in the order of the dimensions' numbers (0: none). A grain takes the ids at its positions.
Grain 0 is the lane: the row that is locked, which also carries sequence, costing method and last count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from operator import itemgetter
from typing import Any, Protocol, TypeAlias

from builder.expressions import Expression
from builder.metadata.ledger import Guard, Ledger

OLD = "old."
"""Before a measure in a guard: as it was before what happens."""
Key: TypeAlias = "tuple[int, ...]"

LANE = 0
COST_GRAIN = 100
"""The number of the cost pool's grain where no declared grain has its dimensions."""


class LedgerNumbers(Protocol):
    """What storage assigned once: ids and numbers that never change or come back."""

    @property
    def ledger_id(self) -> int: ...
    @property
    def dimensions(self) -> Mapping[str, int]: ...
    @property
    def measures(self) -> Mapping[str, int]: ...
    @property
    def grains(self) -> Mapping[str, int]: ...


@dataclass(frozen=True, slots=True)
class DimensionModel:
    """A dimension with the number of its key column."""

    key: str
    number: int
    entity: str | None
    type: str
    required: bool


@dataclass(frozen=True, slots=True)
class MeasureModel:
    """A measure with the number of its column; stored as a whole number of ``10 ** -scale``."""

    key: str
    number: int
    scale: int

    def exact(self, scaled: int) -> Decimal:
        return Decimal(scaled).scaleb(-self.scale)


@dataclass(frozen=True, slots=True)
class GrainModel:
    """Where running balances are kept: ``positions`` of the key that its rows have."""

    key: str
    number: int
    positions: tuple[int, ...]
    daily: bool

    def of(self, key: Key) -> Key:
        """The row's key at this grain for an entry's key."""
        return _taking(self.positions)(key)


@cache
def _taking(positions: tuple[int, ...]) -> Callable[[Key], Key]:
    """What takes these positions of a key. A posting does so a hundred times and more."""
    if len(positions) > 1:
        return itemgetter(*positions)
    if positions:
        only = positions[0]
        return lambda key: (key[only],)
    return lambda _key: ()


@dataclass(frozen=True, slots=True)
class GuardModel:
    guard: Guard
    grain: GrainModel
    slack: Expression
    when: Expression | None
    is_of_change: bool = False
    """Whether the slack reads what was there before: then it says nothing of what stands."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A slack somebody wants to hear about: ``rule`` (uid) is told when it falls below zero at ``grain``."""

    rule: str
    ledger: str
    grain: str
    slack: str


@dataclass(frozen=True, slots=True)
class ThresholdModel:
    rule: str
    grain: GrainModel
    slack: Expression


@dataclass(frozen=True, slots=True)
class CostModel:
    """Costing with places of measures instead of names; ``grain`` is the cost pool's, ``told_by`` the place in keys of what tells
    units apart. ``keeps_place`` and ``returns_to_place`` say whether transferred and returned layers keep their place in the queue,
    ``follows`` whether late costs go after units, ``corrects`` whether also to what took over the cost of those that are gone."""

    quantity: int
    value: int
    residue: int | None
    method: str
    method_of: Expression | None
    provisional: Expression | None
    grain: GrainModel
    at_original: bool
    standard: Expression | None = None
    variance: int | None = None
    told_by: int | None = None
    keeps_place: bool = True
    returns_to_place: bool = False
    follows: bool = True
    corrects: bool = False


@dataclass(frozen=True, slots=True)
class IssueModel:
    """Issue order; ``pick`` is the place of the picked dimension in a key."""

    pick: int
    grain: GrainModel
    order: str
    by: str
    expires: str
    available: Expression | None
    when: Expression | None


@dataclass(frozen=True, slots=True)
class LedgerModel:
    """A ledger ready for planning. ``fields`` are the paths of dimension records that guards, thresholds, costing and
    issue order read, by dimension key (``{"customer": {"credit_limit"}}``); ``settings`` the paths of settings (``setting.<key>``);
    ``takes`` says of a key's records whether anything is entered for them."""

    ledger: Ledger
    ledger_id: int
    dimensions: tuple[DimensionModel, ...]
    measures: tuple[MeasureModel, ...]
    grains: tuple[GrainModel, ...]
    lane: GrainModel
    guards: tuple[GuardModel, ...]
    thresholds: tuple[ThresholdModel, ...]
    cost: CostModel | None
    issue: IssueModel | None
    fields: Mapping[str, frozenset[str]]
    settings: frozenset[str]
    takes: Expression | None = None

    def enters(self, names: Mapping[str, Any]) -> bool:
        """Whether the ledger enters anything for the records whose fields ``names`` gives."""
        return self.takes is None or bool(self.takes.evaluate(names))

    @property
    def key(self) -> str:
        return self.ledger.key

    @property
    def is_turnover(self) -> bool:
        return self.ledger.kind == "turnover"

    @property
    def keeps_days(self) -> bool:
        """True where balances of past days are kept."""
        return self.is_turnover or self.ledger.dates == "exact"

    def position(self, dimension: str) -> int:
        return next(i for i, d in enumerate(self.dimensions) if d.key == dimension)

    def place(self, measure: str) -> int:
        """The place of a measure in a row; ``KeyError`` where there is none."""
        for i, m in enumerate(self.measures):
            if m.key == measure:
                return i
        raise KeyError(f"ledger {self.key!r} has no measure {measure!r}")

    def grain(self, number: int) -> GrainModel:
        return next(g for g in self.grains if g.number == number)

    def grain_with(self, positions: Iterable[int]) -> GrainModel | None:
        """The grain that has exactly these positions, if any."""
        wanted = set(positions)
        return next((g for g in self.grains if set(g.positions) == wanted), None)

    @property
    def counted(self) -> int:
        """The place of the measure that a count makes absolute: the costed quantity, else the first measure."""
        return self.cost.quantity if self.cost is not None else 0

    def exact(self, row: Sequence[int]) -> dict[str, Decimal]:
        """Measures by key as exact decimals."""
        return {m.key: m.exact(v) for m, v in zip(self.measures, row, strict=True)}


def field_context(model: LedgerModel, key: Key, positions: Iterable[int], fields: Any) -> dict[str, Any]:
    """Names that expressions at a row see for its dimensions: ``item`` (its id) and ``item.<path>``."""
    names: dict[str, Any] = {}
    for position, value in zip(positions, key, strict=True):
        dimension = model.dimensions[position].key
        names[dimension] = value or None
        known = fields.get((dimension, value), {})
        for path in model.fields.get(dimension, ()):
            names[f"{dimension}.{path}"] = known.get(path)
    return names
