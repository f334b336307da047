"""Recall in the food template: one question finds every customer of a supplier's batch, through what was made of it, and the way back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from builder.app import create_app
from builder.runtime.installing import template
from builder.runtime.scenarios import Runner
from tests.runtime.world import PASSWORD, World, open_world

FOOD = template("food").package
APP = "s1_recall_simulation"


@pytest.fixture(scope="module")
def chief(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """100 of a supplier's batch L1: 60 and 25 sold, 10 made into F1, which a third customer has, 5 still here."""
    folder = tmp_path_factory.mktemp("food")
    world: World = open_world(f"sqlite:///{folder}/scratch.db", folder)
    runner = Runner(world.engine, FOOD)
    assert runner.run(next(s for s in FOOD.scenarios if s.key == "recall_simulation")).passed
    world.app = APP
    world.person("chief", admin=True)
    made = create_app(world.engine).test_client()
    sent = made.post("/api/v1/session", json={"login": "chief", "password": PASSWORD})
    made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {sent.get_json()['token']}"
    yield made
    world.engine.database.close()


def batch(chief: FlaskClient, number: str) -> str:
    found = chief.get(f"/api/v1/apps/{APP}/batch").get_json()["items"]
    return next(str(row["id"]) for row in found if row["number"] == number)


def asked(chief: FlaskClient, what: str, number: str, **more: str) -> list[dict[str, Any]]:
    where = json.dumps({"field": "batch", "op": "=", "value": batch(chief, number)})
    query = {"filter": where, **more}
    items: list[dict[str, Any]] = chief.get(
        f"/api/v1/apps/{APP}/ledgers/stock/{what}", query_string=query
    ).get_json()["items"]
    return items


@pytest.mark.requirement("R137")
def test_one_question_finds_three_customers_and_what_is_left(chief: FlaskClient) -> None:
    rows = asked(chief, "recall", "L1")
    gone = {p["title"]: Decimal(r["quantity"]) for r in rows if r["what"] == "gone" for p in r["parties"]}
    assert gone == {"测试客户一": Decimal(60), "客户二": Decimal(25), "客户三": Decimal(10)}
    assert [Decimal(r["quantity"]) for r in rows if r["what"] == "here"] == [Decimal(5)]


@pytest.mark.requirement("R137")
def test_what_the_third_customer_has_leads_back_to_the_supplier(chief: FlaskClient) -> None:
    nodes = asked(chief, "trace", "F1", direction="backward")
    assert {"L1", "F1"} <= {n["dimensions"]["batch"]["title"] for n in nodes if n["dimensions"].get("batch")}
    assert "receipt" in {n["document"]["entity"] for n in nodes if n["document"]}
