"""Whoever dates a draft into a closed period is told when it is saved, in the answer and on its pages; nothing is blocked, and nothing is
asked where nothing is posted."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, select

from builder.commands import ClosePeriod, DeleteRecord
from builder.errors import BuilderError, RefusedError
from builder.runtime.closed_days import closed_for
from builder.runtime.verifying import verify_all
from builder.storage.tables.ledgers import entry
from tests.runtime.depot import depot_nodes
from tests.runtime.pages.test_admin import signed_in, text
from tests.runtime.shop import shop_nodes
from tests.runtime.test_ledger_scopes import depot_person
from tests.runtime.world import World

FORM = {
    "uid": "form.receipt",
    "key": "receipt",
    "entity": "receipt",
    "label": "Receipt",
    "nodes": [
        {"uid": "form.receipt.day", "kind": "field", "field": "business_date"},
        {"uid": "form.receipt.lines", "kind": "lines", "field": "lines"},
    ],
}


@pytest.fixture(scope="module")
def depot(bare: World) -> World:
    bare.install({**depot_nodes(), ("form", "receipt"): FORM}, "depot")
    bare.person("ann", admin=True)
    bare.create("goods", {"code": "A", "name": "Apples"})
    bare.create("place", {"name": "South"})
    bare.later(days=10)
    bare.send(ClosePeriod("depot", "stock", "2026-01-10"))
    return bare


def draft(world: World, day: str) -> dict[str, Any]:
    with world.reading() as ctx:
        ids = {key: ctx.reader.find(key, {})[0].id for key in ("goods", "place")}
    line = {key: world.engine.database.show(id) for key, id in ids.items()}
    values = {"business_date": day, "lines": [{**line, "quantity": "1.00", "amount": "2.00"}]}
    return dict(world.create("receipt", values, actor=person(world)))


def person(world: World) -> Any:
    return depot_person(world, "ann")


def warnings(answer: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(w["code"], w["path"], w["severity"]) for w in answer["_effects"]["warnings"]]


TOLD = [("DATED_INTO_CLOSED", "/business_date", "warning")]


@pytest.mark.parametrize(("day", "told"), [("2026-01-10", TOLD), ("2026-01-03", TOLD), ("2026-01-11", [])])
def test_a_draft_of_a_closed_day_is_kept_and_told_of(depot: World, day: str, told: list[Any]) -> None:
    made = draft(depot, day)
    assert made["state"] == "draft"
    assert warnings(made) == told
    id, browser = depot.id(made), signed_in(depot, "ann")
    page = text(browser, f"/a/depot/receipt/{made['id']}")
    assert ("will be refused when it is approved" in page or "审核时会被拒绝" in page) is bool(told)
    assert "2026-01-10" in text(browser, f"/a/depot/receipt/{made['id']}/edit")
    if not told:
        depot.fire("receipt", id, "approve", actor=person(depot))
        return
    with pytest.raises(BuilderError) as refused:
        depot.fire("receipt", id, "approve", actor=person(depot))
    assert "PERIOD_CLOSED" in {p.code for p in refused.value.problems}
    # Said once: what else is changed is no new day. Dated again it is posted.
    assert warnings(dict(depot.update("receipt", id, {"remark": "x"}, actor=person(depot)))) == []
    assert (
        warnings(dict(depot.update("receipt", id, {"business_date": "2026-01-04"}, actor=person(depot))))
        == TOLD
    )
    depot.update("receipt", id, {"business_date": "2026-01-12"}, actor=person(depot))
    assert depot.fire("receipt", id, "approve", actor=person(depot))["state"] == "approved"


def test_the_form_says_which_days_are_closed(depot: World) -> None:
    page = text(signed_in(depot, "ann"), "/a/depot/receipt/new")
    assert "2026-01-10" in page


def test_nothing_is_asked_where_nothing_is_posted(depot: World) -> None:
    asked: list[str] = []
    with depot.reading(person(depot)) as ctx:

        def note(_c: Any, _x: Any, statement: str, *_: Any) -> None:
            asked.append(statement)

        event.listen(ctx.conn, "before_cursor_execute", note)
        goods, receipt = (ctx.app.package.entity(key) for key in ("goods", "receipt"))
        assert goods is not None
        assert receipt is not None
        assert closed_for(ctx, goods) is None
        assert asked == []
        assert closed_for(ctx, receipt) == date(2026, 1, 10)
        assert len(asked) == 1


def test_an_order_of_closed_days_goes_on_today(empty: World) -> None:
    """Its rest is given up after the month was closed: what it had reserved in the closed days stays, the change is of today."""
    empty.install(shop_nodes(), "shop")
    goods = empty.create("goods", {"code": "A", "name": "Apples"})["id"]
    order = empty.create("order", {"lines": [{"goods": goods, "quantity": "10"}]})
    line = order["lines"][0]["id"]
    empty.later(days=10)
    empty.send(ClosePeriod("shop", "open", "2026-01-10"))
    empty.update("order", empty.id(order), {"lines": [{"id": line, "quantity": "4"}]})
    assert booked(empty) == [(date(2026, 1, 5), 1000), (date(2026, 1, 15), -600)]
    empty.send(DeleteRecord("shop", "order", empty.id(order)))
    assert booked(empty)[2:] == [(date(2026, 1, 15), -400)]
    assert verify_all(empty.engine).findings == ()
    late = {"business_date": "2026-01-05", "lines": [{"goods": goods, "quantity": "1"}]}
    with pytest.raises(RefusedError, match="PERIOD_CLOSED"):
        empty.create("order", late)


def booked(world: World) -> list[tuple[date, int]]:
    with world.engine.database.snapshot() as conn:
        rows = conn.execute(select(entry.c.business_date, entry.c.m1).order_by(entry.c.seq))
        return [(row.business_date, row.m1) for row in rows]
