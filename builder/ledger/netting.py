"""Netting: what a count and its shifts come to together. Pure.

A count is what was seen. Documents that turned up later for days before it changed its difference: each has a shift on the count's day
that takes it back. In the order of dates none of that happened: the count found its difference at once. So the count and its shifts
cancel each other as far as they go, and only what is left moves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from builder.ledger.definition import CostModel, Key
from builder.ledger.histories import Past
from builder.ledger.state import Entry


def netted(
    past: Iterable[Past], cost: CostModel, *, tells_apart: bool
) -> tuple[dict[int, int], dict[int, Entry]]:
    """(what is left of the quantity, by entry; the count of each shift, by shift) of counts and shifts that stand. Counts whose value was
    given are left alone. Where the method ``tells_apart`` units, only those of one lot cancel."""
    entries = {p.entry.id: p for p in past if p.entry.kind in ("count", "count_shift")}
    counts = {id: p for id, p in entries.items() if p.entry.kind == "count" and not p.told.is_given}
    groups: dict[tuple[int, Key], list[Entry]] = {}
    count_of: dict[int, Entry] = {}
    lot = _lot(cost) if tells_apart else (lambda _key: 0)
    for id, one in sorted(entries.items()):
        about = counts.get(one.entry.concerns if one.entry.kind == "count_shift" else id)
        if about is None:
            continue
        if one.entry.kind == "count_shift":
            count_of[id] = about.entry
        name = about.entry.id, (*cost.grain.of(one.entry.key), lot(one.entry.key))
        groups.setdefault(name, []).append(one.entry)
    left: dict[int, int] = {}
    for group in groups.values():
        left.update(_together(group, _left([(e.id, e.measures[cost.quantity]) for e in group])))
    return left, count_of


def _together(group: Iterable[Entry], left: dict[int, int]) -> dict[int, int]:
    """What was found at one key comes at once, with the first that brings it: in parts its cost would be rounded part by part. What was
    missing stays with each, because edges lead to it from what it took."""
    first: dict[Key, int] = {}
    found = dict.fromkeys(left, 0)
    for entry in group:
        qty = left[entry.id]
        at = first.setdefault(entry.key, entry.id) if qty > 0 else entry.id
        found[at] += qty
    return found


def _lot(cost: CostModel) -> Callable[[Key], int]:
    told_by = cost.told_by
    return (lambda key: key[told_by]) if told_by is not None else (lambda _key: 0)


def _left(moves: list[tuple[int, int]]) -> dict[int, int]:
    """What stays of each when opposites cancel; the earliest keep what is left."""
    net = sum(qty for _, qty in moves)
    found: dict[int, int] = {}
    for id, qty in moves:
        kept = min(abs(qty), abs(net)) if qty and net and (qty > 0) == (net > 0) else 0
        found[id] = kept if net > 0 else -kept
        net -= found[id]
    return found
