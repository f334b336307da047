"""Compiling: a ledger's definition becomes its model: expressions parsed once, places and numbers resolved. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from builder.expressions import Expression, compile_expression
from builder.ledger.definition import (
    COST_GRAIN,
    LANE,
    OLD,
    CostModel,
    DimensionModel,
    GrainModel,
    GuardModel,
    IssueModel,
    LedgerModel,
    LedgerNumbers,
    MeasureModel,
    Threshold,
    ThresholdModel,
)
from builder.metadata.ledger import Costing, Grain, Guard, Ledger
from builder.metadata.package import Package


@dataclass(frozen=True, slots=True)
class _Plain:
    """Numbers in declared order, for definitions that no database knows yet."""

    ledger_id: int
    dimensions: Mapping[str, int]
    measures: Mapping[str, int]
    grains: Mapping[str, int]


def plain_numbers(ledger: Ledger, ledger_id: int = 1) -> LedgerNumbers:
    """Numbers in declared order, from 1."""
    return _Plain(
        ledger_id,
        {d.key: i for i, d in enumerate(ledger.dimensions, 1)},
        {m.key: i for i, m in enumerate(ledger.measures, 1)},
        {g.key: i for i, g in enumerate(ledger.grains, 1)},
    )


def compile_ledger(
    ledger: Ledger,
    numbers: LedgerNumbers | None = None,
    thresholds: Iterable[Threshold] = (),
    package: Package | None = None,
) -> LedgerModel:
    """The model of one ledger. Expressions that do not parse raise ``ExpressionError``. ``package`` tells which fields the filter of a guard's scope
    may ask for."""
    numbers = numbers or plain_numbers(ledger)
    dimensions = tuple(
        sorted(
            (
                DimensionModel(d.key, numbers.dimensions[d.key], d.entity, d.type, d.required)
                for d in ledger.dimensions
            ),
            key=lambda d: d.number,
        )
    )
    measures = tuple(
        sorted(
            (MeasureModel(m.key, numbers.measures[m.key], m.scale) for m in ledger.measures),
            key=lambda m: m.number,
        )
    )
    positions = {d.key: i for i, d in enumerate(dimensions)}
    lane = _grain("", LANE, ledger.lane, positions, _lane_daily(ledger))
    grains = _grains(ledger, numbers, positions, lane)
    by_key = {g.key: _same(grains, _places(g.dimensions, positions)) for g in ledger.grains}
    cost = _cost(ledger, measures, grains, positions)
    if cost is not None and cost.grain not in grains:
        grains = (*grains, cost.grain)
    guards = tuple(_guard(g, by_key[g.grain]) for g in ledger.guards if g.enabled)
    watched = tuple(
        ThresholdModel(t.rule, by_key.get(t.grain, lane), compile_expression(t.slack))
        for t in thresholds
        if t.ledger == ledger.key
    )
    issue, takes = _issue(ledger, by_key, positions), _optional(ledger.takes)
    expressions = _expressions(guards, watched, cost, issue, takes)
    return LedgerModel(
        ledger,
        numbers.ledger_id,
        dimensions,
        measures,
        grains,
        lane,
        guards,
        watched,
        cost,
        issue,
        _fields(dimensions, expressions, issue, _scoped(ledger, package)),
        frozenset(
            path for expression in expressions for path in expression.paths if path.startswith("setting.")
        )
        | {f"setting.{g.guard.scope}" for g in guards if g.guard.scope},
        takes,
    )


class LedgerMaps(Protocol):
    """Where the numbers of a package's ledgers are found."""

    def ledger(self, key: str) -> LedgerNumbers: ...


def build_models(package: Package, maps: LedgerMaps | None = None) -> dict[str, LedgerModel]:
    """Models of all ledgers of a package by key, with the slacks that its threshold rules watch. Without ``maps`` numbers follow the
    declared order and ledgers are counted from 1: for packages that no database knows."""
    thresholds = [
        Threshold(r.uid, r.when.ledger or "", r.when.grain or "", r.when.slack or "0")
        for r in package.rules
        if r.enabled and r.when.kind == "threshold"
    ]
    return {
        ledger.key: compile_ledger(
            ledger,
            maps.ledger(ledger.key) if maps is not None else plain_numbers(ledger, position),
            thresholds,
            package,
        )
        for position, ledger in enumerate(package.ledgers, 1)
    }


def _optional(source: str | None) -> Expression | None:
    return compile_expression(source) if source else None


def _places(dimensions: Iterable[str], positions: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(sorted(positions[d] for d in dimensions))


def _grain(
    key: str, number: int, dimensions: Iterable[str], positions: Mapping[str, int], daily: bool
) -> GrainModel:
    return GrainModel(key, number, _places(dimensions, positions), daily)


def _lane_daily(ledger: Ledger) -> bool:
    same = [g for g in ledger.grains if set(g.dimensions) == set(ledger.lane)]
    return all(g.daily for g in same)


def _same(grains: Iterable[GrainModel], places: tuple[int, ...]) -> GrainModel:
    return next(g for g in grains if g.positions == places)


def _grains(
    ledger: Ledger, numbers: LedgerNumbers, positions: Mapping[str, int], lane: GrainModel
) -> tuple[GrainModel, ...]:
    """The lane first; a declared grain with the lane's dimensions *is* the lane. A turnover ledger locks nothing:
    it has its declared grains, and the lane's dimensions only where none is declared."""
    found: list[GrainModel] = [] if ledger.kind == "turnover" and ledger.grains else [lane]
    seen = {g.positions for g in found}
    for grain in ledger.grains:
        model = _declared(grain, numbers, positions)
        if model.positions not in seen:
            seen.add(model.positions)
            found.append(model)
    return tuple(found)


def _declared(grain: Grain, numbers: LedgerNumbers, positions: Mapping[str, int]) -> GrainModel:
    return _grain(grain.key, numbers.grains[grain.key], grain.dimensions, positions, grain.daily)


def _cost(
    ledger: Ledger,
    measures: tuple[MeasureModel, ...],
    grains: tuple[GrainModel, ...],
    positions: Mapping[str, int],
) -> CostModel | None:
    costing = ledger.costing
    if costing is None:
        return None
    places = {m.key: i for i, m in enumerate(measures)}
    wanted = _places(ledger.cost_key or ledger.lane, positions)
    pool = next((g for g in grains if g.positions == wanted), None)
    return CostModel(
        places[costing.quantity],
        places[costing.value],
        places.get(costing.residue),
        costing.method,
        _optional(costing.method_of),
        _optional(costing.provisional),
        pool or GrainModel("", COST_GRAIN, wanted, daily=True),
        costing.returns == "original",
        _optional(costing.standard),
        places.get(costing.variance, places.get(costing.residue)),
        _identity(ledger, costing, positions),
        costing.transferred == "old_place",
        costing.returned == "old_place",
        costing.late != "rest",
        costing.late == "through",
    )


def _identity(ledger: Ledger, costing: Costing, positions: Mapping[str, int]) -> int | None:
    """The place of the dimension that tells units apart."""
    picked = ledger.issue_order.pick if ledger.issue_order is not None else ""
    return positions.get(costing.identity or picked)


def _issue(
    ledger: Ledger, by_key: Mapping[str, GrainModel], positions: Mapping[str, int]
) -> IssueModel | None:
    order = ledger.issue_order
    if order is None:
        return None
    return IssueModel(
        positions[order.pick],
        by_key[order.grain],
        order.order,
        order.by,
        order.expires,
        _optional(order.available),
        _optional(order.when),
    )


def _guard(guard: Guard, grain: GrainModel) -> GuardModel:
    slack = compile_expression(guard.slack)
    is_of_change = any(path.startswith(OLD) for path in slack.paths)
    return GuardModel(guard, grain, slack, _optional(guard.when), is_of_change)


def _expressions(
    guards: tuple[GuardModel, ...],
    thresholds: tuple[ThresholdModel, ...],
    cost: CostModel | None,
    issue: IssueModel | None,
    takes: Expression | None,
) -> list[Expression]:
    """Every expression of the ledger."""
    found: list[Expression | None] = [takes, *(g.slack for g in guards), *(g.when for g in guards)]
    found += [t.slack for t in thresholds]
    if cost is not None:
        found += [cost.method_of, cost.provisional, cost.standard]
    if issue is not None:
        found += [issue.when, issue.available]
    return [e for e in found if e is not None]


def _scoped(ledger: Ledger, package: Package | None) -> Mapping[str, frozenset[str]]:
    """What an owner's filter may ask of a dimension's record: every plain field of it, where a guard has a scope."""
    if package is None or not any(guard.scope and guard.enabled for guard in ledger.guards):
        return {}
    entities = {d.key: package.entity(d.entity or "") for d in ledger.dimensions}
    return {
        key: frozenset(f.key for f in entity.fields if not f.is_computed and f.type != "lines")
        for key, entity in entities.items()
        if entity is not None
    }


def _fields(
    dimensions: tuple[DimensionModel, ...],
    expressions: Iterable[Expression],
    issue: IssueModel | None,
    scoped: Mapping[str, frozenset[str]],
) -> dict[str, frozenset[str]]:
    """Paths read of each dimension's records: ``customer.credit_limit`` is ``credit_limit`` of ``customer``."""
    found: dict[str, set[str]] = {d.key: set(scoped.get(d.key, ())) for d in dimensions}
    if issue is not None:
        found[dimensions[issue.pick].key] |= {p for p in (issue.by, issue.expires) if p}
    for expression in expressions:
        for path in expression.paths:
            head, _, rest = path.partition(".")
            if rest and head in found:
                found[head].add(rest)
    return {key: frozenset(paths) for key, paths in found.items() if paths}
