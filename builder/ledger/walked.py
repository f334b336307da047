"""Walked: pools that keep no layers, gone through entry by entry in the order in which they were posted.

Where units cost the average, what each issue lacked and what has covered it since is found again; where they cost what was decreed, what
each came to, by the standards that pools keep. Ledgers that replay work their past again in another order and say so with true-ups: there
only what was decreed is found again, the others by their sums alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, select

from builder.ledger.columns import COST_KEY, GRAIN_KEY, entry_of
from builder.ledger.costing.decreed import STANDARD, decreed
from builder.ledger.costing.shape import at_unit, share
from builder.ledger.definition import LANE, CostModel, Key, LedgerModel
from builder.ledger.findings import Finding, named
from builder.ledger.state import Entry, Layer
from builder.ledger.switching import turn_of
from builder.storage.tables.ledgers import balance, entry, layer

AVERAGE, DECREED = "moving_average", "standard"
AT_ONCE = 1_000
Short = tuple[int, tuple[int, ...]]
"""A quantity, and what it may be worth: an issue's value was found, or it was given."""


def walked(conn: Connection, model: LedgerModel, ws: int) -> Iterator[Finding]:
    """A finding per shortage that is not what the entries say, and per entry that did not come to what it must at standard."""
    cost = model.cost
    methods = _methods(conn, model, ws) if cost is not None else {}
    judged = {DECREED} if model.ledger.order == "replay" else {AVERAGE, DECREED}
    if cost is None or not judged & set(methods.values()):
        return
    standards = _standards(conn, model, ws)
    for key, entries in groupby(_entries(conn, model, cost, ws), key=lambda e: cost.grain.of(e.key)):
        lane = tuple(key[cost.grain.positions.index(p)] for p in model.lane.positions)
        walk = _Walk(cost, methods.get(lane, ""), standards.get(key, []))
        yield from _pool(conn, model, ws, key, walk, list(entries))


def _pool(
    conn: Connection,
    model: LedgerModel,
    ws: int,
    key: Key,
    walk: _Walk,
    entries: list[Entry],
) -> Iterator[Finding]:
    cost, method = walk.cost, walk.method
    walk.method = _first_method(entries, method)
    for one in entries:
        expected = walk.step(one)
        if expected is not None and expected != one.measures[cost.value]:
            name = {"entry": one.id, **named(model, cost.grain, key, day=one.business_date)}
            yield Finding("COST", model.key, "entry", name, expected, one.measures[cost.value])
    if method != AVERAGE or model.ledger.order == "replay":
        return
    kept = _kept(conn, model, ws, key)
    for id in sorted({*kept, *walk.shorts}):
        qty, worths = walk.shorts.get(id, (0, (0,)))
        found, value = kept.get(id, (0, 0))
        if found != qty or value not in worths:
            name = {"entry": id, **named(model, cost.grain, key)}
            yield Finding("SHORTAGE", model.key, "layer", name, (qty, worths[0]), (found, value))


@dataclass
class _Walk:
    """One pool on its way: what it holds, and by issue what is lacking."""

    cost: CostModel
    method: str
    standards: list[tuple[int, Fraction]]
    qty: int = 0
    value: int = 0
    shorts: dict[int, Short] = field(default_factory=dict)
    order: dict[int, tuple[Any, int, int]] = field(default_factory=dict)
    last: dict[tuple[int, int, Key, int], int] = field(default_factory=dict)

    def step(self, one: Entry) -> int | None:
        """Go on by one entry; what it must come to, where the pool alone says so."""
        qty, value = one.measures[self.cost.quantity], one.measures[self.cost.value]
        expected = None
        if one.kind == "reclass" and not qty and turn_of(one.reason)[1]:
            self.method = turn_of(one.reason)[1]
        elif qty and self.method == DECREED:
            expected = self._decreed(one, qty)
        elif qty and self.method == AVERAGE:
            self._averaged(one, qty, value)
        self.qty, self.value = self.qty + qty, self.value + value
        return expected

    def _decreed(self, one: Entry, qty: int) -> int | None:
        """What comes is worth the standard of then. Of what is there an issue takes its share, beyond that the standard. Standards from
        before they were kept are not known."""
        if one.kind in ("reversal", "reclass"):
            return None
        here = min(max(-qty, 0), max(self.qty, 0))
        taken = share(self.value, here, self.qty) if here else 0
        beyond = qty + here
        if not beyond:
            return -taken
        known = [unit for seq, unit in self.standards if seq <= one.seq]
        return at_unit(known[-1], beyond) - taken if known else None

    def _averaged(self, one: Entry, qty: int, value: int) -> None:
        twin = one.journal_id, one.line_id, one.key, -qty
        if one.kind == "reversal":
            self.shorts.pop(one.concerns, None)
        elif one.kind == "count_shift" and qty > 0:
            self.shorts.pop(self.last.get(twin, 0), None)
        elif qty > 0:
            self._cover(qty)
        else:
            self._take(one, -qty, -value)
        self.last[one.journal_id, one.line_id, one.key, qty] = one.id

    def _take(self, one: Entry, wanted: int, value: int) -> None:
        here = min(wanted, max(self.qty, 0))
        if here < wanted:
            taken = share(self.value, here, self.qty) if here else 0
            self.order[one.id] = one.business_date, one.seq, one.id
            self.shorts[one.id] = wanted - here, (value - taken, share(value, wanted - here, wanted))

    def _cover(self, left: int) -> None:
        """The earliest first."""
        for id in sorted(self.shorts, key=self.order.__getitem__):
            if not left:
                return
            qty, worths = self.shorts.pop(id)
            taken = min(qty, left)
            left -= taken
            if qty > taken:
                self.shorts[id] = qty - taken, tuple(w - share(w, taken, qty) for w in worths)


def _first_method(entries: list[Entry], method: str) -> str:
    turns = (turn_of(e.reason)[0] for e in entries if e.kind == "reclass" and turn_of(e.reason)[1])
    return next(turns, method)


def _methods(conn: Connection, model: LedgerModel, ws: int) -> dict[Key, str]:
    names = [balance.c[n] for n in GRAIN_KEY[: len(model.lane.positions)]]
    own = (balance.c.ws == ws, balance.c.ledger_id == model.ledger_id, balance.c.grain == LANE)
    return {tuple(row[:-1]): row.method for row in conn.execute(select(*names, balance.c.method).where(*own))}


def _entries(conn: Connection, model: LedgerModel, cost: CostModel, ws: int) -> Iterator[Entry]:
    columns = [entry.c[f"k{model.dimensions[p].number}"] for p in cost.grain.positions]
    statement = select(entry).where(entry.c.ws == ws, entry.c.ledger_id == model.ledger_id)
    ordered = statement.order_by(*columns, entry.c.seq).execution_options(yield_per=AT_ONCE)
    yield from (entry_of(model, row) for row in conn.execute(ordered))


def _standards(conn: Connection, model: LedgerModel, ws: int) -> dict[Key, list[tuple[int, Fraction]]]:
    """What each pool's units were worth by decree, and from which entry on."""
    own = (layer.c.ws == ws, layer.c.ledger_id == model.ledger_id, layer.c.kind == STANDARD)
    names = COST_KEY[: len(model.cost.grain.positions)] if model.cost is not None else ()
    found: dict[Key, list[Layer]] = {}
    for r in conn.execute(select(layer).where(*own)):
        key = tuple(r._mapping[name] for name in names)
        made = Layer(r.order_day, r.order_seq, r.entry_id, r.kind, r.qty_left, r.value_left, key)
        found.setdefault(key, []).append(made)
    return {key: decreed(layers) for key, layers in found.items()}


def _kept(conn: Connection, model: LedgerModel, ws: int, key: Key) -> dict[int, tuple[int, int]]:
    at: list[Any] = [layer.c[n] == v for n, v in zip(COST_KEY, key, strict=False)]
    own = (layer.c.ws == ws, layer.c.ledger_id == model.ledger_id, layer.c.kind == "short")
    statement = select(layer.c.entry_id, layer.c.qty_left, layer.c.value_left).where(*own, *at)
    rows = conn.execute(statement.where(layer.c.qty_left != 0))
    return {row.entry_id: (row.qty_left, row.value_left) for row in rows}
