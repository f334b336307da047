"""The chain template's sample: it plays to its end, and its people see what their roles and stores let them see."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from builder.runtime.dashboards import dashboard_of, shown_cards
from builder.runtime.health import check_all
from builder.runtime.installing import Installer, Sample, template
from builder.runtime.ledger_reading import read_balances
from builder.runtime.listing import Wanted, list_records
from builder.runtime.opening import open_reading
from builder.runtime.pages.figures import card_model
from builder.runtime.pages.words import Words
from builder.runtime.playing import Player, system
from builder.web.locale import Messages, Texts
from tests.runtime.world import WS, World, open_world

STANDARD = template("standard").package
TODAY = date(2026, 6, 15)
WORDS = Words(Texts.load(), Messages.load(), "zh-CN", datetime(2026, 6, 15, tzinfo=UTC), UTC)
MORNING = datetime(2026, 6, 15, 0, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("chain")
    made = open_world(f"sqlite:///{folder}/scratch.db", folder)
    made.app = "standard"
    passwords = {user["login"]: "Right-Horse-7-Battery" for data in STANDARD.data for user in data.users}
    Installer(made.engine, system(WS)).install(STANDARD, made.app, passwords=passwords)
    sample = Sample(made.engine, WS, made.app, TODAY, {})
    sample.play(sample.steps(), 0, len(sample.steps()))
    yield made
    made.engine.database.close()


def stores(world: World, login: str, entity: str, field: str = "store") -> set[str]:
    """The names of the stores whose documents the person's list shows."""
    with world.engine.database.snapshot() as conn:
        actor = Player(world.engine, WS, world.app, TODAY).actor(login)
        ctx = open_reading(world.engine, conn, actor, world.app, world.clock.now())
        found = list_records(ctx, entity, Wanted(limit=200))
        ids = {r.values[field] for r in found.records}
        named = ctx.reader.get("warehouse", [i for i in ids if isinstance(i, int)])
        return {str(r.values["name"]) for r in named.values()}


ALL = {
    *("徐汇店", "静安店", "浦东店", "长宁店", "黄浦店", "普陀店"),
    *("虹口店", "杨浦店", "闵行店", "宝山店", "嘉定店", "松江店"),
}


@pytest.mark.parametrize(
    ("entity", "field"), [("dish_sale", "store"), ("store_receipt", "store"), ("store_par", "store")]
)
def test_a_store_sees_itself_and_the_region_all_twelve(world: World, entity: str, field: str) -> None:
    assert stores(world, "region", entity, field) == ALL
    assert stores(world, "clerk1", entity, field) == {"徐汇店"}
    assert stores(world, "mgr2", entity, field) == {"静安店"}


@pytest.mark.parametrize(("entity", "field"), [("store_order", "store"), ("stocktake", "warehouse")])
def test_what_only_some_stores_have_is_seen_by_these(world: World, entity: str, field: str) -> None:
    assert stores(world, "mgr1", entity, field) == {"徐汇店"}
    assert stores(world, "mgr6", entity, field) == set()
    assert {"徐汇店", "静安店"} <= stores(world, "region", entity, field)


def test_a_store_sees_what_it_sends_and_what_comes(world: World) -> None:
    assert stores(world, "mgr1", "shipment", "to_warehouse") == {"徐汇店", "静安店"}
    assert stores(world, "mgr3", "shipment", "to_warehouse") == {"浦东店"}


def test_the_chain_cooks_ten_dishes_of_forty_ingredients(world: World) -> None:
    """Ten recipes; of what they use nothing falls below zero, and theory and count differ where it was made to."""
    with world.engine.database.snapshot() as conn:
        actor = Player(world.engine, WS, world.app, TODAY).actor("owner")
        ctx = open_reading(world.engine, conn, actor, world.app, MORNING)
        dishes = list_records(ctx, "recipe", Wanted(limit=50)).records
        used = {line.values["item"] for line in ctx.reader.find("recipe_line", None)}
        assert len(dishes) == 10
        assert len(used) >= 25
        found = {checked.check.key: len(checked.findings) for checked in check_all(ctx)}
    assert found["negative_stock"] == 0
    seeded = ("duplicate_items", "missed_transfers", "zero_cost", "stale_drafts", "long_on_way")
    assert {key: found[key] for key in seeded if not found[key]} == {}


def test_a_store_sees_its_own_stock_and_not_that_of_head_office(world: World) -> None:
    """Stores choose among the warehouses of head office; what lies there is not theirs to see."""

    def held(login: str) -> set[str]:
        with world.engine.database.snapshot() as conn:
            actor = Player(world.engine, WS, world.app, TODAY).actor(login)
            ctx = open_reading(world.engine, conn, actor, world.app, world.clock.now())
            rows = read_balances(ctx, "stock", group=("warehouse",))
            return {place.title for row in rows if (place := row.dimensions["warehouse"]) is not None}

    assert held("mgr1") == held("clerk1") == {"徐汇店"}
    assert {"中心仓", "徐汇店"} <= held("region")


def test_head_office_sees_every_store_as_a_tile(world: World) -> None:
    """By region, shaded by the rate of ingredient cost; what expires, comes and was ordered stands beside it."""
    with world.engine.database.snapshot() as conn:
        actor = Player(world.engine, WS, world.app, TODAY).actor("region")
        ctx = open_reading(world.engine, conn, actor, world.app, MORNING)
        cards = {shown.card.uid: shown for shown in shown_cards(ctx, dashboard_of(ctx, "chain"))}
        drawn = card_model(ctx, WORDS, "chain", cards["dashboard.chain.cards.stores_today"])
    regions = {group.name: {tile.name.text for tile in group.tiles} for group in drawn["tiles"]}
    assert set(regions) == {"浦东", "浦西", "郊区"}
    assert set().union(*regions.values()) == ALL
    tiles = [tile for group in drawn["tiles"] for tile in group.tiles]
    assert all(tile.main.text.endswith("%") for tile in tiles)
    assert {"bad depth-1", "bad depth-5"} <= {tile.main.heat for tile in tiles}
    near = {tile.name.text: dict(tile.others)["临期批次"].text for tile in tiles}
    assert {store for store, count in near.items() if count != "0"} == {"徐汇店", "浦东店"}
