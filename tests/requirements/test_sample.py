"""The distributor of grain and oil that the template comes with: who and what is in it, and what sixty days left behind."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from builder.app import create_app
from builder.runtime.auth import sign_in
from builder.runtime.installing import Installer, Sample, template
from builder.runtime.playing import system
from tests.api.caller import Caller, good
from tests.requirements.trade import APP
from tests.runtime.world import PASSWORD, WS, open_world


@pytest.fixture(scope="module")
def owner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """The owner of the distributor, with all of its documents."""
    folder = tmp_path_factory.mktemp("sample")
    world = open_world(f"sqlite:///{folder}/zhanggui.db", folder)
    package = template("general").package
    people = {user["login"]: PASSWORD for data in package.data for user in data.users}
    Installer(world.engine, system(WS)).install(package, "general", template_key="general", passwords=people)
    sample = Sample(world.engine, WS, "general", world.clock.now().date())
    steps = sample.steps()
    sample.play(steps, 0, len(steps))
    yield Caller(create_app(world.engine), sign_in(world.engine, WS, "owner", PASSWORD).token)
    world.engine.database.close()


def listed(owner: Caller, entity: str) -> list[Any]:
    return list(owner.read(f"{APP}/{entity}", {"limit": 500})["items"])


def held(owner: Caller, warehouse: str) -> Decimal:
    """What lies in a warehouse, by the books."""
    rows = owner.read(f"{APP}/ledgers/stock/balances", {"group": "item,warehouse"})["items"]
    return sum(
        (Decimal(r["measures"]["on_hand"]) for r in rows if r["dimensions"]["warehouse"]["id"] == warehouse),
        Decimal(0),
    )


@pytest.mark.requirement("R156")
def test_the_sample_is_a_distributor_of_grain_and_oil_whose_books_agree(owner: Caller) -> None:
    names = {row["name"] for row in listed(owner, "item")}
    assert {"东北大米", "五常稻花香", "大豆油", "菜籽油", "花生油", "进口特级初榨橄榄油", "绿豆"} <= names
    sold = [d for d in listed(owner, "delivery") if d["state"] in {"approved", "done"}]
    assert len(sold) > 40
    assert len({d["business_date"] for d in sold}) > 30
    months = owner.read(f"{APP}/reports/sales_by_month", {"from_day": "2025-01-01"})
    assert Decimal(months["totals"]["total"]) == sum(Decimal(d["total"]) for d in sold)
    value = owner.read(f"{APP}/reports/stock_balance")["totals"]["value"]
    entries = owner.read(f"{APP}/ledgers/stock/balances")["items"]
    assert Decimal(value) == sum(Decimal(r["measures"]["value"]) for r in entries) > 0
    rice = next(row for row in listed(owner, "item") if row["code"] == "DM001")
    cases, bags = divmod(int(Decimal(rice["on_hand"])), 2)
    assert rice["on_hand_units"] == f"{cases}箱" + (f"{bags}袋" if bags else "")
    checks = {c["key"]: c["count"] for c in owner.read(f"{APP}/health")["items"]}
    assert (checks["duplicate_items"], checks["zero_cost"], checks["negative_stock"]) == (2, 1, 0)
    numbers = {c["label"]["en"]: c.get("value") for c in owner.read(f"{APP}/dashboards/boss")["cards"]}
    assert int(numbers["Late purchases"]) == 1
    assert Decimal(numbers["Overdue receivable"]) > 0


@pytest.mark.requirement("R157")
def test_there_are_three_front_warehouses_that_the_central_one_supplies(owner: Caller) -> None:
    warehouses = {row["name"]: row for row in listed(owner, "warehouse")}
    front = {name for name, row in warehouses.items() if row["type"] == "forward"}
    assert front == {"浦东前置仓", "嘉定前置仓", "昆山前置仓"}
    (central,) = [row["id"] for row in warehouses.values() if row["type"] == "central"]
    rice = next(row["id"] for row in listed(owner, "item") if row["code"] == "DM003")
    for name in sorted(front):
        place = warehouses[name]["id"]
        before = held(owner, place), held(owner, central)
        assert before[0] > 0
        line = {"item": rice, "quantity": "2"}
        made = owner.make(
            f"{APP}/transfer", {"from_warehouse": central, "to_warehouse": place, "lines": [line]}
        )
        for transition in ("submit", "approve"):
            good(owner.post(f"{APP}/transfer/{made['id']}/transitions/{transition}", {}))
        assert (held(owner, place) - before[0], before[1] - held(owner, central)) == (Decimal(2), Decimal(2))


def test_the_buyer_finds_something_to_order(owner: Caller) -> None:
    rows = owner.read(f"{APP}/reports/replenishment")["rows"]
    wanted = [row for row in rows if Decimal(row["suggest"]) > 0]
    assert len(wanted) >= 3
    assert all(row["supplier"] for row in wanted)
    low = owner.read(f"{APP}/reports/low_stock")["rows"]
    assert {row["code"] for row in low} == {"SY003", "SY006"}
    assert {row["item"]["id"] for row in low} <= {row["item"]["id"] for row in wanted}
