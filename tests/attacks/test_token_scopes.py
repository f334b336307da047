"""What a token may reach is said in words that are understood, or no token is made; and it hears of nothing beyond."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from builder.changes import Message
from builder.commands import GrantRole, OpenTicket
from builder.runtime import jobs
from builder.runtime.relay import Relay
from builder.storage import outbox
from tests.attacks.test_tokens import program
from tests.runtime.office import Office, open_office
from tests.runtime.shop import Nodes, shop_nodes
from tests.runtime.world import WS, World, open_world

SECOND = "CANARY-SECOND"
API = "/api/v1"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The office, beside a second app of which Eva is a boss: something was told, asked and begun in each."""
    folder = tmp_path_factory.mktemp("scopes")
    world = open_world(f"sqlite:///{folder}/zhanggui.db", folder)
    try:
        made = open_office(world)
        world.install(second_nodes(), "second")
        world.send(GrantRole("second", made.eva.user_id, "boss"))
        for app in ("second", "shop"):
            fill(made, app)
        world.app = "shop"
        yield made
    finally:
        world.engine.database.close()


def second_nodes() -> Nodes:
    """The shop again; its uids may be the same, for they are the app's own."""
    nodes = shop_nodes()
    nodes["app", "app"] = {**nodes["app", "app"], "key": "second"}
    return nodes


def fill(office: Office, app: str) -> None:
    world, title = office.world, SECOND if app == "second" else "first"
    world.app = app
    world.person(f"boss.{app}", "boss")
    world.send(OpenTicket(app, title, owner=office.eva.user_id))
    goods = world.create("goods", {"code": title, "name": title, "price": "900"})
    lines = [{"goods": goods["id"], "quantity": "2"}]
    world.create("order", {"lines": lines, "remark": title}, submit=True)
    tell(world, office.eva.user_id, title, world.id(goods))
    jobs.start(world.engine, office.eva, "replay", {"app": app, "ledger": "stock"})


def tell(world: World, user: int, title: str, goods: int) -> None:
    about = {"app": world.app, "entity": "goods", "record_id": goods}
    body = {"user_id": user, "title": title, "body": "", **about}
    with world.engine.database.write() as conn:
        new_id = world.engine.database.new_id
        outbox.append(conn, WS, [Message("notification", body)], cmd=1, now=world.clock.now(), new_id=new_id)
    Relay(world.engine, WS).drain()


def codes(office: Office, *scope: str, login: str = "eva") -> list[tuple[str, str]]:
    answer = office.client(login).post(f"{API}/tokens", json={"name": "x", "scope": list(scope)})
    assert answer.status_code == 422, answer.text
    return [(e["code"], e["path"]) for e in answer.get_json()["errors"]]


@pytest.mark.parametrize(
    "word", ["shop", "shop:", "shop:READ", "shop:delete", ":read", "nothing:read", "shop.goods:read", "", "*"]
)
def test_a_scope_that_opens_nothing_makes_no_token(office: Office, word: str) -> None:
    assert codes(office, "shop:read", word) == [("TOKEN_SCOPE", "/scope/1")]
    assert office.client("eva").get(f"{API}/tokens").get_json()["items"] == []


def test_nobody_learns_from_a_scope_which_apps_there_are(office: Office) -> None:
    assert codes(office, "second:read", login="wes") == codes(office, "nothing:read", login="wes")


@pytest.mark.parametrize(
    ("word", "meant"), [("read", "*:read"), ("write", "*:write"), (" shop:read ", "shop:read")]
)
def test_read_alone_means_every_app(office: Office, word: str, meant: str) -> None:
    client = program(office, "wes", word)
    assert client.get(f"{API}/apps/shop/goods").status_code == 200
    writes = client.patch(f"{API}/apps/shop/goods/{office.show('west')}", json={"name": "x"}).status_code
    assert writes == (200 if "write" in word else 403)
    listed = office.client("wes").get(f"{API}/tokens").get_json()["items"]
    assert [meant] in [one["scope"] for one in listed]


def heard(client: Any) -> str:
    """Everything that is told across apps."""
    paths = (
        "/apps",
        "/tasks",
        "/tasks?list=started",
        "/tickets",
        "/notifications",
        "/jobs",
        "/events?since=0.-.0",
    )
    return "".join(client.get(API + path).text for path in paths)


def test_a_token_hears_of_its_apps_alone(office: Office) -> None:
    everything = office.client("eva")
    assert SECOND in heard(everything)
    assert everything.get(f"{API}/notifications").get_json()["unread"] >= 2
    shop = program(office, "eva", "shop:read")
    assert SECOND not in heard(shop)
    assert '"app":"second"' not in heard(shop)
    told = shop.get(f"{API}/notifications").get_json()
    assert {one["link"]["app"] for one in told["items"]} == {"shop"}
    assert told["unread"] == len(told["items"]) == shop.get(f"{API}/events").get_json()["unread"]
    both = program(office, "eva", "shop:read", "second:read")
    assert SECOND in heard(both)


def test_a_tokens_jobs_are_those_of_its_apps(office: Office) -> None:
    ids = [one["id"] for one in office.client("eva").get(f"{API}/jobs").get_json()["items"]]
    assert len(ids) == 2
    shop = program(office, "eva", "shop:read")
    assert len(shop.get(f"{API}/jobs").get_json()["items"]) == 1
    assert sorted(shop.get(f"{API}/jobs/{id}").status_code for id in ids) == [200, 404]


def test_a_reading_token_marks_nothing_as_read(office: Office) -> None:
    reading = program(office, "eva", "*:read")
    before = reading.get(f"{API}/notifications").get_json()["unread"]
    assert reading.post(f"{API}/notifications/read").status_code == 403
    assert reading.get(f"{API}/notifications").get_json()["unread"] == before
