"""The pages of health and imports, as a person with a browser meets them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from builder.app import create_app
from builder.runtime import jobs
from builder.runtime.relay import Relay
from tests.runtime.shop import shop_nodes
from tests.runtime.world import PASSWORD, WS, World, open_world

CSV = "Code,Name,Price,Colour\nA,Rice,2.50,red\nB,Oil,x,blue\n"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[World]:
    world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    nodes = shop_nodes()
    nodes["health", "twins"] = {
        "uid": "health.twins", "key": "twins", "label": "Twins", "help": "Equal names", "kind": "duplicates",
        "entity": "goods", "fields": ["name"],
    }  # fmt: skip
    world.install(nodes, "shop")
    yield world
    world.engine.database.close()


@pytest.fixture
def client(shop: World) -> FlaskClient:
    shop.person("boss", "boss", admin=True)
    made = create_app(shop.engine).test_client()
    page = made.get("/sign-in?lang=en").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    answer = made.post("/sign-in", data={"login": "boss", "password": PASSWORD, "csrf_token": token[1]})
    assert answer.status_code == 302
    return made


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def post(client: FlaskClient, path: str, **data: Any) -> Any:
    token = re.search(r'<meta name="csrf" content="([^"]+)"', page(client, "/a/shop/import"))
    assert token is not None
    return client.post(path, data={**data, "csrf_token": token[1]}, content_type="multipart/form-data")


def test_health_shows_what_was_found_with_its_records(client: FlaskClient, shop: World) -> None:
    assert "Twins" in page(client, "/a/shop/health")
    ids = [shop.create("goods", {"code": code, "name": "Rice"})["id"] for code in ("A", "B")]
    text = page(client, "/a/shop/health")
    assert "Rice = Rice" in text
    assert all(f"/a/shop/goods/{id}" in text for id in ids)
    assert f'href="/a/shop/goods/merge?ids={ids[0]},{ids[1]}"' in text


def test_a_file_is_looked_at_corrected_imported_and_taken_back(client: FlaskClient, shop: World) -> None:
    text = post(
        client, "/a/shop/import", entity="goods", file=(io.BytesIO(CSV.encode()), "goods.csv")
    ).get_data(as_text=True)
    token = re.search(r'name="held" value="([^"]+)"', text)
    assert token is not None
    assert "Price" in text
    assert 'role="alert"' in text
    again = post(client, "/a/shop/import", entity="goods", held=token[1], c0="code", c1="name", c2="", c3="")
    assert 'role="alert"' not in again.get_data(as_text=True)
    done = post(
        client, "/a/shop/import/start", entity="goods", held=token[1], c0="code", c1="name", c2="", c3=""
    )
    assert done.status_code == 302
    while jobs.run_step(shop.engine):
        pass
    text = page(client, "/a/shop/import")
    undo = re.search(r'action="(/a/shop/import/\w+/undo)"', text)
    assert undo is not None
    assert "goods.csv" in text
    with shop.reading() as ctx:
        assert sorted(str(r.values["code"]) for r in ctx.reader.find("goods")) == ["A", "B"]
    assert post(client, undo[1]).status_code == 302
    while jobs.run_step(shop.engine):
        pass
    with shop.reading() as ctx:
        assert ctx.reader.find("goods") == ()


def test_what_is_wrong_with_a_file_is_said_on_the_page(client: FlaskClient) -> None:
    answer = post(client, "/a/shop/import", entity="goods", file=(io.BytesIO(b"\xd0\xcf\x11\xe0"), "old.xls"))
    assert answer.status_code == 200
    assert 'role="alert"' in answer.get_data(as_text=True)


def test_another_s_file_does_not_exist(client: FlaskClient, shop: World) -> None:
    assert post(client, "/a/shop/import/start", entity="goods", held="nothing").status_code == 404
    assert client.post("/a/shop/import/start", data={}).status_code == 403


def test_the_bell_counts_what_was_not_read(client: FlaskClient, shop: World) -> None:
    show = shop.engine.database.show
    item = show(shop.id(shop.create("goods", {"code": "A", "name": "Rice", "price": "600.00"})))
    made = shop.create("order", {"lines": [{"goods": item, "quantity": "2"}]}, submit=True)
    Relay(shop.engine, WS).drain()
    text = page(client, "/inbox")
    assert made["number"] in text
    assert f"/a/shop/order/{made['id']}" in text
    assert '<span class="bubble" aria-hidden="true" data-live="unread">1</span>' in text
