"""Lists that live figures sort and filter: what stands nowhere is worked out for what the rest of the question leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from builder.errors import InvalidError
from builder.metadata.report import Card, Figure
from builder.runtime import listing, listing_live
from builder.runtime.dashboards import Opens, shown_card
from builder.runtime.listing import Wanted, list_records
from tests.runtime.pages.test_admin import signed_in
from tests.runtime.shop import shop_nodes
from tests.runtime.test_live_balances import live
from tests.runtime.world import World, open_world

CAME = {"A": "5", "B": "2", "C": "9", "D": ""}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A shop whose goods show how many there are. Of D none ever came."""
    world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    nodes = shop_nodes()
    goods = nodes["entity", "goods"]
    there = live("goods.there", "stock", "on_hand", goods="id")
    nodes["entity", "goods"] = {**goods, "fields": [*goods["fields"], there]}
    world.install(nodes, "shop")
    for code, came in CAME.items():
        id = world.create("goods", {"code": code, "name": f"Goods {code}", "price": "1.00"})["id"]
        if came:
            world.create("receipt", {"lines": [{"goods": id, "quantity": came}]}, submit=True)
    yield world
    world.engine.database.close()


def codes(world: World, **asked: Any) -> list[str]:
    """The goods of a list, page by page."""
    found: list[str] = []
    with world.reading() as ctx:
        cursor: str | None = None
        while True:
            page = list_records(ctx, "goods", Wanted(**asked, cursor=cursor))
            found += [str(record.values["code"]) for record in page.records]
            cursor = page.next
            if cursor is None:
                assert page.count == len(found)
                return found


@pytest.mark.parametrize("limit", [1, 3, 50])
def test_a_list_is_sorted_by_what_is_there(world: World, limit: int) -> None:
    assert codes(world, sort=(("there", True),), limit=limit) == ["C", "A", "B", "D"]
    assert codes(world, sort=(("there", False),), limit=limit) == ["D", "B", "A", "C"]


def test_a_list_is_filtered_by_what_is_there_and_by_the_rest(world: World) -> None:
    some = {"field": "there", "op": ">", "value": "2"}
    assert codes(world, where=some, sort=(("code", False),)) == ["A", "C"]
    not_c = {"field": "code", "op": "!=", "value": "C"}
    assert codes(world, where={"and": [some, not_c]}, sort=(("code", False),)) == ["A"]
    either = {"or": [{"field": "there", "op": "=", "value": "0"}, {"field": "code", "op": "=", "value": "A"}]}
    assert codes(world, where=either, sort=(("code", False),), fields=("code",)) == ["A", "D"]


def test_too_long_a_list_asks_to_be_narrowed_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in ((listing, "LOOKED_AT"), (listing_live, "MOST")):
        monkeypatch.setattr(module, name, 3)
    with pytest.raises(InvalidError) as refused:
        codes(world, sort=(("there", True),))
    assert [(p.code, p.params["most"]) for p in refused.value.problems] == [("LIST_TOO_LONG", 3)]
    few = {"field": "code", "op": "in", "value": ["A", "B", "C"]}
    assert codes(world, where=few, sort=(("there", True),)) == ["C", "A", "B"]


@pytest.mark.parametrize("cursor", ["live.x", "live.", "live.99999999", "live.-1", "W1tdLFtdLDFd"])
def test_a_cursor_of_another_list_is_refused(world: World, cursor: str) -> None:
    with world.reading() as ctx, pytest.raises(InvalidError) as refused:
        list_records(ctx, "goods", Wanted(sort=(("there", True),), cursor=cursor))
    assert [p.code for p in refused.value.problems] == ["CURSOR_INVALID"]


def test_the_page_offers_it(world: World) -> None:
    world.person("anna", admin=True)
    browser = signed_in(world, "anna")
    page = browser.get("/a/shop/goods").get_data(as_text=True)
    assert "sort=there" in page
    sorted_by = browser.get("/a/shop/goods?sort=-there").get_data(as_text=True)
    assert sorted_by.index("Goods C") < sorted_by.index("Goods A") < sorted_by.index("Goods B")
    some = json.dumps({"field": "there", "op": ">", "value": "2"})
    filtered = browser.get("/a/shop/goods", query_string={"filter": some}).get_data(as_text=True)
    assert "Goods C" in filtered
    assert "Goods B" not in filtered


def test_a_number_on_a_dashboard_counts_the_list_that_it_opens(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = {
        "and": [{"field": "code", "op": "!=", "value": "B"}, {"field": "there", "op": ">", "value": "3"}]
    }
    card = Card("k", "number", "There", figure=Figure("count", "goods", filter=where))
    with world.reading() as ctx:
        shown = shown_card(ctx, card)
        assert shown is not None
        assert (shown.value, shown.opens) == (Decimal(2), Opens("goods", "", where))
        monkeypatch.setattr(listing, "LOOKED_AT", 1)
        monkeypatch.setattr(listing_live, "MOST", 1)
        assert shown_card(ctx, card) is None
