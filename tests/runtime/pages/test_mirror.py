"""The pages of the process mirror and of the board: what they say, to whom, and what is drawn."""

from __future__ import annotations

import re

import pytest

from builder.commands import DrawProcess, FireTransition
from builder.runtime.pages.work.map import Box, Lane, Way, draw
from tests.runtime.pages.test_runs import post, signed_in, text
from tests.runtime.shop import shop_nodes
from tests.runtime.world import World


@pytest.fixture
def office(empty: World) -> World:
    empty.install(shop_nodes(), "shop")
    empty.person("boss", "boss", admin=True)
    order = empty.id(empty.create("order", {"remark": "x"}))
    empty.create("order", {"remark": "y"})
    empty.later(hours=2)
    empty.send(FireTransition("shop", "order", order, "submit"))
    empty.later(days=3)
    return empty


def test_the_mirror_says_how_it_went_in_both_languages(office: World) -> None:
    said = text(signed_in(office), "/a/shop/mirror")
    assert all(
        word in said
        for word in ("As it is", "Where the time goes", "2 h", "Other than declared", "Stuck now")
    )
    assert not re.search(r"mirror\.|None|never_used", said)
    chinese = text(signed_in(office, "zh-CN"), "/a/shop/mirror?family=order&from=2026-01-01&to=2026-01-31")
    assert all(word in chinese for word in ("实际流程图", "时间花在哪里", "当前卡住"))


def test_figures_lead_to_the_documents(office: World) -> None:
    client = signed_in(office)
    page = client.get("/a/shop/mirror").get_data(as_text=True)
    found = re.search(r'href="(/a/shop/order\?filter=[^"]*draft[^"]*)"', page)
    assert found is not None
    assert client.get(found[1].replace("&amp;", "&")).status_code == 200


def test_days_without_anything_say_so(office: World) -> None:
    assert "Nothing moved" in text(signed_in(office), "/a/shop/mirror?from=2025-01-01&to=2025-01-02")
    assert "As it is" in text(signed_in(office), "/a/shop/mirror?from=nonsense")


def test_a_map_is_drawn_and_compared(office: World) -> None:
    client = signed_in(office)
    rows = {
        "label": ["Write on paper", ""],
        "who": ["Ann", ""],
        "means": ["paper", "mail"],
        "minutes": ["10", ""],
    }
    answer = post(client, "/a/shop/mirror/drawn", family="order", by=["order.submit", ""], **rows)
    assert answer.status_code == 302
    said = text(client, "/a/shop/mirror?family=order&said=process_drawn")
    assert all(word in said for word in ("The map is kept", "Write on paper", "10 / 10", "Minutes saved"))
    rows["minutes"] = ["many", ""]
    wrong = post(client, "/a/shop/mirror/drawn", family="order", by=["", ""], **rows)
    assert wrong.status_code == 422
    assert "whole number" in wrong.get_data(as_text=True)


def test_who_may_not_keep_the_app_does_not_draw(office: World) -> None:
    office.person("clerk", "clerk")
    office.send(DrawProcess("shop", "order", ({"label": "Call", "means": "phone"},)))
    client = signed_in(office, login="clerk")
    assert client.get("/a/shop/mirror/drawn").status_code == 403


def test_the_board_shows_steps_with_their_documents(office: World) -> None:
    said = text(signed_in(office), "/a/shop/board")
    assert all(word in said for word in ("Board across departments", "Oldest", "3"))
    assert "跨部门看板" in text(signed_in(office, "zh-CN"), "/a/shop/board?family=order")


def test_a_stranger_sees_neither(office: World) -> None:
    office.person("stranger")
    client = signed_in(office, login="stranger")
    assert {client.get(f"/a/shop/{page}").status_code for page in ("mirror", "board")} == {404}


def test_boxes_stand_in_lanes_and_ways_go_over_and_under_them() -> None:
    boxes = tuple(Box(("order", key), key) for key in ("a", "b", "c"))
    ways = [
        Way(("order", one), ("order", other), "1")
        for one, other in (("a", "b"), ("a", "c"), ("c", "a"), ("b", "b"), ("x", "a"))
    ]
    found = draw(
        [Lane("order", "Order", boxes), Lane("note", "Note", (Box(("note", "a"), "a"),))],
        ways,
        {("order", "note"): 4},
    )
    assert len(found.lines) == 5
    assert [box.x for box in found.boxes][:3] == sorted(box.x for box in found.boxes[:3])
    assert found.boxes[3].y > found.boxes[0].y
    assert found.height > found.boxes[3].y
