"""Forgetting: what a record said of people in its past is erased on demand, which is on record; a row that is gone otherwise is named."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, func, select

from builder.commands import ForgetPast
from builder.errors import ConflictError, ForbiddenError, NotFoundError
from builder.runtime.hanging import history_of
from builder.runtime.verifying import verify_all
from builder.storage.tables.records import history, history_private
from tests.runtime.shop import shop_nodes
from tests.runtime.test_tampering import tamper
from tests.runtime.world import World


@pytest.fixture
def shop(empty: World) -> World:
    """A shop that knows who makes its goods."""
    nodes = dict(shop_nodes())
    maker = {"uid": "goods.maker", "key": "maker", "type": "text", "label": "Maker", "personal": True}
    goods = nodes["entity", "goods"]
    nodes["entity", "goods"] = {**goods, "fields": [*goods["fields"], maker]}
    empty.install(nodes, "shop")
    return empty


@pytest.fixture
def tea(shop: World) -> int:
    """Goods whose maker was Ann, then Bea, and is Cleo."""
    made = shop.create("goods", {"code": "A", "name": "Tea", "maker": "Ann"})
    for name in ("Bea", "Cleo"):
        shop.update("goods", shop.id(made), {"maker": name})
    return shop.id(made)


def makers(world: World, id: int) -> list[tuple[int, object, object]]:
    with world.reading() as ctx:
        items = history_of(ctx, ctx.load("goods", id))
    return [
        (v["version"], c["before"], c["after"]) for v in items for c in v["changes"] if c["field"] == "maker"
    ]


def kept(world: World) -> int:
    with world.engine.database.snapshot() as conn:
        return int(conn.execute(select(func.count()).select_from(history_private)).scalar_one())


def test_the_past_is_erased_and_that_is_on_record(shop: World, tea: int) -> None:
    assert makers(shop, tea) == [(3, "Bea", "Cleo"), (2, "Ann", "Bea")]
    made = shop.send(ForgetPast("shop", "goods", tea))
    assert (made["maker"], made["version"]) == ("Cleo", 4)
    assert makers(shop, tea) == [(3, None, None), (2, None, None)]
    assert kept(shop) == 0
    with shop.reading() as ctx:
        assert history_of(ctx, ctx.load("goods", tea))[0]["command"] == "ForgetPast"
    assert verify_all(shop.engine).findings == ()


def test_what_is_said_after_it_is_kept_again(shop: World, tea: int) -> None:
    shop.send(ForgetPast("shop", "goods", tea))
    shop.update("goods", tea, {"maker": "Dora"})
    assert makers(shop, tea)[0] == (5, "Cleo", "Dora")
    assert verify_all(shop.engine).findings == ()
    tamper(shop, delete(history_private).where(history_private.c.record_id == tea))
    assert ["PERSONAL_MISSING" in line for line in verify_all(shop.engine).findings] == [True]


def test_a_row_that_was_deleted_by_sql_is_named(shop: World, tea: int) -> None:
    other = shop.id(shop.create("goods", {"code": "B", "name": "Cup", "maker": "Ann"}))
    shop.update("goods", other, {"maker": "Bea"})
    shop.send(ForgetPast("shop", "goods", other))
    own = (history_private.c.record_id == tea) & (history_private.c.version == 2)
    tamper(shop, delete(history_private).where(own))
    [line] = verify_all(shop.engine).findings
    assert "PERSONAL_MISSING history_private" in line
    assert "UpdateRecord" in line
    assert f"record {tea}" in line


def test_an_erasure_cannot_be_invented(shop: World, tea: int) -> None:
    forged = [{"field": "forgotten", "before": False, "after": True}]
    with shop.engine.database.snapshot() as conn:
        row = conn.execute(select(history).where(history.c.record_id == tea, history.c.version == 3)).one()
    tamper(
        shop,
        delete(history_private).where(history_private.c.record_id == tea),
        history.insert().values({**row._mapping, "version": 4, "changes": forged}),
    )
    assert any("CONTENT_CHANGED history (" in line for line in verify_all(shop.engine).findings)


def test_only_who_may_delete_erases_and_only_where_something_is_personal(shop: World, tea: int) -> None:
    clerk = shop.person("clerk", "clerk")
    with pytest.raises((ForbiddenError, NotFoundError)):
        shop.send(ForgetPast("shop", "goods", tea), actor=clerk)
    order = shop.create("order", {})
    with pytest.raises(ConflictError, match="NOTHING_PERSONAL"):
        shop.send(ForgetPast("shop", "order", shop.id(order)))
    assert kept(shop) == 2
