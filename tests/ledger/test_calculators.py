"""Figures with known answers that need no ledger: margins, shares, units, what is available when; each by the function that apps use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import templates_catalog
from builder.expressions import compile_expression
from builder.expressions.functions.money import METHODS
from builder.ledger.allocate import allocated

Case = Mapping[str, Any]
CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("calculators.json").read_text("utf-8"))[
    "cases"
]
CATALOG = Path(templates_catalog.__file__).parent


def cases(method: str) -> pytest.MarkDecorator:
    found = [c for c in CASES if c["method"] == method]
    assert found
    return pytest.mark.parametrize("case", found, ids=lambda c: c["id"])


def given(case: Case) -> dict[str, Any]:
    return {k: Decimal(v) if isinstance(v, str) else v for k, v in case["input"].items()}


def formula(template: str, entity: str, key: str) -> str:
    """The formula of a field, as the template declares it."""
    body = json.loads((CATALOG / template / "entities" / f"{entity}.json").read_text("utf-8"))
    found: str = next(f["formula"] for f in body["fields"] if f["key"] == key)
    return found


def evaluated(source: str, **values: Any) -> Any:
    return compile_expression(source).evaluate(values)


@cases("margin")
def test_a_margin_is_what_a_template_says_and_what_the_function_gives(case: Case) -> None:
    names = given(case)
    names["cost"] = names.pop("cogs")
    margin = evaluated(formula("no_stock", "service_order", "margin"), **names)
    rate = evaluated(formula("no_stock", "service_order", "margin_rate"), margin=margin, **names)
    assert (margin, rate) == (Decimal(case["expected"]["margin"]), Decimal(case["expected"]["pct"]))
    assert evaluated("MARGIN(revenue, cost)", **names) == rate


@cases("allocation")
def test_an_amount_is_shared_to_the_last_digit(case: Case) -> None:
    amount, places = Decimal(case["input"]["amount"]), case["input"].get("places", 2)
    weights = [Decimal(w) for w in case["input"]["weights"]]
    parts = allocated(amount, weights, places)
    assert [str(p) for p in parts] == case["expected"]["parts"]
    assert sum(parts) == amount


@cases("allocation")
@pytest.mark.parametrize("method", METHODS)
def test_expressions_share_the_same_amount_by_every_policy(case: Case, method: str) -> None:
    amount, places = Decimal(case["input"]["amount"]), case["input"].get("places", 2)
    weights = tuple(Decimal(w) for w in case["input"]["weights"])
    names = {"amount": amount, "weights": weights, "places": Decimal(places), "method": method}
    parts = evaluated("ALLOCATE(amount, weights, places, method)", **names)
    assert sum(parts) == amount
    if method == "largest_remainder":
        # Of equal remainders a ledger gives the unit to the earlier line, an expression to the later one.
        assert sorted(parts) == sorted(map(Decimal, case["expected"]["parts"]))


@cases("uom")
def test_another_unit_changes_no_value(case: Case) -> None:
    names = given(case)
    units = {"unit": 1, "unit.numerator": names["factor"], "unit.denominator": Decimal(1)}
    line = {"quantity": names["qty"], "price": names["price"]}
    qty = evaluated(formula("general", "receipt_line", "base_quantity"), **line, **units)
    price = evaluated(formula("general", "receipt_line", "deal_price"), discount_rate=None, **line)
    taxed = {"parent.tax_included": True, "tax_rate": Decimal(13)}
    amount = evaluated(
        formula("general", "receipt_line", "amount"), quantity=names["qty"], deal_price=price, **taxed
    )
    value = evaluated(formula("general", "receipt_line", "total"), amount=amount, discount_share=Decimal(0))
    unit_cost = evaluated("DIVIDE(total, base_quantity)", total=value, base_quantity=qty)
    assert (qty, value, unit_cost) == tuple(
        Decimal(case["expected"][k]) for k in ("qty", "value", "unit_cost")
    )


def slack_of(template: str, ledger: str, guard: str) -> str:
    body = json.loads((CATALOG / template / "ledgers" / f"{ledger}.json").read_text("utf-8"))
    found: str = next(g["slack"] for g in body["guards"] if g["key"] == guard)
    return found


@cases("atp")
def test_what_is_available_day_by_day(case: Case) -> None:
    """What can be disposed of now is what the template's own guard looks at."""
    names = {k: Decimal(case["input"][k]) for k in ("on_hand", "held", "reserved")}
    found = {"now": evaluated(slack_of("general", "stock", "available"), **names)}
    left = found["now"]
    for move in sorted(case["input"]["moves"], key=lambda move: str(move["date"])):
        left += Decimal(move["qty"])
        found[move["date"]] = left
    assert found == {day: Decimal(amount) for day, amount in case["expected"].items()}


@cases("reorder")
def test_what_to_order_is_what_the_report_of_replenishment_says(case: Case) -> None:
    """Days between orders are those that the order must cover beyond the lead time."""
    names = given(case)
    report = json.loads((CATALOG / "general" / "reports" / "replenishment.json").read_text("utf-8"))
    steps = [(c["key"], c["formula"]) for c in report["columns"] if c.get("formula")]
    known: dict[str, Any] = {
        "parameter.days": names["days"],
        "parameter.season": Decimal(1),
        "parameter.review_days": names["cover_days"] - names["lead_days"],
        "sold": names["sold"],
        "lead_days": names["lead_days"],
        "safety_stock": names["safety"],
        "available": names["on_hand"],
        "incoming": Decimal(0),
        "requested": Decimal(0),
        "kept": Decimal(0),
        "minimum_order": Decimal(0),
        "pack_size": names["pack"],
    }
    # A column may stand before those that it is worked out from.
    for key, source in [*steps, *steps]:
        expression = compile_expression(source)
        if set(expression.paths) <= set(known):
            known[key] = expression.evaluate(known)
    wanted = {k: Decimal(v) for k, v in case["expected"].items()}
    found = [known[key] for key in ("daily", "reorder_point", "position", "suggest")]
    assert found == [wanted[key] for key in ("avg_daily", "reorder_point", "projected", "suggest")]
