"""What documents say against what their following postings posted: nothing differs by itself; what was changed behind the engine is named
by document and line. Both databases."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, update

from builder.commands import DeleteRecord, Publish, SaveDraft
from builder.runtime import followed, verifying
from builder.runtime.verifying import Verified, verify_all
from builder.storage.tables import ledgers as t
from tests.runtime.shop import shop_nodes
from tests.runtime.test_tampering import tamper
from tests.runtime.world import World


def goods(world: World, code: str, **more: Any) -> str:
    return str(world.create("goods", {"code": code, "name": f"Tea {code}", **more})["id"])


def ordered(world: World, *items: str, quantity: str = "5", **options: Any) -> Mapping[str, Any]:
    lines = [{"goods": item, "quantity": quantity, "price": "1"} for item in items]
    return world.create("order", {"lines": lines}, **options)


def changed(world: World, order: Mapping[str, Any], *quantities: str) -> None:
    """The order with as many lines as there are quantities."""
    lines = [{"id": x["id"], "quantity": q} for x, q in zip(order["lines"], quantities, strict=False)]
    world.update("order", world.id(order), {"lines": lines})


@pytest.fixture
def sold(shop: World) -> World:
    """Orders at every stage: untouched, changed with a line taken out, delivered, archived, removed."""
    tea, pot = goods(shop, "A"), goods(shop, "B")
    lines = [{"goods": item, "quantity": "50"} for item in (tea, pot)]
    shop.create("receipt", {"lines": lines}, submit=True)
    ordered(shop, tea, pot)
    changed(shop, ordered(shop, tea, pot), "7.5")
    delivered = shop.id(ordered(shop, tea, pot, submit=True))
    shop.fire("order", delivered, "approve")
    shop.send(DeleteRecord("shop", "order", shop.id(ordered(shop, pot))))
    return shop


def verified(world: World) -> Verified:
    return verify_all(world.engine, app="shop")


def followings(lines: tuple[str, ...]) -> list[str]:
    return [line for line in lines if "FOLLOW" in line]


def redefine(world: World, entity: str, **more: Any) -> None:
    """A new version in which the entity's first posting says something else."""
    body = {**shop_nodes()["entity", entity]}
    posting, *others = body["postings"]
    world.send(SaveDraft("shop", "entity", entity, {**body, "postings": [{**posting, **more}, *others]}))
    world.send(Publish("shop"))


def set_quantity(world: World, line: str, amount: int) -> None:
    """The quantity (in hundredths) that is stored with an order line."""
    with world.reading() as ctx:
        of = ctx.app.maps.entity("order_line")
    own = of.table.c.id == world.id({"id": line})
    tamper(world, update(of.table).where(own).values({str(of.places["quantity"].slot): amount}))


def test_nothing_differs_by_itself(sold: World) -> None:
    checked = verified(sold)
    assert (checked.findings, checked.notes) == ((), ())


def test_nothing_differs_whatever_a_page_holds(sold: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for at_once in (1, 2, 3):
        monkeypatch.setattr(followed, "AT_ONCE", at_once)
        checked = verified(sold)
        assert (checked.findings, checked.notes) == ((), ())


def test_a_changed_entry_is_named_by_document_and_line(sold: World) -> None:
    order = ordered(sold, goods(sold, "C"), goods(sold, "D"))
    line = sold.id(order["lines"][1])
    tamper(sold, update(t.entry).where(t.entry.c.line_id == line).values(m1=t.entry.c.m1 + 25))
    (said,) = followings(verified(sold).findings)
    assert f"document Order {order['number']}, line 2, posting ordered" in said
    assert "expected ordered 5.00, found ordered 5.25" in said


@pytest.mark.parametrize("at_once", [1, 200])
def test_a_changed_line_is_named_by_document_and_line(
    sold: World, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followed, "AT_ONCE", at_once)
    order = ordered(sold, goods(sold, "C"), goods(sold, "D"))
    ordered(sold, goods(sold, "E"))
    set_quantity(sold, order["lines"][0]["id"], 1_200)
    checked = verified(sold)
    assert len(checked.findings) == 1
    assert f"document Order {order['number']}, line 1, posting ordered" in checked.findings[0]
    assert "expected ordered 12.00, found ordered 5.00" in checked.findings[0]
    assert checked.notes == ()


def test_a_document_or_line_that_is_gone_is_named(sold: World) -> None:
    kept, gone = ordered(sold, goods(sold, "C"), goods(sold, "D")), ordered(sold, goods(sold, "E"))
    with sold.reading() as ctx:
        lines, orders = (ctx.app.maps.entity(key).table for key in ("order_line", "order"))
    own = [lines.c.id.in_([sold.id(kept["lines"][1]), sold.id(gone["lines"][0])])]
    tamper(sold, delete(lines).where(*own), delete(orders).where(orders.c.id == sold.id(gone)))
    said = followings(verified(sold).findings)
    assert len(said) == 2
    assert any(f"Order {kept['number']}, line {kept['lines'][1]['id']} that is gone" in x for x in said)
    assert any(f"Order {gone['id']} that is gone, line" in x for x in said)


def test_what_other_records_say_by_now_is_only_noted(shop: World) -> None:
    redefine(shop, "order", measures={"ordered": "quantity * goods.weight"})
    item = goods(shop, "A", weight="2.000")
    order = ordered(shop, item)
    assert verified(shop).notes == ()
    shop.update("goods", shop.id({"id": item}), {"weight": "3.000"})
    checked = verified(shop)
    assert checked.findings == ()
    (note,) = checked.notes
    assert f"document Order {order['number']}, line 1" in note
    assert "expected ordered 15.00, found ordered 10.00" in note
    assert "reads more than the document itself keeps" in note


def test_what_was_defined_otherwise_is_only_noted_for_documents_from_before(shop: World) -> None:
    before = ordered(shop, goods(shop, "A"))
    redefine(shop, "order", measures={"ordered": "quantity + quantity"})
    changed(shop, before, "6")
    after = ordered(shop, goods(shop, "B"))
    checked = verified(shop)
    assert checked.findings == ()
    (note,) = checked.notes
    assert f"Order {before['number']}, line 1" in note
    assert "defined as it is now (version 2)" in note
    set_quantity(shop, after["lines"][0]["id"], 600)
    (said,) = verified(shop).findings
    assert f"Order {after['number']}, line 1" in said


def test_a_version_that_leaves_the_posting_alone_excuses_nothing(shop: World) -> None:
    order = ordered(shop, goods(shop, "A"))
    redefine(shop, "receipt", measures={"on_hand": "quantity + 0"})
    set_quantity(shop, order["lines"][0]["id"], 600)
    assert f"Order {order['number']}, line 1" in verified(shop).findings[0]


def test_figures_with_more_digits_than_the_ledger_add_up(empty: World) -> None:
    nodes = shop_nodes()
    ledger = nodes["ledger", "open"]
    measures = [{**m, "scale": 1} for m in ledger["measures"]]
    empty.install({**nodes, ("ledger", "open"): {**ledger, "measures": measures}}, "shop")
    order = ordered(empty, goods(empty, "A"), quantity="0.05")
    for quantity in ("0.10", "0.16", "0.24", "0.29"):
        changed(empty, order, quantity)
    assert empty.balance("open", "ordered", empty.id(order["lines"][0])) == Decimal("0.3")
    checked = verified(empty)
    assert (checked.findings, checked.notes) == ((), ())


def test_many_of_a_kind_are_counted(sold: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "MOST", 1)
    orders = [ordered(sold, goods(sold, code)) for code in "CDE"]
    for order in orders:
        set_quantity(sold, order["lines"][0]["id"], 900)
    first, more = verified(sold).findings
    assert str(orders[0]["number"]) in first
    assert "2 more" in more


def test_nothing_is_missed_of_what_the_ledger_does_not_take(shop: World) -> None:
    """A fee among goods: what the order says of it is not in the ledger, and does not belong there."""
    stock = {**shop_nodes()["ledger", "stock"], "takes": "goods.code != 'FEE'"}
    shop.send(SaveDraft("shop", "ledger", "stock", stock))
    redefine(shop, "order", ledger="stock", dimensions={"goods": "goods"}, measures={"on_hand": "quantity"})
    order = ordered(shop, goods(shop, "A"), goods(shop, "FEE"))
    assert verified(shop).findings == ()
    tamper(shop, update(t.entry).values(m1=t.entry.c.m1 + 25))
    (said,) = followings(verified(shop).findings)
    assert f"document Order {order['number']}, line 1, posting ordered" in said
