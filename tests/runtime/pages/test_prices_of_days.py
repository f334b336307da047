"""Choosing an item brings the price of the document's day along, so that the amount is there before anything is saved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from builder.app import create_app, open_engine
from builder.commands import CreateRecord
from builder.config import Settings
from builder.runtime.dispatch import Dispatcher
from builder.runtime.installing import Installer, template
from builder.runtime.playing import system

PASSWORD = "Right-Horse-7-Battery"
PRICES = (("50", date(2026, 6, 8)), ("48", date(2026, 6, 1)), ("55", date(2026, 7, 1)))


@pytest.fixture(scope="module")
def manager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A store manager of a chain where the price of one item changes on three days, entered in no order."""
    folder = tmp_path_factory.mktemp("prices")
    made = open_engine(Settings(database=f"sqlite:///{folder}/zhanggui.db", var=str(folder)))
    made.database.migrate()
    package = template("standard").package
    people = {user["login"]: PASSWORD for data in package.data for user in data.users}
    Installer(made, system(1)).install(package, "standard", template_key="standard", passwords=people)
    client = create_app(made).test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").text)
    assert token is not None
    body = {"login": "mgr1", "password": PASSWORD, "csrf_token": token.group(1)}
    assert client.post("/sign-in", data=body).status_code == 302
    item = made.database.read_id(_item(client)["id"])
    for price, day in PRICES:
        values = {"item": item, "price": price, "from_day": day.isoformat()}
        Dispatcher(made)(system(1), CreateRecord("standard", "store_price", values))
    yield client
    made.database.close()


def _item(client: FlaskClient, **given: str) -> dict[str, Any]:
    query = {"q": "RQ01"} | {f"parent.{key}": value for key, value in given.items()}
    answer: Any = client.get("/a/standard/lookup/store_order_line/item", query_string=query).json
    found: dict[str, Any] = answer["items"][0]
    return found


@pytest.mark.parametrize(
    ("needed", "price"),
    [
        ("2026-05-31", ""),
        ("2026-06-07", "48"),
        ("2026-06-08", "50"),
        ("2026-06-30", "50"),
        ("2026-07-01", "55"),
    ],
)
def test_the_price_is_that_of_the_day(manager: FlaskClient, needed: str, price: str) -> None:
    assert _item(manager, needed_on=needed)["values"]["dated_price"].removesuffix(".0000") == price


def test_the_day_goes_along_when_an_item_is_looked_for(manager: FlaskClient) -> None:
    assert "parent.needed_on" in manager.get("/a/standard/store_order/new").text
