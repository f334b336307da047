"""Writes the sample of the trading template: 60 days of documents, as steps that an installation plays through the engine.

    python -m tools.make_sample            writes templates_catalog/general/data/sample.json
    python -m tools.make_sample --check    fails where the file differs from what would be written

Days are relative to the day of installation, so that the sample always ends yesterday. The script keeps its own little
stock and credit books only to plan orders that the engine will accept; every number in the app comes from the engine.
The classic faults are planted on purpose: returns that nobody approved, a gift without cost, a back-dated delivery, a
transfer that only two counts give away, a late purchase, a customer who does not pay.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from tools.sample_evening import newer_documents
from tools.sample_plan import (
    BATCHED,
    CUSTOMERS,
    DEMAND,
    FIRST_DAY,
    FRONT,
    LAST_DAY,
    PLACES,
    STOPPED,
    STORY_ITEM,
    Plan,
    text,
)
from tools.sample_trade import (
    collect,
    count,
    deliver,
    order_lines,
    pay,
    purchase,
    receive,
    replenish,
    sale,
    transfer,
)

DATA = Path(__file__).resolve().parents[1] / "templates_catalog/general/data"
TARGET = DATA / "sample.json"


def opening(plan: Plan) -> None:
    """What each warehouse held when the company started, at net cost."""
    for place in PLACES:
        lines = []
        for item, (_, central, front) in DEMAND.items():
            quantity = Decimal(central if place == "ZC" else front)
            if not quantity:
                continue
            cost = plan.price(item, "purchase_price") / (1 + Decimal(plan.items[item]["tax_rate"]) / 100)
            row = {
                "item": item,
                "quantity": text(quantity),
                "unit_cost": text(cost.quantize(Decimal("0.0001"))),
            }
            if item == BATCHED:
                half = quantity // 2
                lines.append({**row, "quantity": text(half), "batch": "OL-A2601"})
                row = {**row, "quantity": text(quantity - half), "batch": "OL-B2604"}
            lines.append(row)
            plan.stock[place, item] += quantity
        name = plan.name("opening")
        plan.create("finance", name, "opening_stock", {"warehouse": place, "lines": lines})
        plan.move("finance", name)


def opening_money(plan: Plan) -> None:
    """What lay at the bank and in the till. Its hours are set, so that the chances of the days stay as they were."""
    lines = [{"kind": "cash", "account": a, "amount": b} for a, b in (("YH", "80000"), ("XJ", "2000"))]
    values = {"lines": lines}
    name = plan.name("opening")
    plan.at("09:30", "create", as_="finance", id=name, entity="opening_balance", values=values)
    plan.at("09:34", "transition", as_="finance", record=f"${name}", transition="approve")


def direct(
    plan: Plan, customer: str, place: str, item: str, quantity: str, price: str, **values: Any
) -> None:
    """A delivery without an order."""
    name = plan.name("direct")
    line: dict[str, Any] = {"item": item, "quantity": quantity, "price": price}
    if price == "0":
        line["is_gift"] = True
    header = {"customer": customer, "warehouse": place, **values}
    plan.create("owner", name, "delivery", {**header, "lines": [line]})
    plan.move("keeper", name)
    plan.stock[place, item] -= Decimal(quantity)


def gift_arrives(plan: Plan) -> None:
    """Aprons that a supplier gives away: goods without a cost."""
    name = plan.name("gift")
    lines = [{"item": "ZP001", "quantity": "50", "price": "0", "is_gift": True}]
    values = {"supplier": "S002", "warehouse": "ZC", "supplier_note": "赠品", "lines": lines}
    plan.create("owner", name, "receipt", values)
    plan.move("keeper", name)
    plan.stock["ZC", "ZP001"] += 50


def missed_transfer(plan: Plan) -> None:
    """Twenty bags went from one warehouse to the other without a document."""
    count(plan, "PD", {"ZL003": (-20, "PD-DS"), "ZL001": (0, "")})
    count(plan, "JD", {"ZL003": (20, "PD-LD"), "ZL002": (0, "")})


def unapproved_return(plan: Plan, quantity: str) -> None:
    """Goods that went back to the supplier while nobody approved the document."""
    name = plan.name("back")
    values = {"reason": "CT-ZL", "remark": "包装受潮,已退回"}
    plan.convert("keeper", name, "story", "to_return", **values)
    plan.first_line("keeper", name, quantity)


STORIES: dict[int, Callable[[Plan], object]] = {
    -46: lambda plan: sale(
        plan, STOPPED, "ZC", [("DM001", Decimal(60), False), ("SY001", Decimal(60), False)]
    ),
    -40: lambda plan: sale(plan, "C002", "ZC", [("DM003", Decimal(400), False)]),
    -35: gift_arrives,
    -30: lambda plan: direct(plan, "C002", "ZC", "ZP001", "5", "0"),
    -25: lambda plan: returned(plan, "order5", "XT-ZL"),
    -20: lambda plan: purchase(plan, "S002", [(STORY_ITEM, Decimal(500))], plan.day + 4),
    -17: lambda plan: direct(plan, "C007", "ZC", "SY003", "6", "118", business_date="-3d"),
    -16: lambda plan: purchase(plan, "S004", [(BATCHED, Decimal(60))], None, promised=10),
    -14: lambda plan: returned(plan, "order20", "XT-CH"),
    -12: missed_transfer,
    -6: lambda plan: unapproved_return(plan, "150"),
    -5: lambda plan: unapproved_return(plan, "140"),
    -4: lambda plan: unapproved_return(plan, "130"),
}
"""What happens on certain days, faults included."""


def returned(plan: Plan, order: str, reason: str) -> None:
    """Two units of the first line of a delivered order come back."""
    source = next(s for s in plan.steps if s.get("id") == order)
    line = source["values"]["lines"][0]
    name = plan.name("return")
    plan.convert("owner", name, f"{order}/delivery", "to_return", reason=reason)
    plan.first_line("owner", name, "2")
    plan.move("keeper", name)
    size = Decimal(plan.items[line["item"]]["units"][0]["numerator"]) if "unit" in line else Decimal(1)
    plan.stock[source["values"]["warehouse"], line["item"]] += 2 * size


PLANNED: dict[str, Callable[..., None]] = {
    "deliver": deliver,
    "collect": collect,
    "receive": receive,
    "pay": pay,
}


def settle(plan: Plan) -> None:
    """Whatever has been planned for this day so far."""
    for kind, *rest in plan.later.pop(plan.day, []):
        PLANNED[kind](plan, *rest)


def run_day(plan: Plan) -> None:
    plan.begin(plan.day)
    settle(plan)
    if plan.day in STORIES:
        STORIES[plan.day](plan)
    for _ in range(plan.chance.choice([1, 1, 1, 2, 2])):
        customer = plan.chance.choice(list(CUSTOMERS))
        place = CUSTOMERS[customer]
        sale(plan, customer, place, order_lines(plan, place, plan.chance.randint(1, 4)))
    if plan.day % 4 == 0:
        transfer(plan, FRONT[(plan.day // 4) % 3])
    if plan.day % 3 == 0:
        replenish(plan)
    if plan.day % 9 == 4:
        place = plan.chance.choice(FRONT)
        items = plan.chance.sample(["DM001", "SY001", "MF002", "ZL002", "MF003"], 4)
        wrong = plan.chance.choice([-1, -2, -3])
        count(
            plan,
            place,
            {
                item: ((wrong, plan.chance.choice(["PD-PS", "PD-DH", "PD-GQ"])) if n == 0 else (0, ""))
                for n, item in enumerate(items)
            },
        )
    settle(plan)


def last_evening(plan: Plan) -> None:
    """What people find this morning: orders to approve, goods to deliver, a large order for the general manager."""
    plan.minute = max(plan.minute, 15 * 60)
    sale(plan, "C001", "PD", order_lines(plan, "PD", 3), stop="approve")
    sale(plan, "C004", "KS", order_lines(plan, "KS", 2), stop="approve")
    sale(plan, "C002", "ZC", [("DM003", Decimal(380), False)], stop="approve")
    sale(plan, "C003", "JD", order_lines(plan, "JD", 2), stop="deliver")
    sale(plan, "C007", "ZC", order_lines(plan, "ZC", 3), stop="deliver")


def name_of_company(plan: Plan) -> None:
    """What stands on papers, before anything else."""
    first = {"do": "setting", "at": f"{FIRST_DAY}d 08:25", "as": "owner"}
    plan.steps[:0] = [
        {**first, "key": "company_name", "value": "沪粮优选商贸有限公司"},
        {**first, "key": "company_phone", "value": "021-5888 6600"},
    ]


def overdue_customers(plan: Plan, policy: str) -> None:
    """What happens to orders of customers with overdue bills. The sixty days went on as usual, from now on they are agreed to."""
    plan.at(plan.clock(), "setting", as_="owner", key="overdue_policy", value=policy)


def credit_to_agree(plan: Plan) -> None:
    """The customer who does not pay orders again: finance finds it this morning."""
    lines = [{"item": "MF001", "quantity": "4", "price": text(plan.price("MF001"))}]
    values = {"customer": STOPPED, "warehouse": "ZC", "promised_date": "+2d", "lines": lines}
    plan.at(
        plan.clock(), "create", as_="sales2", id="credit1", entity="sales_order", values=values, submit=True
    )


def rows(key: str) -> dict[str, dict[str, Any]]:
    """A data set's rows by code."""
    return {row["code"]: row for row in json.loads((DATA / f"{key}.json").read_text())["rows"]}


def build() -> dict[str, Any]:
    units = {code: row["name"] for code, row in rows("units").items()}
    plan = Plan(random.Random(20260105), rows("items"), units, rows("partners"))  # noqa: S311 - a plan, no secret
    plan.begin(FIRST_DAY)
    overdue_customers(plan, "allow")
    name_of_company(plan)
    opening(plan)
    opening_money(plan)
    for day in range(FIRST_DAY + 1, LAST_DAY + 1):
        plan.day = day
        run_day(plan)
    last_evening(plan)
    newer_documents(plan)
    overdue_customers(plan, "approve")
    credit_to_agree(plan)
    story = next(
        s["id"]
        for s in plan.steps
        if s.get("entity") == "purchase_order" and s["values"]["lines"][0]["item"] == STORY_ITEM
    )
    receipt = next(s["id"] for s in plan.steps if s["do"] == "convert" and s["record"] == f"${story}")
    for step in plan.steps:
        if step.get("record") == "$story":
            step["record"] = f"${receipt}"
    return {"uid": "data.sample", "key": "sample", "sample": True, "order": 1000, "steps": plan.steps}


def made() -> str:
    """The whole file."""
    return json.dumps(build(), ensure_ascii=False, indent=1) + "\n"


def main() -> int:
    if "--check" in sys.argv:
        return 0 if TARGET.read_text() == made() else 1
    TARGET.write_text(made())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
