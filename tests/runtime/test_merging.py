"""Two records of one thing become one: what ledgers hold goes over to the cent, open documents follow, and it can be taken back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from builder.commands import ClosePeriod, MergeRecords, UnmergeRecords
from builder.errors import BuilderError
from builder.runtime.lookup import look_up
from builder.runtime.merges_past import recent
from builder.runtime.verifying import verify_all
from tests.runtime import shop
from tests.runtime.depot import depot_nodes
from tests.runtime.shop import Nodes
from tests.runtime.test_races import all_at_once, codes, decided_together
from tests.runtime.world import World


def goods(world: World, code: str, **values: Any) -> int:
    return world.id(world.create("goods", {"code": code, "name": f"Goods {code}", "price": "2.50", **values}))


def line(world: World, item: int, quantity: str, **more: Any) -> dict[str, Any]:
    return {"goods": world.engine.database.show(item), "quantity": quantity, **more}


def in_stock(world: World, item: int) -> Decimal:
    return world.balance("stock", "on_hand", item)


def worth(world: World, item: int) -> Decimal:
    return world.balance("stock", "value", item)


def kept(world: World, *items: int) -> list[tuple[Decimal, Decimal]]:
    """What each item has and is worth, in one reading: asked one by one, four hundred of them take longer than merging them."""
    with world.reading() as ctx:
        of = ctx.reader.balance
        return [(of("stock", "on_hand", (item,)), of("stock", "value", (item,))) for item in items]


def merge(world: World, *pairs: tuple[int, int], **more: Any) -> Any:
    options = {k: more.pop(k) for k in ("dry_run", "actor") if k in more}
    return world.send(MergeRecords(world.app, "goods", pairs, **more), **options)


def merge_id(world: World, merged: Any) -> int:
    cmd = world.engine.database.read_id(merged["merge"])
    assert cmd is not None
    return cmd


def unmerge(world: World, merged: Any) -> Any:
    return world.send(UnmergeRecords(world.app, "goods", merge_id(world, merged)))


def refused(world: World, *pairs: tuple[int, int], **more: Any) -> list[str]:
    with pytest.raises(BuilderError) as caught:
        merge(world, *pairs, **more)
    return sorted(p.code for p in caught.value.problems)


def is_clean(world: World) -> bool:
    return verify_all(world.engine).findings == ()


def depot(empty: World, method: str = "moving_average") -> tuple[World, str, str]:
    """A depot with two places."""
    empty.install(depot_nodes(method=method), "depot")
    one, two = (empty.create("place", {"name": name})["id"] for name in ("One", "Two"))
    return empty, one, two


@pytest.mark.parametrize("method", ["moving_average", pytest.param("fifo", marks=pytest.mark.long)])
def test_two_hundred_pairs_keep_quantity_and_value_to_the_cent(empty: World, method: str) -> None:
    world, one, two = depot(empty, method)
    show = world.engine.database.show
    pairs = [(goods(world, f"K{i}"), goods(world, f"A{i}")) for i in range(200)]
    lines = [
        {"goods": show(id), "place": place, "quantity": f"{3 + i % 5}.25", "amount": f"{10 + i}.{i % 90:02}"}
        for i, pair in enumerate(pairs)
        for id in pair
        for place in (one, two)
    ]
    world.create("receipt", {"lines": lines}, submit=True)
    taken = [{"goods": show(away), "place": one, "quantity": "1.1"} for _, away in pairs]
    world.create("issue", {"lines": taken}, submit=True)
    keepers, others = zip(*pairs, strict=True)
    apart = kept(world, *keepers, *others)
    together = [
        (a + c, b + d) for (a, b), (c, d) in zip(kept(world, *keepers), kept(world, *others), strict=True)
    ]
    merged = merge(world, *pairs)
    assert kept(world, *keepers) == together
    assert set(kept(world, *others)) == {(Decimal(0), Decimal(0))}
    assert is_clean(world)
    unmerge(world, merged)
    assert kept(world, *keepers, *others) == apart
    assert is_clean(world)


@pytest.mark.parametrize("order", ["append", "replay"])
@pytest.mark.parametrize("method", ["moving_average", "fifo"])
def test_two_places_of_one_pool_become_one_and_two_again(empty: World, method: str, order: str) -> None:
    """The pool knows no places: what lies in its layers stays there, whichever place it is in, and is issued from them afterwards."""
    nodes = depot_nodes(order=order, method=method)
    empty.install(
        {**nodes, ("ledger", "stock"): {**nodes["ledger", "stock"], "cost_key": ["goods"]}}, "depot"
    )
    one, two = (empty.create("place", {"name": name})["id"] for name in ("One", "Two"))
    item = goods(empty, "A")
    shown = empty.engine.database.show(item)
    for place, amount in ((one, "100.00"), (two, "130.00")):
        bought = {"goods": shown, "place": place, "quantity": "10", "amount": amount}
        empty.create("receipt", {"lines": [bought]}, submit=True)
    pair = (empty.id({"id": one}), empty.id({"id": two}))
    merged = empty.send(MergeRecords("depot", "place", (pair,)))
    assert (in_stock(empty, item), worth(empty, item), is_clean(empty)) == (Decimal(20), Decimal(230), True)
    empty.send(UnmergeRecords("depot", "place", merge_id(empty, merged)))
    assert (in_stock(empty, item), worth(empty, item), is_clean(empty)) == (Decimal(20), Decimal(230), True)
    empty.send(MergeRecords("depot", "place", (pair,)))
    taken = {"goods": shown, "place": one, "quantity": "15"}
    empty.create("issue", {"lines": [taken]}, submit=True)
    assert worth(empty, item) == {"fifo": Decimal(65), "moving_average": Decimal("57.50")}[method]
    assert is_clean(empty)


def test_open_orders_follow_and_closed_ones_keep_what_they_said(shop: World) -> None:
    keep, away = goods(shop, "A"), goods(shop, "B")
    done = shop.create("receipt", {"lines": [line(shop, away, "5")]}, submit=True)
    draft = shop.create("delivery", {"lines": [line(shop, away, "2")]})
    merge(shop, (keep, away))
    show = shop.engine.database.show
    with shop.reading() as ctx:
        said = {
            key: ctx.load(key, shop.id(made)).lines["lines"][0].values["goods"]
            for key, made in (("receipt", done), ("delivery", draft))
        }
        gone = ctx.load("goods", away)
    assert said == {"receipt": away, "delivery": keep}
    assert gone.archived_at is not None
    shop.fire("delivery", shop.id(draft), "approve")
    assert in_stock(shop, keep) == Decimal(3)
    assert show(keep) != show(away)
    assert is_clean(shop)


def test_a_dry_run_says_what_differs_and_what_moves(shop: World) -> None:
    keep, away = goods(shop, "A"), goods(shop, "B")
    shop.create("receipt", {"lines": [line(shop, away, "5")]}, submit=True)
    shop.create("delivery", {"lines": [line(shop, away, "2")]})
    told = merge(shop, (keep, away), dry_run=True)
    (pair,) = told["pairs"]
    assert [f["field"] for f in pair["fields"]] == ["code", "name"]
    assert [(m["ledger"], m["measures"]) for m in pair["moves"]] == [("stock", {"on_hand": "5.00"})]
    assert [r["entity"] for r in told["_effects"]["records"]] == ["goods", "delivery"]
    assert in_stock(shop, away) == Decimal(5)


def test_the_kept_one_takes_the_fields_that_were_chosen(shop: World) -> None:
    keep, away = goods(shop, "A", price=None), goods(shop, "B", price="7.00")
    merge(shop, (keep, away), take={away: ("price", "name", "code")})
    with shop.reading() as ctx:
        values = ctx.load("goods", keep).values
    assert (values["code"], values["name"], values["price"]) == ("B", "Goods B", Decimal("7.00"))


def test_everything_in_the_way_is_said_at_once(shop: World) -> None:
    a, b, c, d = (goods(shop, code) for code in "ABCD")
    assert refused(shop, (a, a), (b, c), (d, c)) == ["MERGE_SAME", "MERGE_TWICE", "MERGE_TWICE"]
    merge(shop, (a, b))
    assert refused(shop, (c, b)) == ["MERGE_DONE"]
    assert refused(shop, (b, d)) == ["ARCHIVED"]
    with pytest.raises(BuilderError):
        shop.send(MergeRecords("shop", "receipt", ((a, b),)))


def test_what_came_to_a_merged_record_late_goes_over_when_merged_again(shop: World) -> None:
    keep, away = goods(shop, "A"), goods(shop, "B")
    merge(shop, (keep, away))
    merge(shop, (keep, away))
    assert is_clean(shop)


def test_a_merge_is_taken_back_with_the_documents_that_followed(shop: World) -> None:
    keep, away = goods(shop, "A"), goods(shop, "B", price="7.00")
    shop.create("receipt", {"lines": [line(shop, away, "5")]}, submit=True)
    draft = shop.id(shop.create("delivery", {"lines": [line(shop, away, "2")]}))
    merged = merge(shop, (keep, away), take={away: ("price",)})
    unmerge(shop, merged)
    with shop.reading() as ctx:
        assert ctx.load("delivery", draft).lines["lines"][0].values["goods"] == away
        assert ctx.load("goods", away).archived_at is None
        assert ctx.load("goods", keep).values["price"] == Decimal("2.50")
    assert (in_stock(shop, keep), in_stock(shop, away)) == (Decimal(0), Decimal(5))
    again = merge(shop, (keep, away))
    assert in_stock(shop, keep) == Decimal(5)
    unmerge(shop, again)
    assert is_clean(shop)


def test_a_merge_that_was_used_or_changed_since_stays(shop: World) -> None:
    keep, away = goods(shop, "A"), goods(shop, "B")
    shop.create("receipt", {"lines": [line(shop, away, "5")]}, submit=True)
    draft = shop.id(shop.create("delivery", {"lines": [line(shop, away, "2")]}))
    merged = merge(shop, (keep, away))
    shop.fire("delivery", draft, "approve")
    with pytest.raises(BuilderError) as caught:
        unmerge(shop, merged)
    assert sorted(p.code for p in caught.value.problems) == ["UNMERGE_CHANGED", "UNMERGE_USED"]


@pytest.fixture
def twice(shop: World) -> tuple[int, int, Any, Any]:
    """B had 5, of which 2 were delivered; 3 went over to A. The delivery was undone, and its 2 went over as well."""
    keep, away = goods(shop, "A"), goods(shop, "B")
    shop.create("receipt", {"lines": [line(shop, away, "5")]}, submit=True)
    gone = shop.id(shop.create("delivery", {"lines": [line(shop, away, "2")]}, submit=True))
    first = merge(shop, (keep, away))
    shop.fire("delivery", gone, "unapprove")
    assert (in_stock(shop, keep), in_stock(shop, away)) == (Decimal(3), Decimal(2))
    return keep, away, first, merge(shop, (keep, away))


def test_the_second_merge_of_a_pair_goes_back_alone(shop: World, twice: tuple[int, int, Any, Any]) -> None:
    keep, away, first, second = twice
    assert (in_stock(shop, keep), in_stock(shop, away)) == (Decimal(5), Decimal(0))
    unmerge(shop, second)
    assert (in_stock(shop, keep), in_stock(shop, away)) == (Decimal(3), Decimal(2))
    with shop.reading() as ctx:
        # It is merged all the same: the first merge stands, and its code finds the kept one.
        assert ctx.load("goods", away).archived_at is not None
        assert [r["id"] for r in look_up(ctx, "goods", "B")] == [shop.engine.database.show(keep)]
        goods_entity = ctx.app.package.entity("goods")
        assert goods_entity is not None
        assert [past.cmd for past in recent(ctx, goods_entity)] == [merge_id(shop, first)]
    unmerge(shop, first)
    assert (in_stock(shop, keep), in_stock(shop, away)) == (Decimal(0), Decimal(5))
    assert is_clean(shop)


def test_the_first_merge_of_a_pair_goes_back_after_the_second(
    shop: World, twice: tuple[int, int, Any, Any]
) -> None:
    keep, away, first, second = twice
    with pytest.raises(BuilderError) as caught:
        unmerge(shop, first)
    assert [(p.code, p.params) for p in caught.value.problems] == [("UNMERGE_LATER", {"title": "Goods B"})]
    assert (in_stock(shop, keep), in_stock(shop, away)) == (Decimal(5), Decimal(0))
    unmerge(shop, second)
    third = merge(shop, (keep, away))
    assert in_stock(shop, keep) == Decimal(5)
    for one in (third, first):
        unmerge(shop, one)
    with pytest.raises(BuilderError):
        unmerge(shop, second)
    assert (in_stock(shop, keep), in_stock(shop, away)) == (Decimal(0), Decimal(5))
    with shop.reading() as ctx:
        assert ctx.load("goods", away).archived_at is None
    assert is_clean(shop)


def test_a_receipt_at_the_same_moment_is_not_lost(shop: World) -> None:
    keep, away = goods(shop, "A"), goods(shop, "B")
    shop.create("receipt", {"lines": [line(shop, away, "5")]}, submit=True)
    draft = shop.id(shop.create("receipt", {"lines": [line(shop, away, "2")]}))
    with decided_together(2):
        outcomes = all_at_once(
            [lambda: merge(shop, (keep, away)), lambda: shop.fire("receipt", draft, "approve")]
        )
    assert codes(outcomes) == {"ok": 2}
    assert (in_stock(shop, keep), in_stock(shop, away)) == (Decimal(7), Decimal(0))
    assert is_clean(shop)


def test_a_closed_period_is_not_touched(shop: World) -> None:
    keep, away = goods(shop, "A"), goods(shop, "B")
    shop.create("receipt", {"lines": [line(shop, away, "5")]}, submit=True)
    shop.send(ClosePeriod("shop", "stock", "2026-01-05"))
    assert set(refused(shop, (keep, away), dry_run=True)) == {"PERIOD_CLOSED"}


def test_the_code_of_a_merged_record_finds_the_kept_one(shop: World) -> None:
    keep, away = goods(shop, "A"), goods(shop, "B")
    merged = merge(shop, (keep, away))
    with shop.reading() as ctx:
        assert [r["id"] for r in look_up(ctx, "goods", "B")] == [shop.engine.database.show(keep)]
    unmerge(shop, merged)
    with shop.reading() as ctx:
        assert shop.engine.database.show(away) in [r["id"] for r in look_up(ctx, "goods", "B")]


def bookings(nodes: Nodes) -> Nodes:
    """A depot where bookings reserve: what they promise has to be there, on every day since."""
    stock = nodes["ledger", "stock"]
    reserved = {"uid": "ledger.stock.reserved", "key": "reserved", "label": "Reserved", "scale": 2}
    free = {**stock["guards"][0], "uid": "ledger.stock.free", "key": "free", "slack": "on_hand - reserved"}
    lines = {
        **nodes["entity", "count_line"],
        "uid": "booking_line",
        "key": "booking_line",
        "parent": "booking",
    }
    lines["fields"] = [{**f, "uid": f["uid"].replace("count", "booking")} for f in lines["fields"]]
    booked = {
        "uid": "booking.posting.reserve",
        "key": "reserve",
        "ledger": "stock",
        "on": "created",
        "mode": "follow",
        "each": "lines",
        "dimensions": {"goods": "goods", "place": "place"},
        "measures": {"reserved": "quantity"},
    }
    return {
        **nodes,
        ("ledger", "stock"): {
            **stock,
            "measures": [*stock["measures"], reserved],
            "guards": [*stock["guards"], free],
        },
        ("entity", "booking"): shop._document("booking", "booking_line", [booked]),
        ("entity", "booking_line"): lines,
    }


def booked_days(world: World) -> tuple[str, str, int]:
    """Two places of which the second has ten apples; eight of them were promised some days ago."""
    one, two = (world.create("place", {"name": name})["id"] for name in ("One", "Two"))
    item = goods(world, "A")
    world.create("receipt", {"lines": [line(world, item, "10", place=two, amount="20.00")]}, submit=True)
    world.create("booking", {"lines": [line(world, item, "8", place=two)]})
    world.later(days=5)
    return one, two, item


def test_what_was_promised_some_days_ago_goes_over_with_the_goods(empty: World) -> None:
    empty.install(bookings(depot_nodes(order="append")), "depot")
    one, two, item = booked_days(empty)
    keep, away = (empty.id({"id": id}) for id in (one, two))
    merged = empty.send(MergeRecords("depot", "place", ((keep, away),)))
    assert [empty.balance("stock", m, item, keep) for m in ("on_hand", "reserved")] == [10, 8]
    assert [empty.balance("stock", m, item, away) for m in ("on_hand", "reserved")] == [0, 0]
    assert is_clean(empty)
    empty.send(UnmergeRecords("depot", "place", merge_id(empty, merged)))
    assert [empty.balance("stock", m, item, away) for m in ("on_hand", "reserved")] == [10, 8]
    assert is_clean(empty)


def test_closed_days_do_not_keep_promises_from_going_over(empty: World) -> None:
    empty.install(bookings(depot_nodes(order="append")), "depot")
    one, two, item = booked_days(empty)
    empty.send(ClosePeriod("depot", "stock", "2026-01-09"))
    keep, away = (empty.id({"id": id}) for id in (one, two))
    empty.send(MergeRecords("depot", "place", ((keep, away),)))
    assert [empty.balance("stock", m, item, keep) for m in ("on_hand", "reserved")] == [10, 8]
    assert is_clean(empty)


def test_a_refusal_calls_things_by_their_names(empty: World) -> None:
    """More was promised than lies in the place that goes, where that is allowed: the kept one would be short of it."""
    nodes = bookings(depot_nodes(order="append"))
    guards = [{**g, "when": "place.name != 'Two'"} for g in nodes["ledger", "stock"]["guards"]]
    empty.install({**nodes, ("ledger", "stock"): {**nodes["ledger", "stock"], "guards": guards}}, "depot")
    one, two, item = booked_days(empty)
    empty.create("booking", {"lines": [line(empty, item, "4", place=two)]})
    pair = (empty.id({"id": one}), empty.id({"id": two}))
    with pytest.raises(BuilderError) as caught:
        empty.send(MergeRecords("depot", "place", (pair,)), dry_run=True)
    (problem,) = caught.value.problems
    told = (problem.code, problem.path, problem.params["goods"], problem.params["shortage"])
    assert told == ("SHORT", "/pairs/0", "Goods A", Decimal(2))
