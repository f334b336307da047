"""What the engine promises about apps: installed, changed, opened to programs, side by side."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest

from builder.commands import Publish, SaveDraft
from builder.metadata.catalog import catalog, template_nodes
from builder.runtime.auth import sign_in
from builder.runtime.installing import Installer, template
from builder.runtime.verifying import verify_all
from tests.api.caller import Caller, good, refused
from tests.requirements.test_files import sheet
from tests.requirements.trade import APP, Trade
from tests.runtime.world import PASSWORD


@pytest.mark.requirement("R102")
def test_the_method_of_costing_is_locked_by_the_first_entry(trade: Trade) -> None:
    """Only a switch from a closed period on, which reworks the books on record, brings another one."""
    trade.received(trade.ids["item"], 10)
    path = f"{APP}/ledgers/stock/method"
    answer = trade.boss.post(path, {"to": "fifo", "reason": "x"})
    refused(answer, 422, "SWITCH_REFUSED")
    methods = {m["method"]: m["count"] for m in trade.boss.read(path)["methods"]}
    assert methods == {"moving_average": 1, "fifo": 0, "batch": 0}


@pytest.mark.requirement("R141")
def test_a_program_finds_a_document_and_works_with_a_key(trade: Trade) -> None:
    document = trade.boss.read(f"{APP}/openapi.json")
    assert f"{APP}/sales_order" in document["paths"]
    made = trade.boss.make("/tokens", {"name": "网店", "scope": ["general:read"]})
    program = Caller(trade.boss.app, made["token"])
    assert program.read(f"{APP}/item")["items"]
    refused(program.post(f"{APP}/unit", {"code": "X", "name": "X"}), 403)
    assert trade.boss.delete(f"/tokens/{made['prefix']}").status_code == 204
    refused(program.get(f"{APP}/item"), 401)


@pytest.mark.requirement("R190")
def test_what_is_in_one_app_is_not_in_the_one_beside_it(trade: Trade) -> None:
    world = trade.world
    Installer(world.engine, world.actor).install(
        template("general").package, "second", only=frozenset({"units", "item_categories"})
    )
    item = trade.item("ONLY-A")
    codes = [row["code"] for row in trade.boss.read("/apps/second/item")["items"]]
    assert "ONLY-A" not in codes
    refused(trade.boss.get(f"/apps/second/item/{item}"), 404)
    assert trade.boss.read("/apps/second/item", {"q": "ONLY-A"})["items"] == []


NAMES = {
    "general": "新版进销存系统(通用版)",
    "no_stock": "进销存系统(无库存版)",
    "food": "食品进销存",
    "discrete_mfg": "生产进销存(离散制造)",
    "standard": "新进销存(标准版)",
}


@pytest.mark.requirement("R191")
def test_the_catalog_has_exactly_five_templates_under_their_names(trade: Trade) -> None:
    assert set(catalog()) == set(NAMES)
    page = trade.boss.app.test_client().get(
        "/design/", headers={"Authorization": f"Bearer {trade.boss.token}"}
    )
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    for name in NAMES.values():
        assert name in text


@pytest.mark.requirement("R181")
def test_an_owner_of_the_app_designs_it_and_is_no_administrator(trade: Trade) -> None:
    trade.world.person("owner", "app_owner")
    owner = Caller(trade.boss.app, sign_in(trade.world.engine, 1, "owner", PASSWORD).token)
    good(owner.put(f"{APP}/settings/large_order", {"value": "60000.00"}))
    refused(owner.get("/users"), 403)
    refused(owner.post("/users", {"login": "x", "name": "X", "password": PASSWORD}), 403)


@pytest.mark.requirement("R154")
def test_a_new_field_is_in_form_list_import_print_and_api(trade: Trade) -> None:
    nodes = template_nodes("general")
    assert nodes is not None
    body: Any = copy.deepcopy(dict(nodes["entity", "item"]))
    body["fields"].append(
        {
            "uid": "item.origin",
            "key": "origin",
            "type": "text",
            "label": {"zh-CN": "产地", "en": "Origin"},
            "searchable": True,
        }
    )
    trade.world.send(SaveDraft("general", "entity", "item", body))
    trade.world.send(Publish("general"))
    item = trade.item("A", origin="黑龙江")
    assert trade.read("item", item)["origin"] == "黑龙江"
    document = str(trade.boss.read(f"{APP}/openapi.json"))
    assert "origin" in document
    header = sheet(trade.boss.get(f"{APP}/imports/item/template").get_data())[0]
    assert "产地" in header


@pytest.mark.requirement("R164")
def test_two_hundred_duplicates_become_one_to_the_cent_and_are_taken_apart(trade: Trade) -> None:
    pairs = [(trade.item(f"K{n}"), trade.item(f"A{n}")) for n in range(200)]
    body = {"supplier": trade.ids["supplier"], "warehouse": trade.ids["warehouse"]}
    lines = [
        line
        for n, pair in enumerate(pairs)
        for one in pair
        for line in trade.lines((one, 3 + n % 5), price=f"{10 + n % 7}.{n % 90:02}")
    ]
    made = trade.make("receipt", {**body, "lines": lines})
    trade.move("receipt", made["id"], "approve")

    def books() -> dict[str, tuple[str, str]]:
        rows = trade.boss.read(f"{APP}/ledgers/stock/balances", {"group": "item"})["items"]
        return {
            r["dimensions"]["item"]["id"]: (r["measures"]["on_hand"], r["measures"]["value"]) for r in rows
        }

    before = books()
    asked = {"pairs": [{"keep": keep, "away": away} for keep, away in pairs]}
    looked = good(trade.boss.post(f"{APP}/item/merge", {**asked, "dry_run": True}))
    assert len(looked["pairs"]) == 200
    assert books() == before
    done = good(trade.boss.post(f"{APP}/item/merge", asked))
    after = books()
    for keep, away in pairs:
        for place in (0, 1):
            assert Decimal(after[keep][place]) == Decimal(before[keep][place]) + Decimal(before[away][place])
        assert away not in after or Decimal(after[away][1]) == 0
    found = trade.boss.read(f"{APP}/item/lookup", {"q": "A7"})["items"]
    assert found[0]["id"] == pairs[7][0], found[0]
    good(trade.boss.post(f"{APP}/item/unmerge/{done['merge']}", None))
    assert books() == before
    assert verify_all(trade.world.engine).findings == ()
