"""Each reason for which a merge, or its undoing, is refused: one test for one code."""

from __future__ import annotations

from typing import Any

import pytest

from builder.commands import ClosePeriod, MergeRecords
from builder.errors import BuilderError
from builder.runtime import merging_reach
from builder.runtime.handlers import merging as handler
from tests.runtime import shop as shops
from tests.runtime.depot import depot_nodes
from tests.runtime.shop import Nodes, shop_nodes
from tests.runtime.test_merging import goods, line, merge, refused, unmerge
from tests.runtime.world import World


def with_goods(nodes: Nodes, *fields: dict[str, Any]) -> Nodes:
    """The same package with goods that have those fields too."""
    known = nodes["entity", "goods"]
    return {**nodes, ("entity", "goods"): {**known, "fields": [*known["fields"], *fields]}}


def costed(world: World, **costing: Any) -> str:
    """A depot whose stock is costed so and knows no guard; one place of it."""
    nodes = with_goods(depot_nodes(), shops._field("goods", "way", "text"))
    stock = nodes["ledger", "stock"]
    measures = [*stock["measures"], {**stock["measures"][1], "uid": "ledger.stock.rest", "key": "rest"}]
    changed = {**stock, "guards": [], "order": "append", "measures": measures}
    changed["costing"] = {**stock["costing"], **costing}
    world.install({**nodes, ("ledger", "stock"): changed}, "depot")
    place: str = world.create("place", {"name": "One"})["id"]
    return place


def moved(world: World, document: str, item: int, place: str, quantity: str, **more: Any) -> None:
    world.create(document, {"lines": [line(world, item, quantity, place=place, **more)]}, submit=True)


def undone(world: World, merged: Any) -> list[str]:
    with pytest.raises(BuilderError) as caught:
        unmerge(world, merged)
    return sorted(p.code for p in caught.value.problems)


def test_documents_are_not_merged(shop: World) -> None:
    keep, away = (shop.id(shop.create("receipt", {"lines": []})) for _ in range(2))
    with pytest.raises(BuilderError) as caught:
        shop.send(MergeRecords("shop", "receipt", ((keep, away),)))
    assert [p.code for p in caught.value.problems] == ["MERGE_KIND"]


def test_a_record_is_not_merged_into_itself(shop: World) -> None:
    one = goods(shop, "A")
    assert refused(shop, (one, one)) == ["MERGE_SAME"]


def test_a_record_goes_only_once_in_a_batch(shop: World) -> None:
    one, two, three = (goods(shop, code) for code in "ABC")
    assert refused(shop, (one, three), (two, three)) == ["MERGE_TWICE", "MERGE_TWICE"]


def test_a_merged_record_does_not_go_into_another_one(shop: World) -> None:
    one, two, three = (goods(shop, code) for code in "ABC")
    merge(shop, (one, two))
    assert refused(shop, (three, two)) == ["MERGE_DONE"]


def test_nothing_goes_into_an_archived_record(shop: World) -> None:
    one, two, three = (goods(shop, code) for code in "ABC")
    merge(shop, (one, two))
    assert refused(shop, (two, three)) == ["ARCHIVED"]


def test_records_in_different_states_stay_two(empty: World) -> None:
    empty.install({**shop_nodes(), ("workflow", "goods"): shops._workflow("goods")}, "shop")
    keep, away = goods(empty, "A"), goods(empty, "B")
    empty.fire("goods", away, "approve")
    assert refused(empty, (keep, away)) == ["MERGE_STATE"]


def test_the_kept_one_may_not_refer_to_what_goes(empty: World) -> None:
    field = shops._field("goods", "instead", "reference", entity="goods")
    empty.install(with_goods(shop_nodes(), field), "shop")
    away = goods(empty, "B")
    keep = goods(empty, "A", instead=empty.engine.database.show(away))
    assert refused(empty, (keep, away)) == ["MERGE_REFERS"]


def test_what_is_counted_in_another_unit_is_not_added_up(empty: World) -> None:
    empty.install(with_goods(shop_nodes(), shops._field("goods", "unit", "text")), "shop")
    keep, away = goods(empty, "A", unit="kg"), goods(empty, "B", unit="pcs")
    assert refused(empty, (keep, away)) == ["MERGE_UNIT"]


def test_what_went_out_before_it_came_has_no_cost_to_take_over(empty: World) -> None:
    place = costed(empty)
    keep, away = goods(empty, "A"), goods(empty, "B")
    moved(empty, "issue", away, place, "2")
    assert refused(empty, (keep, away)) == ["MERGE_SHORT"]


def test_what_would_be_worth_another_sum_is_not_taken_over(empty: World) -> None:
    place = costed(empty, method="standard", standard="goods.price", variance="rest")
    keep, away = goods(empty, "A", price="3.00"), goods(empty, "B", price="2.00")
    moved(empty, "receipt", away, place, "5", amount="10.00")
    assert refused(empty, (keep, away)) == ["MERGE_VALUE"]


def test_what_is_costed_by_another_method_is_not_taken_over(empty: World) -> None:
    place = costed(empty, method_of="goods.way")
    keep, away = goods(empty, "A", way="fifo"), goods(empty, "B", way="moving_average")
    for item in (keep, away):
        moved(empty, "receipt", item, place, "5", amount="10.00")
    assert refused(empty, (keep, away)) == ["MERGE_METHOD"]


def test_too_many_documents_are_not_changed_at_once(shop: World, monkeypatch: pytest.MonkeyPatch) -> None:
    keep, away = goods(shop, "A"), goods(shop, "B")
    for _ in range(2):
        shop.create("delivery", {"lines": [line(shop, away, "2")]})
    monkeypatch.setattr(merging_reach, "MOST", 2)
    assert refused(shop, (keep, away)) == ["MERGE_MANY"]


def test_a_batch_has_an_end(shop: World, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two, three = (goods(shop, code) for code in "ABC")
    monkeypatch.setattr(handler, "MOST_PAIRS", 1)
    assert refused(shop, (one, two), (one, three)) == ["LIMIT"]


def test_a_value_that_the_two_do_not_differ_in_is_not_taken(shop: World) -> None:
    keep, away = goods(shop, "A"), goods(shop, "B")
    assert refused(shop, (keep, away), take={away: ("price",)}) == ["FIELD_UNKNOWN"]


def test_a_closed_period_is_not_written_to(shop: World) -> None:
    keep, away = goods(shop, "A"), goods(shop, "B")
    shop.create("receipt", {"lines": [line(shop, away, "5")]}, submit=True)
    shop.send(ClosePeriod("shop", "stock", "2026-01-05"))
    assert set(refused(shop, (keep, away))) == {"PERIOD_CLOSED"}


def test_what_came_over_and_was_used_does_not_go_back(shop: World) -> None:
    keep, away = goods(shop, "A"), goods(shop, "B")
    shop.create("receipt", {"lines": [line(shop, away, "5")]}, submit=True)
    merged = merge(shop, (keep, away))
    shop.create("delivery", {"lines": [line(shop, keep, "2")]}, submit=True)
    assert undone(shop, merged) == ["UNMERGE_USED"]


def test_what_was_changed_since_is_not_overwritten(shop: World) -> None:
    keep, away = goods(shop, "A"), goods(shop, "B", price="7.00")
    merged = merge(shop, (keep, away), take={away: ("price",)})
    shop.update("goods", keep, {"name": "Another name"})
    assert undone(shop, merged) == ["UNMERGE_CHANGED"]


def test_what_was_taken_back_is_not_taken_back_again(shop: World) -> None:
    keep, away = goods(shop, "A"), goods(shop, "B")
    merged = merge(shop, (keep, away))
    unmerge(shop, merged)
    with pytest.raises(BuilderError) as caught:
        unmerge(shop, merged)
    assert caught.value.code == "NOT_FOUND"
