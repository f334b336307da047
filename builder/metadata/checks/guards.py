"""Guards: one that can never hold, one that watches nothing, and ones whose balances share no lane."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from builder.errors import Problem
from builder.expressions import Expression, ExpressionError
from builder.metadata.checks.kind import Check, Facts, at, called, warning
from builder.metadata.ledger import Ledger


def find(facts: Facts) -> Iterable[Problem]:
    for ledger in facts.package.ledgers:
        if ledger.guards and not ledger.lane:
            yield Problem("E141", at("ledger", ledger.key, "guards"), {"ledger": called(ledger)})
        for index, guard in enumerate(ledger.guards):
            slack = facts.expression(guard.uid, "slack")
            path = at("ledger", ledger.key, "guards", index, "slack")
            if slack is not None and guard.enabled:
                yield from _judged(facts, ledger, slack, path, {"guard": guard.key, "slack": guard.slack})
            if guard.policy == "override" and not guard.override:
                yield Problem("E143", at("ledger", ledger.key, "guards", index), {"guard": guard.key})


def _judged(
    facts: Facts, ledger: Ledger, slack: Expression, path: str, params: dict[str, str]
) -> Iterable[Problem]:
    measures = {p for p in slack.paths if ledger.measure(p)}
    if not slack.paths and not slack.volatile and _value(slack) < 0:
        yield Problem("E140", path, params)
    elif not measures:
        yield warning("E142", path, params)
    elif not measures & _posted(facts, ledger):
        yield warning("E144", path, params)


def _value(slack: Expression) -> Decimal:
    try:
        found = slack.evaluate({})
    except ExpressionError:
        return Decimal(0)
    return found if isinstance(found, Decimal) else Decimal(0)


def _posted(facts: Facts, ledger: Ledger) -> set[str]:
    """The measures to which anything posts."""
    return {
        m for e in facts.package.entities for p in e.postings if p.ledger == ledger.key for m in p.measures
    } | ({ledger.costing.value} if ledger.costing else set())


CHECK = Check("guards", ("E140", "E141", "E142", "E143", "E144"), find)
