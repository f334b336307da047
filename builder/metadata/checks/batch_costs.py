"""Batch costs: costs that follow a batch or a serial number are kept by it, or no batch may ever be lacking."""

from __future__ import annotations

from collections.abc import Iterable

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at, called, warning
from builder.metadata.ledger import Costing, Guard, Ledger


def find(facts: Facts) -> Iterable[Problem]:
    """What one batch lacks and another has would come to nothing in a cost pool of both, and their values with it."""
    for ledger in facts.package.ledgers:
        costing, order = ledger.costing, ledger.issue_order
        if costing is None or costing.method != "batch":
            continue
        batch = ledger.dimension(costing.identity or (order.pick if order is not None else ""))
        if batch is None or batch.key in ledger.cost_key or _is_never_short(ledger, costing, batch.key):
            continue
        params = {"ledger": called(ledger), "dimension": called(batch)}
        yield warning("E145", at("ledger", ledger.key, "cost_key"), params)


def _is_never_short(ledger: Ledger, costing: Costing, batch: str) -> bool:
    return any(_watches(ledger, guard, costing, batch) for guard in ledger.guards)


def _watches(ledger: Ledger, guard: Guard, costing: Costing, batch: str) -> bool:
    """Whether the guard always refuses a batch that is not there."""
    grain = ledger.grain(guard.grain)
    always = guard.enabled and guard.policy == "refuse" and not guard.when
    return (
        always and grain is not None and batch in grain.dimensions and guard.slack.strip() == costing.quantity
    )


CHECK = Check("batch_costs", ("E145",), find)
