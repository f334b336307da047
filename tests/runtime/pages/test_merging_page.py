"""The merge page: chosen, looked at and confirmed by a person."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from builder.commands import DeleteRecord
from tests.runtime.pages.test_admin import signed_in
from tests.runtime.world import World


@pytest.fixture
def browser(shop: World) -> FlaskClient:
    shop.person("anna", admin=True)
    return signed_in(shop, "anna")


def test_a_person_merges_two_records(shop: World, browser: FlaskClient) -> None:
    ids = [shop.create("goods", {"code": c, "name": f"Goods {c}", "price": "2.50"})["id"] for c in ("A", "B")]
    shop.create("receipt", {"lines": [{"goods": ids[1], "quantity": "5"}]}, submit=True)
    page = "/a/shop/goods/merge"
    text = browser.get(f"{page}?ids={','.join(ids)}").get_data(as_text=True)
    assert "Goods B" in text
    assert "on_hand 5" in text
    hidden = dict(re.findall(r'name="(csrf_token|key)" value="([^"]+)"', text))
    sent = {**hidden, "ids": ",".join(ids), "keep": ids[0], "take": f"{ids[1]}:name"}
    done = browser.post(page, data=sent)
    assert (done.status_code, done.headers["Location"]) == (303, f"/a/shop/goods/{ids[0]}")
    id = shop.engine.database.read_id(ids[0])
    assert shop.balance("stock", "on_hand", id) == 5
    assert "Goods B" in browser.get(done.headers["Location"]).get_data(as_text=True)


def test_what_is_in_the_way_is_said(shop: World, browser: FlaskClient) -> None:
    ids = [shop.create("goods", {"code": c, "name": f"Goods {c}", "price": "2.50"})["id"] for c in ("A", "B")]
    list_text = browser.get("/a/shop/goods").get_data(as_text=True)
    assert "goods/merge" in list_text
    again = f"/a/shop/goods/merge?ids={','.join(ids)}"
    shop.send(DeleteRecord("shop", "goods", shop.engine.database.read_id(ids[0]) or 0))
    text = browser.get(again).get_data(as_text=True)
    assert ("archived" in text, '<button class="btn primary">' in text) == (True, False)
    assert browser.get(f"/a/shop/goods/merge?ids={ids[0]}").status_code == 404
