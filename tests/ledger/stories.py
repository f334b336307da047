"""Steps of the longer stories: budgets of a chain that keeps no stock, and work orders with labour, scrap and overhead."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from builder.ledger.compile import compile_ledger
from builder.ledger.definition import LedgerModel
from builder.metadata.ledger import Costing, Dimension, Grain, Guard, Ledger, Measure

ZERO = Decimal(0)


def dec(text: Any) -> Decimal:
    return Decimal(str(text))


def budget_ledger() -> LedgerModel:
    """What a unit may spend, has asked for and has spent."""
    return compile_ledger(
        Ledger(
            "budget",
            "budget",
            "Budget",
            (Dimension("unit", "unit", "Unit", entity="unit"),),
            tuple(Measure(m, m, m, kind="value") for m in ("granted", "reserved", "actual")),
            (Grain("g_unit", "unit", ("unit",)),),
            guards=(Guard("spent", "BUDGET_EXCEEDED", "unit", "granted - reserved - actual", "too much"),),
        )
    )


def work_ledger() -> LedgerModel:
    """Work in progress: an order is one unit of work, worth what went into it until it is done."""
    return compile_ledger(
        Ledger(
            "wip",
            "wip",
            "Work in progress",
            (Dimension("order", "order", "Order", entity="order"),),
            (
                Measure("open", "open", "Open", scale=4),
                Measure("hours", "hours", "Hours", scale=2, kind="hours"),
                Measure("value", "value", "Value", kind="value"),
            ),
            (Grain("g_order", "order", ("order",)),),
            costing=Costing("open", "value"),
            cost_key=("order",),
        )
    )


class Stories:
    """Mixed into the world that runs a case."""

    # ---- budgets

    def do_budget_set(self: Any, step: Mapping[str, Any]) -> None:
        line = self.line(step, f"budget:{step['unit']}")
        self.post(line.ref, [self.intent(line, "budget", self.unit(step), granted=dec(step["amount"]))])

    def unit(self: Any, step: Mapping[str, Any]) -> dict[str, int]:
        return {"unit": self.id("unit", step["unit"])}

    def do_requisition(self: Any, step: Mapping[str, Any]) -> None:
        amount = sum((dec(x["qty"]) * dec(x["price"]) for x in step["lines"]), ZERO)
        line = self.line(step)
        line.step = {**step, "amount": amount}
        self.post(line.ref, [self.intent(line, "budget", self.unit(step), reserved=amount)])

    def do_expense_receipt(self: Any, step: Mapping[str, Any]) -> None:
        if step["key"] in self.keys:
            return
        self.keys.add(step["key"])
        spent = sum((dec(x["qty"]) * dec(x["price"]) + dec(x["freight"]) for x in step["lines"]), ZERO)
        freed = sum((self.lines[r].step["amount"] for r in step["release"]), ZERO)
        line = self.line(step)
        self.post(line.ref, [self.intent(line, "budget", self.unit(step), actual=spent, reserved=-freed)])

    def do_service(self: Any, step: Mapping[str, Any]) -> None:
        """Nothing is kept in stock; what was earned is no ledger of this case."""

    def budgets(self: Any) -> dict[str, dict[str, Decimal]]:
        found = {}
        for name in [n for k, n in self.names if k == "unit"]:
            of = {m: self.store.balance("budget", m, unit=self.id("unit", name)) for m in MONEY}
            free = of["granted"] - of["reserved"] - of["actual"]
            found[name] = {"actual": of["actual"], "reserved": of["reserved"], "available": free}
        return found

    # ---- work orders

    def order(self: Any, step: Mapping[str, Any]) -> dict[str, int]:
        return {"order": self.id("order", step["wo"])}

    def opened(self: Any, step: Mapping[str, Any]) -> list[Any]:
        """An order's first step opens it."""
        if step["wo"] in self.orders:
            return []
        self.orders[step["wo"]] = ZERO
        line = self.line({**step, "op": "wo_open"}, f"{step['wo']}:open")
        return [self.intent(line, "wip", self.order(step), open=Decimal(1))]

    def do_wo_issue(self: Any, step: Mapping[str, Any]) -> None:
        """Components leave at their cost, which goes into the order."""
        line = self.line(step)
        out = self.intent(line, "stock", self.key(step), on_hand=-dec(step["qty"]))
        into = self.with_(
            self.intent(line, "wip", self.order(step)), depends_on="stock", dependent={"value": "-value"}
        )
        self.post(line.ref, [*self.opened(step), out, into])

    def do_wo_labour(self: Any, step: Mapping[str, Any]) -> None:
        line, hours = self.line(step), dec(step["hours"])
        opened = self.opened(step)
        self.orders[step["wo"]] += hours
        worth = self.intent(line, "wip", self.order(step), hours=hours, value=hours * dec(step["rate"]))
        self.post(line.ref, [*opened, worth])

    def do_wo_finish(self: Any, step: Mapping[str, Any]) -> None:
        """What is recovered takes its value out; what is finished takes the rest, and nothing is left."""
        intents = []
        for i, sub in enumerate(step.get("recover", ()), 1):
            line = self.line({**sub, "op": "recover"}, f"{step['ref']}/by{i}")
            value = dec(sub["value"])
            intents.append(self.intent(line, "stock", self.key(sub), on_hand=dec(sub["qty"]), value=value))
            intents.append(self.intent(line, "wip", self.order(step), value=-value))
        line = self.line(step)
        done = self.intent(line, "wip", self.order(step), open=Decimal(-1))
        came = self.with_(
            self.intent(line, "stock", self.key(step), on_hand=dec(step["qty"])),
            depends_on="wip",
            dependent={"value": "-value"},
        )
        self.post(step["ref"], [*intents, done, came])

    def do_overhead(self: Any, step: Mapping[str, Any]) -> None:
        """One amount over the orders, by hours; what finds no unit any more is cost of sales."""
        document, intents = self.number(), []
        for name in step["orders"]:
            line = self.line(step, f"{step['ref']}:{name}")
            line.record_id = document
            share = self.intent(line, "wip", self.order({"wo": name}), value=dec(step["amount"]))
            intents.append(
                self.with_(share, shares={"value": self.orders[name]}, results={"expensed": "rest.value"})
            )
        plan = self.post(step["ref"], intents)
        for intent in intents:
            self.rests[intent.path] = dec(plan.results["document", intent.line_id]["expensed"])

    def in_progress(self: Any) -> dict[str, Decimal]:
        return {n: self.store.balance("wip", "value", order=self.id("order", n)) for n in self.orders}


MONEY = ("granted", "reserved", "actual")
