"""A trial on one balance: what a rule that watches a ledger would do for it now. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from builder.errors import NotFoundError
from builder.expressions import compile_expression
from builder.metadata.package import Package
from builder.metadata.rule import Rule
from builder.record import Record
from builder.rules.context import LEDGER
from builder.rules.engine import crossing
from builder.runtime.context import Context
from builder.runtime.ledger_reading import BalanceRow, read_balances
from builder.runtime.trying.drafts import drafted, open_trial
from builder.runtime.trying.ruling import Part, Ruled, alone, parts_of, ruled_balance
from builder.runtime.trying.trial import Effects, facts_of, followed

KIND = "threshold"
MOST = 12


@dataclass(frozen=True)
class BalanceTrial:
    """A rule on one balance. ``parts``: that it is below, then the rule's condition; ``ruled.applies`` says both."""

    rule: Rule
    title: str
    ruled: Ruled
    parts: tuple[Part, ...]
    effects: Effects = field(default_factory=Effects)


def watching(draft: Package, key: str) -> Rule | None:
    """The rule of that key, where it watches the balances of a ledger."""
    return next((r for r in draft.rules if r.key == key and r.when.kind == KIND), None)


def balances_for(ctx: Context, draft: Package, key: str, text: str) -> list[tuple[tuple[int, ...], str]]:
    """Balances that the rule watches, as far as the actor may see them, by the ids of what they are kept by, with their names; those whose
    name holds ``text``."""
    rows = ((_key(row), title_of_balance(row)) for row in _rows(ctx, draft, watching(draft, key)))
    found = [one for one in rows if text.casefold() in one[1].casefold()]
    return sorted(found, key=lambda one: one[1])[:MOST]


def _rows(ctx: Context, draft: Package, rule: Rule | None) -> Sequence[BalanceRow]:
    ledger = draft.ledger(str(rule.when.ledger)) if rule is not None else None
    grain = next((g for g in ledger.grains if rule and g.key == rule.when.grain), None) if ledger else None
    # What only the draft counts has no balances yet.
    if ledger is None or grain is None or ledger.key not in ctx.app.ledgers:
        return ()
    return read_balances(ctx, ledger.key, group=grain.dimensions, with_zero=True)


def _key(row: BalanceRow) -> tuple[int, ...]:
    return tuple(named.id if named is not None else 0 for named in row.dimensions.values())


def title_of_balance(row: BalanceRow) -> str:
    return " · ".join(named.title for named in row.dimensions.values() if named is not None) or "–"


def try_balance(ctx: Context, draft: Package, key: str, ids: Sequence[int]) -> BalanceTrial:
    """The rule of the draft on a balance that the actor may see, with its figures of now and all that would follow."""
    rule = watching(draft, key)
    row = next((r for r in _rows(ctx, draft, rule) if _key(r) == tuple(ids)), None)
    if rule is None or row is None:
        raise NotFoundError(rule=key)
    trial = open_trial(ctx, drafted(ctx.conn, ctx.ws, ctx.app, draft))
    keys = {name: named.id for name, named in row.dimensions.items() if named is not None}
    measures = dict(_measures(trial, str(rule.when.ledger), keys))
    at = Record(f"{LEDGER}{rule.when.ledger}", 0, {**keys, **measures})
    below, *conditions = _parts(trial, rule, at)
    if below.holds:
        done = _ruled(trial, draft, rule, at, keys, measures)
    else:
        done = Ruled(below.holds, at, {})
    effects = followed(trial, done) if done.applies else Effects(refused=done.problems)
    return BalanceTrial(rule, title_of_balance(row), done, (below, *conditions), effects)


def _parts(trial: Context, rule: Rule, at: Record) -> Iterator[Part]:
    """That the balance is below, and the condition part by part."""
    for source in (f"({rule.when.slack}) < 0", rule.if_):
        if source:
            yield from parts_of(trial.facts, replace(rule, if_=source), at, None)


def _measures(trial: Context, key: str, keys: Mapping[str, int]) -> Iterator[tuple[str, Decimal]]:
    ledger = trial.app.ledgers[key].ledger
    at = [keys.get(dimension.key) for dimension in ledger.dimensions]
    for measure in ledger.measures:
        yield measure.key, trial.reader.balance(key, measure.key, at)


def _ruled(
    trial: Context,
    draft: Package,
    rule: Rule,
    at: Record,
    keys: Mapping[str, int],
    measures: Mapping[str, Decimal],
) -> Ruled:
    slack = trial.evaluate(compile_expression(str(rule.when.slack)), at)
    event = crossing(trial.app.key, rule, keys, measures, Decimal(str(slack)), "trial").body["event"]
    return ruled_balance(facts_of(trial, alone(draft, rule)), at, event)
