"""Committed: balances and turnovers as one decision finds them stored, one place at a time or, for many, all of them at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from math import prod
from typing import Any

from builder.ledger import balance as balances
from builder.ledger.definition import LedgerModel
from builder.ledger.movements import added, added_at, added_by
from builder.ledger.pooled import POOLED, Worth, is_within, pool_of, pooled_balances
from builder.record import Value
from builder.runtime.often import OFTEN, Often, Place

ROWS_EACH = 100
"""Rows that may be read at once for each place that was asked for alone: a document of many lines does not read a ledger of millions."""

LOT = 500
"""Places of several dimensions that are read together."""
LONG_LOT = 5_000
"""Places of one dimension that are read together: what is read for them is never wider than what was asked."""
Days = tuple[date, date]
Places = dict[tuple[Value, ...], Mapping[str, Decimal]]
WIDER = 4
"""How many times the places that are asked for their keys may span: all pairs of a hundred goods and a hundred warehouses are too many."""


class Committed:
    """The ledgers' figures, each asked for once. ``keys`` are in the order of a ledger's dimensions; None does not limit."""

    def __init__(self, conn: Any, ws: int, ledgers: Mapping[str, LedgerModel]) -> None:
        self._conn, self._ws, self._ledgers = conn, ws, ledgers
        self._balances: dict[str, Places] = {}
        self._moved: dict[tuple[str, Days], Places] = {}
        self._totals = Often[Mapping[str, Decimal]]()
        self._turnovers = Often[Decimal]()
        self._worth: dict[tuple[Any, ...], Worth] = {}

    def move_to(self, conn: Any) -> None:
        """Read on by another connection. What is known stays; what all places have is asked again."""
        self._conn = conn
        self._totals.forget()
        self._moved.clear()
        self._turnovers.forget()
        self._worth.clear()

    def balance(self, ledger: str, measure: str, keys: Sequence[Value]) -> Decimal:
        if measure.startswith(POOLED):
            return self._pooled(ledger, measure, keys)
        known = self._balances.setdefault(ledger, {})
        at = tuple(keys)
        if at not in known:
            known[at] = self._total(ledger, keys)
        return known[at][measure]

    def look_ahead(self, ledger: str, places: Sequence[Sequence[Value]], days: Days | None = None) -> None:
        """Read what is not known of these places together, where that does not read more than they ask for: balances, or what moved in
        ``days``."""
        model = self._ledgers[ledger]
        known = self._moved.setdefault((ledger, days), {}) if days else self._balances.setdefault(ledger, {})
        by_group: dict[tuple[str, ...], dict[Place, tuple[Value, ...]]] = {}
        for keys in map(tuple, places):
            if keys not in known and (group := _grouped(model, keys)):
                by_group.setdefault(group, {})[_place(keys)] = keys
        for group, asked in by_group.items():
            together = list(asked.items())
            lot = LONG_LOT if len(group) == 1 else LOT
            for start in range(0, len(together), lot):
                known.update(self._read_together(ledger, group, dict(together[start : start + lot]), days))

    def _read_together(
        self,
        ledger: str,
        group: Sequence[str],
        asked: Mapping[Place, tuple[Value, ...]],
        days: Days | None,
    ) -> Places:
        model = self._ledgers[ledger]
        where = {name: tuple({place[i] for place in asked}) for i, name in enumerate(group)}
        if len(asked) == 1 or prod(len(ids) for ids in where.values()) > WIDER * len(asked):
            return {}
        found: Mapping[tuple[int, ...], Mapping[str, Decimal]]
        if days:
            found = added_at(self._conn, model, self._ws, group, where, days)
        else:
            rows = balances.balances(self._conn, model, self._ws, group=group, where=where, with_zero=True)
            found = {tuple(row.dimensions[name] for name in group): row.measures for row in rows}
        return {keys: found.get(place, _nothing(model)) for place, keys in asked.items()}

    def balance_now(self, ledger: str, measure: str, keys: Sequence[Value]) -> Decimal:
        """What ``balance`` would say to somebody who asks for the first time."""
        if measure.startswith(POOLED):
            self._worth.clear()
            return self._pooled(ledger, measure, keys)
        return balances.one(self._conn, self._ledgers[ledger], self._ws, measure, keys)

    def standing(
        self, ledger: str, group: Sequence[str], dimension: str, id: int
    ) -> tuple[balances.Balance, ...]:
        """The balances of one dimension's record that are not zero, by ``group``."""
        return balances.balances(
            self._conn, self._ledgers[ledger], self._ws, group=group, where={dimension: (id,)}
        )

    def turnover(self, ledger: str, measure: str, keys: Sequence[Value], days: Days) -> Decimal:
        moved = self._moved.get((ledger, days), {}).get(tuple(keys))
        if moved is not None:
            return moved[measure]
        model, conn, ws = self._ledgers[ledger], self._conn, self._ws
        group = _grouped(model, keys)
        if not group:
            return added(conn, model, ws, measure, keys, days)
        return self._turnovers.ask(
            (ledger, measure, group, days),
            _place(keys),
            lambda: added(conn, model, ws, measure, keys, days),
            lambda: added_by(conn, model, ws, measure, group, days),
            Decimal(0),
        )

    def _pooled(self, ledger: str, measure: str, keys: Sequence[Value]) -> Decimal:
        """What the place is worth at the cost of its pools. Places that ask for the same pools share one reading of them."""
        model, cost = self._ledgers[ledger], self._ledgers[ledger].cost
        if cost is None:
            raise KeyError(measure)
        asked = balances.ids_of(self._conn, model, self._ws, keys)
        pool = pool_of(model, cost)
        if asked.keys() <= pool:
            return self.balance(ledger, measure.removeprefix(POOLED), keys)
        where = {name: ids for name, ids in asked.items() if name in pool}
        at = (ledger, frozenset(asked), tuple(sorted((n, tuple(ids)) for n, ids in where.items())))
        if at not in self._worth:
            self._worth[at] = pooled_balances(self._conn, model, self._ws, asked, where=where)
        return sum((share for row, share in self._worth[at] if is_within(row, asked)), Decimal(0))

    def _total(self, ledger: str, keys: Sequence[Value]) -> Mapping[str, Decimal]:
        model, conn, ws = self._ledgers[ledger], self._conn, self._ws
        group = _grouped(model, keys)
        if not group:
            return balances.totals(conn, model, ws, keys)
        return self._totals.ask(
            (ledger, group),
            _place(keys),
            lambda: balances.totals(conn, model, ws, keys),
            lambda: balances.everywhere(conn, model, ws, group, OFTEN * ROWS_EACH),
            _nothing(model),
        )


def _nothing(model: LedgerModel) -> Mapping[str, Decimal]:
    return dict.fromkeys((m.key for m in model.measures), Decimal(0))


def _grouped(model: LedgerModel, keys: Sequence[Value]) -> tuple[str, ...]:
    """The dimensions that the keys name, where all of those are references; else none."""
    named = [d for d, key in zip(model.ledger.dimensions, keys, strict=False) if key is not None]
    return tuple(d.key for d in named) if all(d.type == "reference" for d in named) else ()


def _place(keys: Sequence[Value]) -> tuple[int, ...]:
    return tuple(int(str(key)) for key in keys if key is not None)
