"""The last evening of the sample: one of each of the newer documents."""

from __future__ import annotations

from decimal import Decimal

from tools.sample_plan import Plan
from tools.sample_trade import sale


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
    picked = [("MF003", Decimal(10), False), ("FW001", Decimal(1), False)]
    name = sale(plan, "C001", "ZC", picked, stop="deliver")
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
    discounts(plan)
    days_of_stock(plan)
    levels_of_branches(plan)


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


def discounts(plan: Plan) -> None:
    """A sale with discounts on a line and on the whole, a purchase with a discount and freight."""
    cheap = {"item": "MF003", "quantity": "12", "price": "10.8", "discount_rate": "5"}
    lines = [cheap, *({"item": item, "quantity": "10"} for item in ("ZL001", "ZL002"))]
    sold = {
        "customer": "C001", "warehouse": "ZC", "channel": "phone", "promised_date": "+2d", "discount": "20.00", "lines": lines,
    }  # fmt: skip
    name = plan.name("order")
    plan.at("17:52", "create", as_="sales", id=name, entity="sales_order", values=sold, submit=True)
    lines = [{"item": "ZL001", "quantity": "60"}, {"item": "ZL002", "quantity": "80"}]
    bought = {
        "supplier": "S005", "warehouse": "ZC", "expected_date": "+5d",
        "freight": "180.00", "freight_basis": "weight", "discount": "30.00", "lines": lines,
    }  # fmt: skip
    name = plan.name("buy")
    plan.at("17:53", "create", as_="buyer", id=name, entity="purchase_order", values=bought, submit=True)


def days_of_stock(plan: Plan) -> None:
    """What was there on each of the last days, noted as it is every night."""
    for day in range(-14, 0):
        plan.at("17:55", "compute", as_="owner", computation="stock_days", values={"day": f"{day}d"})


def levels_of_branches(plan: Plan) -> None:
    """What the front warehouses are to hold, by what they sold."""
    plan.at("17:56", "compute", as_="owner", computation="set_stock_levels")
