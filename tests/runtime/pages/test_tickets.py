"""The pages of tickets: what is listed, what may be done, what the record and the menu show."""

from __future__ import annotations

import pytest

from builder.commands import ActOnTicket, OpenTicket
from builder.runtime.relay import Relay
from tests.runtime.pages.test_runs import signed_in, text
from tests.runtime.shop import shop_nodes
from tests.runtime.world import WS, World


@pytest.fixture
def office(empty: World) -> World:
    empty.install(shop_nodes(), "shop")
    empty.person("boss", "boss", admin=True)
    return empty


def opened(world: World, **more: object) -> tuple[int, int]:
    """A ticket of the clerk's on an order."""
    clerk = world.person("clerk", "clerk")
    order = world.id(world.create("order", {"remark": "x"}, actor=clerk))
    command = OpenTicket("shop", "Call <them>", "order", order, "exception", due_hours=2, **more)  # type: ignore[arg-type]
    return order, world.id(world.send(command, actor=clerk))


def test_ones_own_are_listed_with_what_may_be_done(office: World) -> None:
    opened(office, body="They asked twice")
    client = signed_in(office, login="clerk")
    said = text(client, "/tickets")
    assert "Call <them>" in said
    assert "They asked twice" in said
    assert all(word in said for word in ("Exception", "Owner Clerk", "Close", "Hand over", "Write"))
    assert "Late" not in said
    office.later(hours=3)
    assert "Overdue" in text(client, "/tickets?list=overdue")
    assert "Call <them>" in text(client, "/tickets?list=overdue&q=call")
    assert "Nothing matches" in text(client, "/tickets?list=overdue&q=write+them")


def test_whoever_only_sees_the_record_may_only_write(office: World) -> None:
    _, id = opened(office)
    office.person("other", "clerk")
    said = text(signed_in(office, login="other"), "/tickets?list=all")
    assert "Call <them>" in said
    assert "Hand over" not in said
    assert "Write" in said
    assert "Call" in text(signed_in(office, login="other"), f"/tickets/{office.engine.database.show(id)}")


def test_a_stranger_sees_none(office: World) -> None:
    _, id = opened(office)
    office.person("stranger")
    client = signed_in(office, login="stranger")
    assert "Call" not in text(client, "/tickets?list=all")
    assert client.get(f"/tickets/{office.engine.database.show(id)}").status_code == 404


def test_a_closed_one_says_what_came_of_it_and_what_happened(office: World) -> None:
    _, id = opened(office)
    with office.reading() as ctx:
        clerk = ctx.directory.by_login("clerk")
    assert clerk is not None
    office.send(ActOnTicket(id, "comment", "no answer yet"))
    office.send(ActOnTicket(id, "close", "called"))
    said = text(signed_in(office, "zh-CN", "clerk"), f"/tickets/{office.engine.database.show(id)}")
    assert all(word in said for word in ("called", "no answer yet", "已关闭", "重新打开", "处理过程"))
    assert "called" in text(signed_in(office, login="clerk"), "/tickets?state=closed&list=mine")


def test_the_record_shows_its_tickets_and_the_menu_counts_ones_own(office: World) -> None:
    order, _ = opened(office)
    client = signed_in(office, login="clerk")
    said = text(client, f"/a/shop/order/{office.engine.database.show(order)}")
    assert "Tickets" in said
    assert "Call <them>" in said
    assert "Open a ticket" in said
    page = client.get("/tickets").get_data(as_text=True)
    assert 'href="/tickets"' in page


def test_a_notice_of_a_ticket_leads_to_the_ticket(office: World) -> None:
    """Also where the ticket is about no record: then there would be nowhere to go."""
    clerk = office.person("clerk", "clerk")
    id = office.id(office.send(OpenTicket("shop", "Ask the bank", owner=clerk.user_id)))
    Relay(office.engine, WS).drain()
    client, place = signed_in(office, login="clerk"), f"/tickets/{office.engine.database.show(id)}"
    assert f'href="{place}"' in client.get("/inbox").get_data(as_text=True)
    assert "Ask the bank" in text(client, place)
    told = client.get("/api/v1/notifications").get_json()["items"]
    assert [one["link"] for one in told] == [{"app": "shop", "ticket": office.engine.database.show(id)}]


def test_a_ticket_about_a_balance_leads_to_why_it_is_so(office: World) -> None:
    goods = office.id(office.create("goods", {"code": "R", "name": "Rice", "price": "2.50"}))
    source = {"ledger": "stock", "keys": {"goods": goods, "on_hand": "4"}}
    id = office.id(office.send(OpenTicket("shop", "Short of rice", source=source)))
    show = office.engine.database.show
    said = signed_in(office, login="boss").get(f"/tickets/{show(id)}").get_data(as_text=True)
    assert f"/a/shop/ledgers/stock/why?d.goods={show(goods)}" in said
