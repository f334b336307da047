"""What a form says of a record before it is entered: no yes and no no about what nobody has said."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.runtime.pages.test_admin import signed_in
from tests.runtime.shop import shop_nodes
from tests.runtime.world import open_world


def test_a_judgement_waits_for_what_must_be_entered(tmp_path: Path) -> None:
    world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    nodes = shop_nodes()
    goods = nodes["entity", "goods"]
    heavy = {"uid": "goods.heavy", "key": "heavy", "type": "boolean", "label": "Heavy"}
    dear = {"uid": "goods.dear", "key": "dear", "type": "boolean", "label": "Dear"}
    judged = [{**heavy, "formula": "LEN(name) > 9 and weight > 5"}, {**dear, "formula": "price > 100"}]
    nodes["entity", "goods"] = {**goods, "fields": [*goods["fields"], *judged]}
    world.install(nodes, "shop")
    world.person("anna", admin=True)
    page = signed_in(world, "anna").get("/a/shop/goods/new").get_data(as_text=True)
    sent = re.search(r'<zg-form[^>]*><script type="application/json">(.*?)</script>', page, re.DOTALL)
    assert sent is not None
    fields = {field["key"]: field for field in json.loads(sent[1])["fields"]}
    # The name must be entered, the weight need not; the price neither.
    assert fields["heavy"]["waitsFor"] == ["name"]
    assert "waitsFor" not in fields["dear"]
    world.engine.database.close()


def test_a_no_that_the_record_says_of_itself_is_no_while_it_is_changed(tmp_path: Path) -> None:
    """Of a balance nobody has typed anything: what the server says stands there, and not that there is something."""
    world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    nodes = shop_nodes()
    goods = nodes["entity", "goods"]
    dear = {"uid": "goods.dear", "key": "dear", "type": "boolean", "label": "Dear", "formula": "price > 100"}
    nodes["entity", "goods"] = {**goods, "fields": [*goods["fields"], dear]}
    world.install(nodes, "shop")
    world.person("anna", admin=True)
    made = world.create("goods", {"code": "R1", "name": "Rice", "price": "40"})
    address = f"/a/shop/goods/{made['id']}/edit"
    page = signed_in(world, "anna").get(address).get_data(as_text=True)
    told = re.search(r'<output[^>]*id="f-dear"[^>]*>(.*?)</output>', page)
    assert told is not None
    assert told[1] in {"No", "否"}
    world.engine.database.close()
