"""An address that names a record out of sight brings nothing of it into a page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from builder.app import create_app
from tests.runtime import shop
from tests.runtime.office import CANARY, office_nodes
from tests.runtime.world import PASSWORD, World, open_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The office, where receipts have favourite goods too."""
    folder = tmp_path_factory.mktemp("sight")
    made = open_world(f"sqlite:///{folder}/zhanggui.db", folder)
    nodes = office_nodes()
    receipt = nodes["entity", "receipt"]
    favourite = shop._field("receipt", "favourite", "reference", entity="goods")
    nodes["entity", "receipt"] = {**receipt, "fields": [favourite, *receipt["fields"]]}
    made.install(nodes, "shop")
    made.person("eva", "east")
    try:
        yield made
    finally:
        made.engine.database.close()


@pytest.mark.parametrize(("branch", "is_shown"), [("west", False), ("east", True)])
def test_a_form_is_not_filled_with_what_is_out_of_sight(world: World, branch: str, is_shown: bool) -> None:
    name = f"{CANARY}-{branch}"
    goods = world.create("goods", {"code": name, "name": name, "branch": branch})["id"]
    client = create_app(world.engine).test_client()
    token = client.post("/api/v1/session", json={"login": "eva", "password": PASSWORD}).get_json()["token"]
    page = client.get(
        f"/a/shop/receipt/new?favourite={goods}",
        headers={"Authorization": f"Bearer {token}", "Accept": "text/html"},
    )
    assert page.status_code == 200
    assert (name in page.get_data(as_text=True)) is is_shown
