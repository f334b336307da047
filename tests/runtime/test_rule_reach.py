"""What rules reach: lines with their document's totals, approvals, printed files, messages from outside. On both databases."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from werkzeug.test import TestResponse

from builder.app import create_app
from builder.commands import PressButton, SaveConnection
from builder.connectors.signing import signed
from builder.errors import InvalidError
from builder.record import Record, Ref
from builder.runtime.contents import content_of
from builder.runtime.relay import Relay
from builder.storage import files
from tests.runtime.offers import reaching
from tests.runtime.world import WS, World

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PLACE = "https://bank.example"


@pytest.fixture
def world(empty: World) -> World:
    settings = replace(empty.engine.settings, egress_allow=PLACE)
    opened = replace(empty, engine=replace(empty.engine, settings=settings))
    opened.install(reaching(), "shop")
    opened.actor = opened.person("boss", "boss")
    return opened


def offer(world: World, *lines: tuple[str, str, str], **values: Any) -> int:
    rows = [{"what": what, "quantity": quantity, "price": price} for what, quantity, price in lines]
    return world.id(world.create("offer", {"code": "O1", "lines": rows, **values}))


def read(world: World, id: int) -> Record:
    with world.reading() as ctx:
        return ctx.reader.get("offer", [id])[id]


def notes(world: World) -> list[str]:
    with world.reading() as ctx:
        return sorted(str(r.get("text")) for r in ctx.reader.find("note"))


def drained(world: World) -> list[str]:
    return [d.error for d in Relay(world.engine, WS).drain() if d.error]


def tell(world: World, body: Mapping[str, Any], id: str = "m1") -> TestResponse:
    data = json.dumps(body).encode()
    headers = signed(SECRET, id, int(world.clock.now().timestamp()), data)
    client = create_app(world.engine).test_client()
    return client.post("/hooks/shop/bank", data=data, headers=headers, content_type="application/json")


def test_lines_wake_rules_whatever_brings_them(world: World) -> None:
    id = offer(world, ("a", "0.50", "10"), ("b", "2", "10"))
    record = read(world, id)
    assert [line.get("quantity") for line in record.lines["lines"]] == [Decimal("1.00"), Decimal("2.00")]
    assert record.get("total") == Decimal("30.00")
    first, second = record.lines["lines"]
    rows = [
        {"id": first.id, "quantity": "3"},
        {"id": second.id},
        {"what": "c", "quantity": "5", "price": "1"},
    ]
    world.update("offer", id, {"lines": rows})
    assert drained(world) == []
    assert notes(world) == ["+aO1", "+bO1", "+cO1", "later a", "later b", "later c", "~a"]


def test_a_line_that_must_stay_is_not_removed(world: World) -> None:
    id = offer(world, ("keep", "1", "10"))
    with pytest.raises(InvalidError) as refused:
        world.update("offer", id, {"lines": []})
    assert [p.code for p in refused.value.problems] == ["RULE_REFUSED"]
    assert len(read(world, id).lines["lines"]) == 1


def test_what_rules_do_to_lines_counts_in_the_totals_of_their_document(world: World) -> None:
    id = offer(world, ("a", "1", "100"), ("b", "1", "60"))
    version = read(world, id).version
    world.send(PressButton("shop", "offer", id, "halve"))
    record = read(world, id)
    assert [(line.get("what"), line.get("price")) for line in record.lines["lines"]] == [
        ("O1", Decimal("50.00")),
        ("O1", Decimal("30.00")),
    ]
    assert record.get("total") == Decimal("80.00")
    assert record.version == version + 1
    world.send(PressButton("shop", "offer", id, "halve"))
    assert "cheap" in notes(world)


def test_an_approval_starts_once_and_only_where_it_is_possible(world: World) -> None:
    id = offer(world, ("a", "1", "10"))
    with world.reading() as ctx:
        assert not ctx.reader.running_approvals(Ref("offer", id))
    for _ in range(2):
        world.send(PressButton("shop", "offer", id, "ask"))
    with world.reading() as ctx:
        ((approval, tasks),) = ctx.reader.running_approvals(Ref("offer", id))
    assert (approval.transition, [t.status for t in tasks]) == ("approve", ["open"])
    other = offer(world, ("a", "1", "10"))
    world.fire("offer", other, "approve")
    with pytest.raises(InvalidError) as refused:
        world.send(PressButton("shop", "offer", other, "ask"))
    assert [p.code for p in refused.value.problems] == ["APPROVAL_NOT_HERE"]


def test_a_print_becomes_a_file_of_the_record_and_the_oldest_makes_room(world: World) -> None:
    id = offer(world, ("a", "1", "10"))
    for _ in range(3):
        world.send(PressButton("shop", "offer", id, "print"))
        assert drained(world) == []
        world.later(seconds=1)
    papers = read(world, id).get("papers")
    assert isinstance(papers, tuple)
    assert len(papers) == 2
    with world.reading() as ctx:
        hung = files.of(ctx.conn, ctx.app.maps, ctx.ws, Ref("offer", id))
        held = files.get(ctx.conn, ctx.ws, papers)
    assert len(hung) == 3
    assert {row.record_id for row in held.values()} == {id}
    page = content_of(world.engine, WS, hung[0]).decode()
    assert hung[0].name.startswith("Sheet O1")
    assert "<h1>O1</h1>" in page
    assert "10.00" in page


def test_a_message_from_outside_wakes_a_rule_for_the_records_that_it_means_once(world: World) -> None:
    world.send(SaveConnection("shop", "bank", PLACE, True, {"signing": SECRET}))
    mine = offer(world, ("a", "1", "10"))
    other = world.id(world.create("offer", {"code": "O2"}))
    body = {"offer": {"code": "O1"}, "text": "paid", "sum": 12.5}
    for _ in range(3):
        answer = tell(world, body)
        assert (answer.status_code, answer.get_json()) == (200, {"woken": 1})
    assert drained(world) == []
    assert (read(world, mine).get("remark"), read(world, mine).get("sum")) == ("paid", Decimal("12.50"))
    assert read(world, other).get("remark") is None
    assert tell(world, {"offer": {"code": "nobody"}}, "m2").get_json() == {"woken": 0}
