"""Rows about stock as plain functions, so that a wrong engine can be tried on them too."""

from __future__ import annotations

from tests.api.caller import good, refused
from tests.requirements.trade import APP, Trade


def issue_is_seen_at_once(trade: Trade) -> None:
    """R004: 40 of 100 go out, the next reading says 60."""
    item = trade.item("A")
    trade.received(item, 100)
    assert trade.stock(item) == "100"
    trade.delivered(item, 40)
    assert trade.stock(item) == "60"


def _back(trade: Trade, entity: str, source: str, to: str, quantity: str) -> None:
    """An approved return of so much of a document."""
    made = good(trade.convert(entity, source, "to_return"), 201)
    lines = [{"id": made["lines"][0]["id"], "quantity": quantity}]
    good(trade.boss.patch(f"{APP}/{to}/{made['id']}", {"reason": trade.ids[to], "lines": lines}))
    trade.move(to, made["id"], "approve")


def purchases_and_their_returns(trade: Trade) -> None:
    """R015: 50 come, 20 go back, 30 are left."""
    item = trade.item("A")
    received = trade.received(item, 50)
    assert trade.stock(item) == "50"
    _back(trade, "receipt", received["id"], "purchase_return", "20")
    assert trade.stock(item) == "30"


def sales_and_their_returns(trade: Trade) -> None:
    """R016: what is sold goes out, what the customer sends back comes in."""
    item = trade.item("A")
    trade.received(item, 50)
    sold = trade.delivered(item, 20)
    assert trade.stock(item) == "30"
    _back(trade, "delivery", sold["id"], "sales_return", "5")
    assert trade.stock(item) == "35"


def count_makes_a_loss(trade: Trade) -> None:
    """R018: 97 are counted of 100: without a reason nothing happens, with one the book says 97."""
    item = trade.item("A")
    trade.received(item, 100)
    line = {"item": item, "counted": "97"}
    body = {"warehouse": trade.ids["warehouse"], "lines": [line]}
    problem = refused(trade.boss.post(f"{APP}/stocktake", body), 422)
    assert [(e["path"], e["code"]) for e in problem["errors"]] == [("/lines/0/reason", "REQUIRED")]
    body["lines"] = [{**line, "reason": trade.ids["stocktake"]}]
    count = trade.make("stocktake", body)["id"]
    assert trade.stock(item) == "100"
    trade.move("stocktake", count, "submit", "approve")
    assert trade.stock(item) == "97"
    assert trade.read("stocktake", count)["lines"][0]["difference"] == "-3.0000"


def no_more_than_there_is(trade: Trade) -> None:
    """R126: 11 of 10 do not go out."""
    item = trade.item("A")
    trade.received(item, 10)
    made = trade.deliver(item, 11)
    problem = refused(trade.boss.post(f"{APP}/delivery/{made['id']}/transitions/approve", {}), 422)
    assert "NEGATIVE_STOCK" in {e["code"] for e in problem["errors"]}
    assert trade.stock(item) == "10"
