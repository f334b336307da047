"""Allocation: one amount over lines by weight, to the last digit. Pure.

Largest remainder: every line gets its share cut to a whole unit; the units left over go to the lines that lost most by
the cut, of equal ones to the earlier.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from builder.changes import Intent
from builder.ledger.definition import LedgerModel

Group = tuple[str, str, int, str]


def allocate(total: int, weights: Sequence[Decimal]) -> tuple[int, ...]:
    """Parts of a whole number of units that add up to it exactly; equal parts where no weight is positive. A negative weight has
    no share."""
    if not weights:
        return ()
    given = [Fraction(max(w, Decimal(0))) for w in weights]
    by = given if any(given) else [Fraction(1)] * len(given)
    whole = sum(by)
    exact = [abs(total) * w / whole for w in by]
    parts = [int(e) for e in exact]
    order = sorted(range(len(by)), key=lambda i: (parts[i] - exact[i], i))
    for i in order[: abs(total) - sum(parts)]:
        parts[i] += 1
    return tuple(p if total >= 0 else -p for p in parts)


def allocated(amount: Decimal, weights: Sequence[Decimal], places: int = 2) -> tuple[Decimal, ...]:
    """Parts of an amount at so many decimal places. The amount must have no more of them."""
    scaled = amount.scaleb(places)
    if scaled != int(scaled):
        raise ValueError(f"{amount} has more than {places} decimal places")
    return tuple(Decimal(p).scaleb(-places) for p in allocate(int(scaled), weights))


def group_of(intent: Intent) -> Group:
    """What shares one amount: the lines of one posting of one document."""
    return intent.ledger, intent.entity, intent.record_id, intent.posting


def shared_out(models: Mapping[str, LedgerModel], intents: Sequence[Intent]) -> list[Intent]:
    """The intents with shared input amounts allocated over their lines. What follows another posting's result is shared out once
    that is known."""
    groups: dict[Group, list[Intent]] = {}
    for intent in intents:
        if intent.shares and intent.reverses is None:
            groups.setdefault(group_of(intent), []).append(intent)
    parts: dict[int, Intent] = {}
    for group in groups.values():
        for name in group[0].shares:
            if name not in group[0].measures:
                continue
            model = models[group[0].ledger]
            scale = model.measures[model.place(name)].scale
            total = group[0].measures[name].quantize(Decimal(1).scaleb(-scale), "ROUND_HALF_UP")
            shares = allocated(total, [i.shares.get(name, Decimal(0)) for i in group], scale)
            for intent, part in zip(group, shares, strict=True):
                now = parts.get(id(intent), intent)
                parts[id(intent)] = replace(now, measures={**now.measures, name: part})
    return [parts.get(id(i), i) for i in intents]
