"""What came out of a ledger case: values, pools, layers and balances of the world that ran it, and where they differ from what is expected."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from builder.ledger.outcome import Plan
from tests.ledger.oracle_ledgers import ZERO, dec

WHERE = {
    "overhead": ("wip", "value"),
    "wo_labour": ("wip", "value"),
    "requisition": ("budget", "reserved"),
    "expense_receipt": ("budget", "actual"),
}
"""Where a step's value is found, if not in stock."""


class Pictured:
    """Mixed into the world that runs a case."""

    def value_in(self: Any, plan: Plan) -> Decimal:
        model = self.store.models["stock"]
        place = model.place("value")
        total = sum(e.measures[place] for e in plan.entries if e.ledger == "stock")
        found: Decimal = model.measures[place].exact(total)
        return found

    def amount(self: Any, scaled: int) -> Decimal:
        return Decimal(scaled).scaleb(-2)

    def value_of(self: Any, ref: str, batch: str = "", *, trued: bool = False) -> Decimal:
        """The value that a step's own entries moved (a transfer: what left), with true-ups if asked."""
        line = self.lines[ref]
        ledger, measure = WHERE.get(line.op, ("stock", "value"))
        place = self.store.models[ledger].place(measure)
        entries = self.store.entries[ledger]
        mine = [e for e in entries if e.line_id == line.line_id and e.kind in ("normal", "count", "reversal")]
        if batch:
            mine = [e for e in mine if self.name("batch", e.key[2]).endswith(f"/{batch}")]
        if line.op == "transfer":
            mine = [e for e in mine if e.measures[0] > 0]
        ids = {e.id for e in mine}
        extra = [e for e in entries if e.kind == "true_up" and e.concerns in ids] if trued else []
        back = {e.id for e in extra}
        extra += [e for e in entries if e.kind == "reversal" and e.concerns in back]
        found: Decimal = self.amount(sum(e.measures[place] for e in [*mine, *extra]))
        return found

    def by_op(self: Any, *ops: str) -> dict[str, Decimal]:
        return {ref: self.value_of(ref, trued=True) for ref, line in self.lines.items() if line.op in ops}

    def cogs(self: Any, item: str | None = None) -> Decimal:
        lines = {
            ref: v
            for ref, v in self.by_op("issue", "sales_return").items()
            if item is None or self.item_of(ref) == item
        }
        return -sum(lines.values(), ZERO) + sum(self.rests.values(), ZERO)

    def item_of(self: Any, ref: str) -> str:
        line = self.lines[ref]
        name: str = (self.lines[line.origin] if line.origin else line).step.get("item", "P")
        return name

    def by_reason(self: Any, op: str) -> dict[str, Decimal]:
        found: dict[str, Decimal] = {}
        for ref, value in self.by_op(op).items():
            reason = self.lines[ref].step.get("reason", "")
            found[reason] = found.get(reason, ZERO) + value
        return found

    def pools(self: Any) -> dict[str, dict[str, Decimal]]:
        model = self.store.models["stock"]
        cost = model.cost
        assert cost is not None
        found = {}
        for (number, key), row in self.store.rows["stock"].items():
            if number == cost.grain.number:
                kinds = [model.dimensions[p].key for p in cost.grain.positions]
                names = [self.name(k, v).rpartition("/")[2] for k, v in zip(kinds, key, strict=True)]
                exact = model.exact(row.measures)
                found["|".join(names)] = {"qty": exact["on_hand"], "value": exact["value"]}
        return found

    def picture(self: Any) -> dict[str, Any]:
        store = self.store
        qty, value = store.balance("stock", "on_hand"), store.balance("stock", "value")
        return {
            "qty": qty,
            "value": value,
            "unit_cost": value / qty if qty else None,
            "cogs": self.cogs(),
            "pools": self.pools(),
            "steps": {ref: self.value_of(ref, trued=self.replays) for ref in self.lines},
            "issue_cost": {ref: -v for ref, v in self.by_op("issue").items()},
            "layers": self.layers(),
            "ar": self.receivables(),
            "balances": {name: self.balance(name) for name in self.case_balances()},
            "variance": self.variance + store.balance("stock", "variance"),
            "budget": self.budgets(),
            "wip": self.in_progress(),
            "ppv": store.balance("stock", "variance"),
            "loss": {k: -v for k, v in self.by_reason("scrap").items()},
            "count_variance": self.by_reason("count"),
        }

    def layers(self: Any) -> list[list[Decimal]]:
        found = []
        for pool in self.store.layers["stock"].values():
            for _, layer in sorted(pool.items()):
                if layer.qty:
                    qty, value = Decimal(layer.qty).scaleb(-4), self.amount(layer.value)
                    found.append([qty if layer.kind == "receipt" else -qty, value / qty])
        return found

    def receivables(self: Any) -> dict[str, Decimal]:
        bills = {n: i for (k, n), i in self.names.items() if k == "bill"}
        return {n: self.store.balance("credit", "receivable", bill=i) for n, i in bills.items()}

    def case_balances(self: Any) -> set[str]:
        """The balances that the case asks for, at its end or in a snapshot."""
        expected = self.case["expected"]
        asked = [expected, *expected.get("snaps", {}).values()]
        return {name for part in asked for name in part.get("balances", {})}

    def balance(self: Any, name: str) -> Decimal:
        parts = name.split("|")
        where = {"item": self.id("item", parts[0]), "warehouse": self.id("warehouse", parts[1])}
        if len(parts) > 2:
            where["batch"] = self.id("batch", f"{parts[0]}/{parts[2]}")
        found: Decimal = self.store.balance("stock", "on_hand", **where)
        return found


def differences(world: Any) -> list[str]:
    """Where the world differs from what the case expects, in words."""
    expected = world.case["expected"]
    found = [f"errors {world.errors}"] if world.errors != expected.get("errors", {}) else []
    found += _differs(world, world.picture(), expected, "")
    for name, snap in expected.get("snaps", {}).items():
        found += _differs(world, world.snaps[name], snap, f"{name}.")
    return found


SKIPPED = {"errors", "snaps", "revenue", "sold_qty", "ap", "stores", "cogs_by_item"}
"""Figures of a case that no ledger here holds."""


def _differs(world: Any, actual: Mapping[str, Any], expected: Mapping[str, Any], at: str) -> list[str]:
    found = []
    for name, want in expected.items():
        if name in SKIPPED:
            continue
        got = actual[name]
        if name == "steps":
            found += _steps(world, got, want, at)
        elif name == "layers":
            if [[q, c.normalize()] for q, c in got] != [[dec(q), dec(c).normalize()] for q, c in want]:
                found.append(f"{at}layers {got}")
        elif name in ("pools", "budget"):
            for pool, parts in want.items():
                mine = got.get(pool, {"qty": ZERO, "value": ZERO})
                found += [
                    f"{at}pool {pool} {k} {mine[k]} != {v}" for k, v in parts.items() if mine[k] != dec(v)
                ]
        elif isinstance(want, Mapping):
            found += [f"{at}{name}[{k}] {got.get(k)} != {v}" for k, v in want.items() if got.get(k) != dec(v)]
        elif got is None or got != dec(want):
            found.append(f"{at}{name} {got} != {want}")
    return found


def _steps(world: Any, got: Mapping[str, Any], want: Mapping[str, str], at: str) -> list[str]:
    found = []
    for ref, value in want.items():
        base, _, batch = ref.partition(":")
        mine = got[ref] if ref in got else world.value_of(base, batch)
        if world.lines[base if ref not in got else ref].op == "count":
            mine = sum((v for r, v in got.items() if r == ref or r.startswith(f"{ref}:")), ZERO)
        if mine != dec(value):
            found.append(f"{at}{ref} {mine} != {value}")
    return found
