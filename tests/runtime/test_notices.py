"""Notices: in the language of whoever reads them; and those whom a comment mentions are told once, if they may see the record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from builder.app import create_app
from builder.commands import AddComment, ChangeProfile, GrantRole, SaveOrgUnit
from builder.runtime import auth
from builder.runtime.mailing import messages
from builder.runtime.mentions import named_in
from builder.runtime.notices import body_of_notice, title_of_notice
from builder.runtime.relay import Relay
from builder.storage import comments, notifications
from builder.storage.accounts import UserRow
from tests.runtime.shop import shop_nodes
from tests.runtime.world import PASSWORD, START, WS, World

Nodes = dict[tuple[str, str], Mapping[str, Any]]


def with_comments() -> Nodes:
    nodes = shop_nodes()
    for key in ("goods", "order"):
        nodes["entity", key] = {**nodes["entity", key], "comments": True}
    return nodes


@pytest.fixture
def shop(empty: World) -> World:
    empty.install(with_comments(), "shop")
    return empty


def told(world: World, user_id: int, locale: str = "en") -> list[str]:
    Relay(world.engine, WS).drain()
    with world.engine.database.snapshot() as conn:
        rows = notifications.of(conn, WS, user_id)
    return [title_of_notice(row, messages(), locale) for row in rows]


def test_a_notice_is_read_in_the_reader_s_language(shop: World) -> None:
    boss = shop.person("boss", "boss")
    item = shop.create("goods", {"code": "A", "name": "Rice", "price": "600.00"})["id"]
    number = shop.create("order", {"lines": [{"goods": item, "quantity": "2"}]}, submit=True)["number"]
    (chinese,), (english,) = told(shop, boss.user_id, "zh-CN"), told(shop, boss.user_id, "en")
    assert number in chinese
    assert number in english
    assert chinese != english
    assert english.isascii()
    # The page and the API follow the person, though it was told before they changed their language.
    client = create_app(shop.engine).test_client()
    session = auth.sign_in(shop.engine, WS, "boss", PASSWORD).token
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {session}"
    (before,) = client.get("/api/v1/notifications").get_json()["items"]
    assert before["title"] == chinese
    assert "words" not in before["link"]
    shop.send(ChangeProfile("Boss", "", "en"), actor=boss)
    (after,) = client.get("/api/v1/notifications").get_json()["items"]
    assert after["title"] == english


def test_words_of_a_rule_are_kept_in_every_language_and_old_rows_stay_as_they_were(shop: World) -> None:
    row: dict[str, Any] = {"user_id": 5, "kind": "rule", "title": "低库存", "body": "请补货", "at": START}
    words = {
        "title": {"zh-CN": "低库存", "en": "Stock is low"},
        "body": {"zh-CN": "请补货", "en": "Order more"},
    }
    link = {"app": "shop", "entity": "goods", "id": 7}
    with shop.engine.database.write() as conn:
        notifications.add(conn, WS, notification_id=1, link=link, **row)
        notifications.add(conn, WS, notification_id=2, link=link, words=words, **row)
        notifications.add(conn, WS, notification_id=3, link=None, words=words, **row)
    with shop.engine.database.snapshot() as conn:
        third, second, first = notifications.of(conn, WS, 5)
    assert title_of_notice(first, messages(), "en") == "低库存"
    assert body_of_notice(first, "en") == "请补货"
    assert [title_of_notice(second, messages(), code) for code in ("zh-CN", "en")] == [
        "低库存",
        "Stock is low",
    ]
    assert body_of_notice(second, "en") == "Order more"
    assert (first.link, second.link, third.link) == (link, link, None)


def test_who_is_mentioned_is_told_once_if_they_may_see_the_record(shop: World) -> None:
    boss, stranger = shop.person("boss", "boss"), shop.person("outsider")
    author = shop.person("anna", "boss")
    id = shop.id(shop.create("goods", {"code": "A", "name": "Rice"}))
    text = "@boss @Boss look, @outsider too, and @anna is me; mail x@nobody.example"
    shop.send(AddComment("shop", "goods", id, text, (boss.user_id, stranger.user_id)), actor=author)
    assert told(shop, boss.user_id) == ["Anna mentioned you in a comment on Rice"]
    assert told(shop, boss.user_id, "zh-CN") == ["Anna 在 Rice 的评论中提到了您"]
    assert told(shop, stranger.user_id) == []
    assert told(shop, author.user_id) == []
    with shop.reading() as ctx:
        record = ctx.load("goods", id)
        (row,) = comments.of(ctx.conn, ctx.app.maps, ctx.ws, ctx.ref(record))
    assert row.mentions == (boss.user_id,)
    shop.send(AddComment("shop", "goods", id, "no sign: boss"), actor=author)
    assert len(told(shop, boss.user_id)) == 1


def person(id: int, login: str, name: str) -> UserRow:
    return UserRow(id, login, name, "", "", "en", "active", False, 0, 0, None)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@ann please", [1]),
        ("@anna please", [2]),
        ("@annabel please", []),
        ("＠王小明请看一下", [3]),
        ("请@王小看", [4]),
        ("@WANG.XM, @ann!", [3, 1]),
        ("ann", []),
        ("@", []),
    ],
)
def test_names_in_a_text(text: str, found: list[int]) -> None:
    people = [
        person(1, "ann", "Ann"),
        person(2, "anna", "Anna"),
        person(3, "wang.xm", "王小明"),
        person(4, "wang.x", "王小"),
    ]
    assert named_in(text, people) == found


def test_a_role_is_told_within_the_document_s_branch_and_above_and_nobody_else(empty: World) -> None:
    nodes = with_comments()
    for timing in ("now", "later"):
        nodes["rule", timing] = {
            **{"uid": f"rule.{timing}", "key": timing, "label": timing, "timing": timing},
            "when": {"kind": "record_created", "entity": "order"},
            "then": [
                {
                    **{"uid": f"rule.{timing}.1", "kind": "notify", "title": f"{timing} {{remark}}"},
                    "to": [{"role": "boss"}, {"owner": True}],
                }
            ],
        }
    empty.install(nodes, "shop")
    for key, parent in (("all", None), ("north", "all"), ("south", "all")):
        empty.send(SaveOrgUnit(key, key, parent=parent))
    people = {key: empty.person(key, org_unit=key) for key in ("all", "north", "south")}
    for key, person in people.items():
        empty.send(GrantRole("shop", person.user_id, "boss", key))
    clerk = empty.person("clerk", org_unit="north")
    empty.send(GrantRole("shop", clerk.user_id, "clerk", "north"))
    stranger = empty.person("stranger", "seller", org_unit="north")
    empty.create("order", {"remark": "R1", "lines": []}, actor=clerk)
    expected = {people["all"].user_id, people["north"].user_id, clerk.user_id}
    everybody = [*(p.user_id for p in people.values()), clerk.user_id, stranger.user_id]
    for user in everybody:
        mine = sorted(title for title in told(empty, user) if "R1" in title)
        assert mine == (["later R1", "now R1"] if user in expected else [])
