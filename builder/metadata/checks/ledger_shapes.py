"""The shape of ledgers: costs have their key, and what is watched or picked lies within its balance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at, called
from builder.metadata.ledger import Ledger


def find(facts: Facts) -> Iterable[Problem]:
    for ledger in facts.package.ledgers:
        params = {"ledger": called(ledger)}
        if ledger.costing is not None and not ledger.cost_key:
            yield Problem("E188", at("ledger", ledger.key, "cost_key"), params)
        order = ledger.issue_order
        grain = ledger.grain(order.grain) if order else None
        if order is not None and grain is not None and order.pick not in grain.dimensions:
            yield Problem("E189", at("ledger", ledger.key, "issue_order", "pick"), params)
        yield from _guards(ledger)


def _guards(ledger: Ledger) -> Iterator[Problem]:
    """A slack may speak of the dimensions of its own balance only."""
    keys = {d.key for d in ledger.dimensions}
    for index, guard in enumerate(ledger.guards):
        grain = ledger.grain(guard.grain)
        if grain is not None and not set(grain.dimensions) <= keys:
            yield Problem("E189", at("ledger", ledger.key, "guards", index), {"ledger": called(ledger)})


CHECK = Check("ledger_shapes", ("E188", "E189"), find)
