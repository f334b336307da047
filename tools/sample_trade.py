"""What a trading company does every day, as steps of the sample: sells, buys, pays, moves goods, counts."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from tools.sample_plan import BATCHED, DEMAND, LAST_DAY, STOPPED, Plan, text


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
