"""A paper that a rule files says what everybody may read who may open it: the rule has the app's rights, its readers have their own."""

from __future__ import annotations

import re
from typing import Any

import pytest

from builder.app import create_app
from builder.commands import PressButton
from builder.record import Ref
from builder.runtime.contents import content_of
from builder.runtime.relay import Relay
from builder.storage import files
from tests.runtime import shop as made
from tests.runtime.offers import reaching
from tests.runtime.world import PASSWORD, WS, World

SECRET = re.compile(r"SECRET|987\.65")
TEMPLATE = (
    "<h1>{{ record.code }}</h1><p>{{ record.remark }} {{ record.total }} {{ record.item.name }} {{ record.item.code }}</p>"
    "{% for line in record.lines %}<i>{{ line.what }} {{ line.amount }}</i>{% endfor %}"
)


def role(key: str, **more: Any) -> dict[str, Any]:
    """A role that reads offers."""
    grant = {"uid": f"role.{key}.offer", "entity": "offer", "may": ["read", "update", "print"], **more}
    return {"uid": f"role.{key}", "key": key, "label": key, "grants": [grant]}


@pytest.fixture
def offers(empty: World) -> World:
    """Clerks see no totals, lines' amounts or remarks; the shelf's goods are nobody's but the boss's; papers in the field are the buyer's."""
    nodes = reaching()
    nodes["print", "sheet"] = {**nodes["print", "sheet"], "template": TEMPLATE}
    offer = nodes["entity", "offer"]
    item = made._field("offer", "item", "reference", entity="goods")
    nodes["entity", "offer"] = {**offer, "fields": [item, *offer["fields"]]}
    boss = nodes["roles", "roles"]["roles"][0]
    nodes["roles", "roles"] = {
        "roles": [
            boss,
            role("clerk", hidden=["remark", "total", "lines.amount", "papers"]),
            role("buyer", hidden=["remark"]),
        ]
    }
    empty.install(nodes, "shop")
    return empty


def printed(world: World) -> tuple[int, str, str]:
    """An offer whose sheet was hung on it and put into its field: the offer, and what each says."""
    goods = world.create("goods", {"code": "SECRET-2", "name": "SECRET-3"})["id"]
    lines = [{"what": "Rice", "quantity": "1", "price": "987.65"}]
    id = world.id(world.create("offer", {"code": "O1", "remark": "SECRET-1", "item": goods, "lines": lines}))
    world.send(PressButton("shop", "offer", id, "print"))
    assert [d.error for d in Relay(world.engine).drain() if d.kind == "rule"] == [""] * 2
    with world.reading() as ctx:
        (record,) = ctx.reader.get("offer", [id]).values()
        hung = files.of(ctx.conn, ctx.app.maps, ctx.ws, Ref("offer", id))
        papers = record.values["papers"]
        assert isinstance(papers, tuple)
        held = files.get(ctx.conn, ctx.ws, papers)
    in_field = set(held)
    (on_record,) = (row for row in hung if row.file_id not in in_field)
    said = [content_of(world.engine, WS, row).decode() for row in (on_record, *held.values())]
    return id, said[0], said[1]


def test_what_hangs_on_a_record_says_what_all_of_its_readers_may_read(offers: World) -> None:
    _, on_record, _ = printed(offers)
    assert "<h1>O1</h1>" in on_record
    assert "Rice" in on_record
    assert not SECRET.search(on_record)


def test_what_stands_in_a_field_says_what_the_readers_of_that_field_may_read(offers: World) -> None:
    """The clerk does not see the papers, and the buyer sees amounts."""
    _, _, in_field = printed(offers)
    assert "987.65" in in_field
    assert "SECRET" not in in_field


def test_nobody_gets_by_a_paper_what_their_role_hides(offers: World) -> None:
    id, _, _ = printed(offers)
    offers.person("ann", "clerk")
    client = create_app(offers.engine).test_client()
    token = client.post("/api/v1/session", json={"login": "ann", "password": PASSWORD}).get_json()["token"]
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    address = f"/api/v1/apps/shop/offer/{offers.engine.database.show(id)}"
    for file in client.get(f"{address}/files").get_json()["items"]:
        for path in (f"{address}/files/{file['id']}", f"/api/v1/apps/shop/files/{file['id']}"):
            assert not SECRET.search(client.get(path).get_data(as_text=True))
    assert not SECRET.search(client.get(f"{address}/history").get_data(as_text=True))
    assert not SECRET.search(
        client.get(f"/a/shop/offer/{address.rsplit('/', 1)[1]}/print/sheet").get_data(as_text=True)
    )


def test_without_roles_that_see_less_everything_is_printed(offers: World) -> None:
    from builder.commands import Publish, SaveDraft

    with offers.reading() as ctx:
        boss = next(r for r in ctx.app.package.roles if r.key == "boss")
    body = {
        "roles": [
            {"uid": boss.uid, "key": "boss", "label": "Boss", "all_entities": True, "app": list(boss.app)}
        ]
    }
    offers.send(SaveDraft("shop", "roles", "roles", body))
    offers.send(Publish("shop"))
    _, on_record, _ = printed(offers)
    assert {"SECRET-1", "987.65", "SECRET-3"} <= set(re.findall(r"SECRET-\d|987\.65", on_record))
