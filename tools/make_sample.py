"""Writes the sample of the trading template: 60 days of documents, as steps that an installation plays through the engine.

    python tools/make_sample.py            writes templates_catalog/general/data/sample.json
    python tools/make_sample.py --check    fails where the file differs from what would be written

Days are relative to the day of installation, so that the sample always ends yesterday. The script keeps its own little
stock and credit books only to plan orders that the engine will accept; every number in the app comes from the engine.
The classic faults are planted on purpose: returns that nobody approved, a gift without cost, a back-dated delivery, a
transfer that only two counts give away, a late purchase, a customer who does not pay.
"""

from __future__ import annotations

import json
import random
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[1] / "templates_catalog/general/data"
TARGET = DATA / "sample.json"
FIRST_DAY, LAST_DAY = -59, -1
STOPPED = "C008"
"""The customer who does not pay."""
STORY_ITEM = "MF004"
"""The item of the unapproved returns: 500 in the books."""

# code → (share of demand, opening in the central warehouse, in each front warehouse)
DEMAND: dict[str, tuple[int, int, int]] = {
    "DM001": (10, 260, 110),
    "DM002": (7, 160, 70),
    "DM003": (6, 900, 40),
    "SY001": (10, 280, 120),
    "SY002": (6, 150, 60),
    "SY003": (4, 90, 36),
    "SY004": (2, 48, 24),
    "SY005": (1, 60, 0),
    "SY006": (4, 90, 36),
    "ZL001": (4, 90, 44),
    "ZL002": (4, 100, 50),
    "ZL003": (3, 90, 60),
    "ZL004": (2, 60, 30),
    "ZL005": (3, 70, 30),
    "MF001": (4, 100, 30),
    "MF002": (5, 120, 50),
    "MF003": (5, 200, 90),
}
FRONT = ("PD", "JD", "KS")
PLACES = ("ZC", *FRONT)
REGULARS = ("C001", "C002", "C003", "C004", "C005", "C006", "C007", "C099")
CUSTOMERS = dict(zip(REGULARS, ("PD", "ZC", "JD", "KS", "JD", "PD", "ZC", "PD"), strict=True))
BATCHED = "SY005"


@dataclass
class Plan:
    """The steps so far, and what the planner needs to know to stay within stock and credit."""

    chance: random.Random
    items: dict[str, dict[str, Any]]
    units: dict[str, str]
    partners: dict[str, dict[str, Any]]
    steps: list[dict[str, Any]] = field(default_factory=list)
    stock: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    owed: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    ordered: set[str] = field(default_factory=set)
    later: dict[int, list[Any]] = field(default_factory=lambda: defaultdict(list))
    day: int = FIRST_DAY
    minute: int = 0
    made: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def begin(self, day: int) -> None:
        self.day, self.minute = day, 8 * 60 + 30

    def step(self, do: str, **properties: Any) -> None:
        """The next step, some minutes after the one before."""
        self.minute += self.chance.randint(2, 7)
        at = f"{self.day}d {self.minute // 60:02d}:{self.minute % 60:02d}"
        known = {key.rstrip("_"): value for key, value in properties.items() if value is not None}
        self.steps.append({"do": do, "at": at, **known})

    def create(
        self, who: str, name: str, entity: str, values: dict[str, Any], *, submit: bool | None = None
    ) -> None:
        self.step("create", as_=who, id=name, entity=entity, values=values, submit=submit)

    def move(self, who: str, record: str, transition: str = "approve", **values: Any) -> None:
        self.step("transition", as_=who, record=f"${record}", transition=transition, values=values or None)

    def convert(self, who: str, name: str, source: str, conversion: str, **values: Any) -> None:
        self.step("convert", as_=who, id=name, record=f"${source}", conversion=conversion, values=values)

    def first_line(self, who: str, record: str, quantity: str) -> None:
        line = {"id": f"${record}.lines[0]", "quantity": quantity}
        self.step("update", as_=who, record=f"${record}", values={"lines": [line]})

    def name(self, prefix: str) -> str:
        self.made[prefix] += 1
        return f"{prefix}{self.made[prefix]}"

    def price(self, item: str, key: str = "sale_price") -> Decimal:
        return Decimal(self.items[item][key])


def text(value: Decimal) -> str:
    return format(value.normalize(), "f") if value else "0"


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
    at, who, name = f"{FIRST_DAY}d", "finance", plan.name("opening")
    plan.steps.append(
        {
            "do": "create",
            "at": f"{at} 09:30",
            "as": who,
            "id": name,
            "entity": "opening_balance",
            "values": values,
        }
    )
    plan.steps.append(
        {"do": "transition", "at": f"{at} 09:34", "as": who, "record": f"${name}", "transition": "approve"}
    )


def order_lines(plan: Plan, place: str, count: int) -> list[tuple[str, Decimal, bool]]:
    """Items with base quantities that the warehouse can spare, and whether they are sold by the case."""
    pool = list(DEMAND)
    weights = [DEMAND[i][0] for i in pool]
    found: dict[str, tuple[str, Decimal, bool]] = {}
    for _ in range(count * 3):
        item = plan.chance.choices(pool, weights)[0]
        pack = plan.items[item].get("units")
        by_case = bool(pack) and plan.chance.random() < 0.35
        size = Decimal(pack[0]["numerator"]) if by_case and pack else Decimal(1)
        base = size * plan.chance.randint(2, 8) if by_case else Decimal(plan.chance.randint(4, 24))
        if item == BATCHED:
            base, by_case = Decimal(plan.chance.randint(1, 3)), False
        if item not in found and plan.stock[place, item] >= base:
            found[item] = (item, base, by_case)
        if len(found) == count:
            break
    return list(found.values())


def line_of(plan: Plan, item: str, base: Decimal, by_case: bool, key: str = "sale_price") -> dict[str, Any]:
    if not by_case:
        return {"item": item, "quantity": text(base), "price": text(plan.price(item, key))}
    pack = plan.items[item]["units"][0]
    quantity = base / Decimal(pack["numerator"])
    return {
        "item": item,
        "unit": plan.units[pack["unit"]],
        "quantity": text(quantity),
        "price": text(Decimal(pack[key])),
    }


def total_of(lines: list[dict[str, Any]]) -> Decimal:
    return sum((Decimal(x["quantity"]) * Decimal(x["price"]) for x in lines), Decimal(0))


def sale(
    plan: Plan, customer: str, place: str, picked: list[tuple[str, Decimal, bool]], stop: str = ""
) -> str | None:
    """An order from entry to signature. ``stop`` leaves it before that step: approve, deliver. None: beyond the credit limit."""
    lines = [line_of(plan, *p) for p in picked]
    total = total_of(lines)
    limit = plan.partners[customer].get("credit_limit")
    if not lines or (limit is not None and plan.owed[customer] + total > Decimal(limit)):
        return None
    name = plan.name("order")
    seller = plan.partners[customer].get("salesman", "sales")
    channel = plan.chance.choice(["phone", "wechat", "visit", "shop"])
    values = {
        "customer": customer,
        "warehouse": place,
        "channel": channel,
        "promised_date": "+2d",
        "lines": lines,
    }
    plan.create(seller, name, "sales_order", values, submit=True)
    if stop == "approve":
        return name
    if total >= Decimal("50000"):
        plan.step("task", as_="owner", record=f"${name}", task="approve", opinion="同意,注意回款")
    else:
        plan.move("salesmgr", name)
    plan.owed[customer] += total
    for item, base, _ in picked:
        plan.stock[place, item] -= base
    if stop != "deliver":
        plan.later[plan.day + plan.chance.choice([0, 0, 1])].append(("deliver", name, customer, total))
    return name


def deliver(plan: Plan, order: str, customer: str, total: Decimal) -> None:
    keeper = plan.chance.choice(["keeper", "keeper2"])
    plan.move(keeper, f"{order}/delivery")
    if plan.chance.random() < 0.7 and plan.day < LAST_DAY:
        plan.move(
            keeper, f"{order}/delivery", "sign_off", signed_by=plan.partners[customer].get("contact", "本人")
        )
    pays = plan.day + int(plan.partners[customer].get("credit_days", 0)) - plan.chance.choice([0, 1, 3])
    if customer != STOPPED and max(pays, plan.day) <= LAST_DAY:
        plan.later[max(pays, plan.day)].append(("collect", order, customer, total))


def collect(plan: Plan, order: str, customer: str, total: Decimal) -> None:
    account, method = plan.chance.choice(
        [("YH", "transfer"), ("YH", "transfer"), ("WX", "wechat"), ("ZFB", "alipay")]
    )
    name = plan.name("money")
    values = {"account": account, "method": method}
    plan.convert("finance", name, f"{order}/delivery", "to_money_receipt", **values)
    plan.move("finance", name)
    plan.owed[customer] -= total


def purchase(
    plan: Plan,
    supplier: str,
    lines: list[tuple[str, Decimal]],
    arrives: int | None,
    promised: int | None = None,
) -> str:
    """An order to a supplier; ``arrives`` is the day on which it comes (None: it does not). ``promised``: within so many days, where the
    supplier said something else than usual."""
    name = plan.name("buy")
    rows = [line_of(plan, item, quantity, False, "purchase_price") for item, quantity in lines]
    expected = promised or int(plan.partners[supplier].get("lead_days", 7))
    values = {"supplier": supplier, "warehouse": "ZC", "expected_date": f"+{expected}d", "lines": rows}
    plan.create("buyer", name, "purchase_order", values, submit=True)
    total = total_of(rows)
    if total >= Decimal("20000"):
        plan.step("task", as_="owner", record=f"${name}", task="approve", opinion="同意")
    else:
        plan.move("buyer", name)
    plan.ordered.update(item for item, _ in lines)
    if arrives is not None and arrives <= LAST_DAY:
        plan.later[arrives].append(("receive", name, supplier, lines, total))
    return name


def receive(plan: Plan, order: str, supplier: str, lines: list[tuple[str, Decimal]], total: Decimal) -> None:
    name = plan.name("in")
    note = f"SH{plan.chance.randint(100000, 999999)}"
    plan.convert("keeper", name, order, "to_receipt", supplier_note=note)
    plan.move("keeper", name)
    for item, quantity in lines:
        plan.stock["ZC", item] += quantity
        plan.ordered.discard(item)
    pays = plan.day + int(plan.partners[supplier].get("credit_days", 30))
    if pays <= LAST_DAY:
        plan.later[pays].append(("pay", supplier, total))


def pay(plan: Plan, supplier: str, total: Decimal) -> None:
    name = plan.name("pay")
    values = {"supplier": supplier, "account": "YH", "method": "transfer", "amount": text(total)}
    plan.create("finance", name, "payment", values)
    plan.move("finance", name)


def replenish(plan: Plan) -> None:
    """One order per supplier for what runs low in the central warehouse."""
    by_supplier: dict[str, list[tuple[str, Decimal]]] = defaultdict(list)
    for item, (_, central, _front) in DEMAND.items():
        if (
            item != BATCHED
            and item not in plan.ordered
            and plan.stock["ZC", item] < Decimal(central) * Decimal("0.7")
        ):
            by_supplier[plan.items[item]["supplier"]].append((item, Decimal(central // 2)))
    for supplier, lines in sorted(by_supplier.items()):
        lead = int(plan.partners[supplier].get("lead_days", 7))
        purchase(plan, supplier, lines, plan.day + max(1, lead + plan.chance.choice([-1, 0, 0, 1])))


def transfer(plan: Plan, place: str) -> None:
    lines = []
    for item, (_, _central, front) in DEMAND.items():
        lacks = Decimal(front) - plan.stock[place, item]
        if lacks >= Decimal(front) * Decimal("0.3") and front and plan.stock["ZC", item] > lacks * 2:
            lines.append({"item": item, "quantity": text(lacks)})
            plan.stock["ZC", item] -= lacks
            plan.stock[place, item] += lacks
    if not lines:
        return
    name = plan.name("move")
    values = {"from_warehouse": "ZC", "to_warehouse": place, "driver": "马师傅", "lines": lines}
    plan.create("keeper", name, "transfer", values)
    plan.move("keeper", name)


def count(plan: Plan, place: str, found: dict[str, tuple[int, str]]) -> None:
    """A spot check; ``found`` gives the differences with their reasons. Undelivered orders are still on the shelf."""
    name = plan.name("count")
    lines = []
    for item, (delta, reason) in found.items():
        shelf = plan.stock[place, item] + waiting(plan, place, item)
        plan.stock[place, item] += delta
        row = {"item": item, "counted": text(shelf + delta)}
        lines.append({**row, "reason": reason} if delta else row)
    plan.create("keeper2", name, "stocktake", {"warehouse": place, "lines": lines}, submit=True)
    plan.move("finance", name)


def waiting(plan: Plan, place: str, item: str) -> Decimal:
    """Base quantity promised from ``place`` and not yet delivered."""
    open_orders = {entry[1] for day in plan.later.values() for entry in day if entry[0] == "deliver"}
    sold = Decimal(0)
    for step in plan.steps:
        if step.get("id") in open_orders and step["values"]["warehouse"] == place:
            for line in step["values"]["lines"]:
                if line["item"] == item:
                    size = plan.items[item]["units"][0]["numerator"] if "unit" in line else "1"
                    sold += Decimal(line["quantity"]) * Decimal(size)
    return sold


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


def newer_documents(plan: Plan) -> None:
    """The evening goes on: prices of a class of customers, an offer, a till, a trip with its invoice, costs, what customers say, goals."""
    prices = [
        {"item": "DM001", "price": "59.50"},
        {"item": "SY001", "price": "57.80"},
        {"item": "DM003", "price": "135.00"},
    ]
    plan.create(
        "salesmgr",
        "prices1",
        "price_list",
        {"scope": "level", "level": "a", "valid_until": "+90d", "lines": prices},
    )
    plan.move("owner", "prices1")
    offer = [
        {"item": "DM003", "quantity": "120", "price": "134.00"},
        {"item": "SY002", "quantity": "60", "price": "66.00"},
    ]
    plan.create(
        "sales",
        "offer1",
        "quotation",
        {"customer": "C002", "warehouse": "ZC", "valid_until": "+14d", "lines": offer},
    )
    plan.move("salesmgr", "offer1")
    till(plan)
    name = sale(plan, "C001", "ZC", [("MF003", Decimal(10), False)], stop="deliver")
    plan.move("keeper", f"{name}/delivery")
    stop = {"sequence": 1, "delivery": f"${name}/delivery"}
    trip = {"vehicle": "沪A·D3258", "driver": "driver", "route": "浦东线", "lines": [stop]}
    plan.create("keeper", "trip1", "delivery_trip", trip)
    plan.move("driver", "trip1", "depart")
    bill = {"partner": "C001", "invoice_no": "26312000000012345678", "lines": [{"order": f"${name}"}]}
    plan.create("finance", "invoice1", "invoice", bill)
    plan.move("finance", "invoice1")
    costs = [{"category": "FY-YS", "amount": "860.00"}, {"category": "FY-SD", "amount": "412.30"}]
    plan.create("finance", "costs1", "expense", {"account": "YH", "lines": costs})
    plan.move("finance", "costs1")
    broken = {"warehouse": "KS", "reason": "BS-PS", "lines": [{"item": "MF003", "quantity": "2"}]}
    plan.create("keeper", "loss1", "write_off", broken, submit=True)
    said = {"customer": "C006", "kind": "late", "said": "昨天下午说好两点到，四点半才到。"}
    plan.create("salesmgr", "complaint1", "complaint", said)
    for customer, score in (("C001", "5"), ("C003", "4"), ("C006", "3")):
        plan.create("salesmgr", plan.name("survey"), "survey", {"customer": customer, "score": score})
    goals(plan)


def till(plan: Plan) -> None:
    """A shift with two sales, one thing taken back, and the cash counted."""
    shift = {"warehouse": "PD", "account": "XJ", "float": "300"}
    plan.create("sales", "shift1", "retail_shift", shift)
    for pays, item, quantity in (
        ([{"method": "wechat", "account": "WX", "amount": "34.50"}], "MF003", "3"),
        ([{"method": "cash", "account": "XJ", "amount": "50.00"}], "MF003", "4"),
    ):
        name = plan.name("till")
        lines = [{"item": item, "quantity": quantity, "price": "11.50"}]
        plan.create("sales", name, "retail_sale", {"shift": "$shift1", "lines": lines, "pays": pays})
        plan.move("sales", name)
    plan.convert("sales", "back1", "till2", "to_return", shift="$shift1", account="XJ", reason="XT-DD")
    plan.first_line("sales", "back1", "1")
    plan.move("sales", "back1")
    plan.step("update", as_="sales", record="$shift1", values={"counted": "334.50"})
    plan.move("sales", "shift1", "close")


def goals(plan: Plan) -> None:
    """What going live shall bring, with what was measured since."""
    for name, metric, unit, better, baseline, target, values in (
        ("90 天内库存准确率到 96%", "accuracy", "percent", "higher", "71", "96", ("84.5", "91.2")),
        ("周转天数降到 35 天", "turnover_days", "days", "lower", "48", "35", ("44", "39.5")),
        ("履约准时率到 90%", "on_time", "percent", "higher", "62", "90", ("78", "88.4")),
    ):
        readings = [{"day": day, "value": value} for day, value in zip(("-30d", "-5d"), values, strict=True)]
        goal = {
            "name": name, "metric": metric, "unit": unit, "better": better, "baseline": baseline, "target": target,
            "go_live": "-58d", "window_days": "90", "lines": readings,
        }  # fmt: skip
        plan.create("owner", plan.name("goal"), "kpi_goal", goal)


def rows(key: str) -> dict[str, dict[str, Any]]:
    """A data set's rows by code."""
    return {row["code"]: row for row in json.loads((DATA / f"{key}.json").read_text())["rows"]}


def build() -> dict[str, Any]:
    units = {code: row["name"] for code, row in rows("units").items()}
    plan = Plan(random.Random(20260105), rows("items"), units, rows("partners"))  # noqa: S311 - a plan, no secret
    plan.begin(FIRST_DAY)
    opening(plan)
    opening_money(plan)
    for day in range(FIRST_DAY + 1, LAST_DAY + 1):
        plan.day = day
        run_day(plan)
    last_evening(plan)
    newer_documents(plan)
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


def main() -> int:
    made = json.dumps(build(), ensure_ascii=False, indent=1) + "\n"
    if "--check" in sys.argv:
        return 0 if TARGET.read_text() == made else 1
    TARGET.write_text(made)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
