"""The designer's pages over HTTP: install, edit, check, publish, roll back, clone, export and import."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from builder.commands import Actor, SaveDraft
from builder.designer.asked import EDITS
from builder.errors import ConflictError
from builder.metadata.archive import read_zip
from tests.designer.demo import CSRF, create_app
from tests.designer.memory import MemoryWorkshop, catalog

ADMIN = Actor(1, 1, is_admin=True)
NAMES = sorted(catalog()["general"])
ONE_OF_EACH = sorted({kind: (kind, key) for kind, key in NAMES}.values())


def edit(client: FlaskClient, app: str, **values: Any) -> Any:
    return client.post(f"/design/{app}/edit", data=values)


def test_the_catalog_offers_every_template(client: FlaskClient) -> None:
    page = client.get("/design/").get_data(as_text=True)
    assert "新版进销存系统(通用版)" in page
    assert "安装" in page


def test_a_template_is_installed_under_a_name_of_ones_own(
    client: FlaskClient, workshop: MemoryWorkshop, trade: str
) -> None:
    assert workshop.apps(ADMIN)[0].key == trade
    assert workshop.live_nodes(ADMIN, trade)["app", "app"]["label"]["zh-CN"] == "我的进销存"
    again = client.post("/design/templates/general/install", data={"label_zh": "第二个", "key": "trade"})
    assert again.headers["Location"].startswith("/design/trade_2/")


@pytest.mark.parametrize("name", ONE_OF_EACH, ids="/".join)
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_every_kind_of_definition_has_a_page(
    reading: FlaskClient, name: tuple[str, str], locale: str
) -> None:
    reading.set_cookie("zg_locale", locale)
    for suffix in ("", "/all", "/source"):
        answer = reading.get(f"/design/trade/{name[0]}/{name[1]}{suffix}")
        assert answer.status_code == 200
        visible = re.sub(
            r"<(script|style|textarea)\b.*?</\1>|<[^>]*>", " ", answer.get_data(as_text=True), flags=re.DOTALL
        )
        assert not re.search(r"(?<![\w.])d\.[a-z]+\.[a-z_.]+", visible), "a key without words"


@pytest.mark.parametrize(
    "name", [n for n in NAMES if n[0] in {"rule", "workflow", "form", "entity"}], ids="/".join
)
def test_every_designed_definition_of_the_template_can_be_opened(
    reading: FlaskClient, name: tuple[str, str]
) -> None:
    assert reading.get(f"/design/trade/{name[0]}/{name[1]}").status_code == 200


def test_a_change_is_made_undone_and_made_again(
    client: FlaskClient, workshop: MemoryWorkshop, trade: str
) -> None:
    answer = edit(
        client,
        trade,
        op="field.add",
        kind="entity",
        key="item",
        zh="产地",
        en="Origin",
        type="text",
        on_form="1",
    )
    assert answer.status_code == 303
    nodes = workshop.draft(ADMIN, trade).nodes
    assert "origin" in str(nodes["entity", "item"])
    assert "origin" in str(nodes["form", "item"])
    client.post(f"/design/{trade}/undo")
    nodes = workshop.draft(ADMIN, trade).nodes
    assert "origin" not in str(nodes["entity", "item"])
    assert "origin" not in str(nodes["form", "item"])
    client.post(f"/design/{trade}/undo", data={"redo": "1"})
    assert "origin" in str(workshop.draft(ADMIN, trade).nodes["entity", "item"])


def test_a_wrong_draft_says_so_at_once_and_cannot_be_published(
    client: FlaskClient, workshop: MemoryWorkshop, trade: str
) -> None:
    edit(
        client,
        trade,
        op="set",
        kind="entity",
        key="item",
        at="/fields/1/visible_if",
        value="no_such_field > 1",
    )
    page = client.get(f"/design/{trade}/entity/item?at=/fields/1").get_data(as_text=True)
    assert 'class="error"' in page
    answer = client.post(
        f"/design/{trade}/publish", data={"note": "x"}, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 422
    assert answer.get_json()["code"] == "PACKAGE_INVALID"
    assert len(workshop.versions(ADMIN, trade)) == 1


def test_publish_and_roll_back(client: FlaskClient, workshop: MemoryWorkshop, trade: str) -> None:
    edit(client, trade, op="words", kind="entity", key="item", at="/label", zh="货品", en="Goods")
    page = client.get(f"/design/{trade}/release").get_data(as_text=True)
    assert "名称由“商品”改为“货品”" in page
    assert client.post(f"/design/{trade}/publish", data={"note": "改名"}).status_code == 303
    assert workshop.live_nodes(ADMIN, trade)["entity", "item"]["label"]["zh-CN"] == "货品"
    assert "名称由“商品”改为“货品”" in client.get(f"/design/{trade}/versions/2").get_data(as_text=True)
    client.post(f"/design/{trade}/versions/1/roll-back", data={"note": "还是原来好"})
    assert workshop.live_nodes(ADMIN, trade)["entity", "item"]["label"]["zh-CN"] == "商品"
    rows = workshop.versions(ADMIN, trade)
    assert (rows[0].number, rows[0].rolled_back_from) == (3, 1)


def test_a_draft_can_be_thrown_away(client: FlaskClient, workshop: MemoryWorkshop, trade: str) -> None:
    edit(client, trade, op="words", kind="entity", key="item", at="/label", zh="货品", en="Goods")
    client.post(f"/design/{trade}/discard")
    assert workshop.draft(ADMIN, trade).nodes == workshop.live_nodes(ADMIN, trade)


def test_export_and_import_into_an_empty_workspace(
    client: FlaskClient, workshop: MemoryWorkshop, trade: str
) -> None:
    content = client.get(f"/design/{trade}/export.zip").data
    nodes, problems = read_zip(content)
    assert problems == ()
    assert len(nodes) == len(workshop.live_nodes(ADMIN, trade))
    elsewhere = MemoryWorkshop({})
    other = create_app(elsewhere).test_client()
    answer = other.post(
        "/design/import",
        data={"package": (io.BytesIO(content), "trade.zip"), "rules_on": "1"},
        headers={"X-CSRF-Token": CSRF, "Accept": "text/html"},
    )
    assert answer.status_code == 303
    assert elsewhere.live_nodes(ADMIN, "trade") == workshop.live_nodes(ADMIN, trade)


def test_a_broken_package_is_refused(client: FlaskClient) -> None:
    answer = client.post(
        "/design/import",
        data={"package": (io.BytesIO(b"no zip"), "x.zip")},
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 422


def test_a_clone_has_its_own_life(client: FlaskClient, workshop: MemoryWorkshop, trade: str) -> None:
    answer = client.post(f"/design/{trade}/clone", data={"label_zh": "分公司"})
    clone = answer.headers["Location"].split("/")[2]
    assert clone != trade
    edit(client, clone, op="words", kind="entity", key="item", at="/label", zh="货品", en="Goods")
    assert workshop.draft(ADMIN, trade).nodes["entity", "item"]["label"]["zh-CN"] == "商品"


def test_an_app_from_nothing(client: FlaskClient, workshop: MemoryWorkshop) -> None:
    answer = client.post("/design/new", data={"label_zh": "维修", "label_en": "Repairs"})
    assert answer.headers["Location"].startswith("/design/repairs/")
    edit(
        client, "repairs", op="definition.add", new="entity", zh="维修单", en="Repair order", sort="document"
    )
    assert client.get("/design/repairs/entity/repair_order").status_code == 200
    assert client.post("/design/repairs/publish").status_code == 303


def test_rules_are_written_with_pickers(client: FlaskClient, workshop: MemoryWorkshop, trade: str) -> None:
    edit(client, trade, op="definition.add", new="rule", zh="大单提醒", en="Big orders", entity="sales_order")
    form = {
        "op": "rule.compose", "kind": "rule", "key": "big_orders",
        "when.kind": "transition", "when.entity": "sales_order", "when.transition": "submit",
        "if.joined": "all", "if.0.about": "path:total", "if.0.op": ">=", "if.0.kind": "number", "if.0.value": "50000",
        "then.0.kind": "notify", "then.0.to": ["owner", "role:boss"], "then.0.title.zh": "大单:{number}", "then.0.title.en": "",
    }  # fmt: skip
    assert edit(client, trade, **form).status_code == 303
    rule = workshop.draft(ADMIN, trade).nodes["rule", "big_orders"]
    assert rule["if"] == "total >= 50000"
    assert rule["then"][0]["to"] == [{"owner": True}, {"role": "boss"}]
    page = client.get(f"/design/{trade}/rule/big_orders").get_data(as_text=True)
    assert "价税合计达到50,000" in page


def test_a_rule_that_calls_a_connector_is_written_with_pickers(
    client: FlaskClient, workshop: MemoryWorkshop, trade: str
) -> None:
    edit(client, trade, op="definition.add", new="connector", zh="记账系统", en="Bookkeeping")
    edit(client, trade, op="definition.add", new="rule", zh="告诉账务", en="Tell", entity="sales_order")
    form = {
        "op": "rule.compose", "kind": "rule", "key": "tell",
        "when.kind": "transition", "when.entity": "sales_order", "when.transition": "approve",
        "then.0.kind": "call", "then.0.connector": "bookkeeping", "then.0.payload.new": "number",
    }  # fmt: skip
    assert edit(client, trade, **form).status_code == 303
    rule = workshop.draft(ADMIN, trade).nodes["rule", "tell"]
    assert rule["then"][0]["payload"] == {"number": "number"}
    assert (rule["then"][0]["connector"], rule["timing"]) == ("bookkeeping", "later")
    page = client.get(f"/design/{trade}/rule/tell").get_data(as_text=True)
    assert "通知外部系统“记账系统”（发送单据编号作为“number”）" in page


def test_a_rule_that_assigns_is_written_with_pickers(
    client: FlaskClient, workshop: MemoryWorkshop, trade: str
) -> None:
    edit(client, trade, op="definition.add", new="rule", zh="交给老板", en="Hand over", entity="sales_order")
    form = {
        "op": "rule.compose", "kind": "rule", "key": "hand_over",
        "when.kind": "record_created", "when.entity": "sales_order",
        "then.0.kind": "assign", "then.0.at": "", "then.0.to": ["role:boss"],
    }  # fmt: skip
    assert edit(client, trade, **form).status_code == 303
    (action,) = workshop.draft(ADMIN, trade).nodes["rule", "hand_over"]["then"]
    assert (action["kind"], action["to"], "at" in action) == ("assign", [{"role": "boss"}], False)
    page = client.get(f"/design/{trade}/rule/hand_over").get_data(as_text=True)
    assert "这张销售订单的负责人改为老板 / 总经理" in page


def test_a_condition_that_is_only_begun_says_something(
    client: FlaskClient, workshop: MemoryWorkshop, trade: str
) -> None:
    form = {
        "op": "condition", "kind": "form", "key": "sales_order", "at": "/nodes/1/visible_if",
        "c.joined": "all", "c.0.about": "path:channel", "c.0.op": "==",
    }  # fmt: skip
    edit(client, trade, **form)
    node = workshop.draft(ADMIN, trade).nodes["form", "sales_order"]["nodes"][1]
    assert re.fullmatch(r"channel == '[a-z_]+'", node["visible_if"])


def test_strangers_and_clerks_design_nothing(client: FlaskClient, trade: str) -> None:
    answer = client.get(f"/design/{trade}/rule/", headers={"X-Test-User": "stranger"})
    assert answer.headers["Location"] == "/sign-in?next=%2Fdesign%2Ftrade%2Frule%2F"
    answer = client.post(f"/design/{trade}/edit", data={"op": "set"}, headers={"X-Test-User": "stranger"})
    assert answer.status_code == 401
    assert client.get(f"/design/{trade}/", headers={"X-Test-User": "clerk"}).status_code == 403
    answer = client.post(f"/design/{trade}/edit", data={"op": "set"}, headers={"X-Test-User": "clerk"})
    assert answer.status_code == 403


def test_a_request_without_proof_changes_nothing(app: Flask, workshop: MemoryWorkshop, trade: str) -> None:
    answer = app.test_client().post(f"/design/{trade}/discard")
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/elsewhere", "/design/trade/\\evil"]
)
def test_an_edit_never_leads_out_of_the_app(client: FlaskClient, trade: str, back: str) -> None:
    answer = edit(
        client, trade, op="words", kind="entity", key="item", at="/label", zh="货品", en="Goods", back=back
    )
    assert answer.headers["Location"] == "/design/trade/"


def test_unknown_things_are_not_found(client: FlaskClient, trade: str) -> None:
    for path in ("entity/nothing", "nothing/", "nothing/x", "versions/99"):
        assert client.get(f"/design/{trade}/{path}").status_code == 404
    assert edit(client, trade, op="nothing").status_code == 422
    assert edit(client, trade, op="remove", kind="entity", key="item", at="/fields/999").status_code == 404


def test_a_key_is_changed_everywhere(client: FlaskClient, workshop: MemoryWorkshop, trade: str) -> None:
    fields = workshop.draft(ADMIN, trade).nodes["entity", "sales_order"]["fields"]
    at = [f["key"] for f in fields].index("total")
    edit(
        client,
        trade,
        op="rename",
        kind="entity",
        key="sales_order",
        at=f"/fields/{at}/key",
        value="grand_total",
    )
    assert "grand_total" in str(workshop.draft(ADMIN, trade).nodes["workflow", "sales_order"])


def test_a_field_in_use_stays(client: FlaskClient, workshop: MemoryWorkshop, trade: str) -> None:
    fields = workshop.draft(ADMIN, trade).nodes["entity", "sales_order"]["fields"]
    at = [f["key"] for f in fields].index("total")
    asked = {"op": "field.remove", "kind": "entity", "key": "sales_order", "at": f"/fields/{at}"}
    answer = client.post(f"/design/{trade}/edit", data=asked, headers={"Accept": "application/json"})
    assert answer.status_code == 422
    assert "还在用它" in answer.get_json()["errors"][0]["message"]


def test_reference_data_is_edited_in_a_table(
    client: FlaskClient, workshop: MemoryWorkshop, trade: str
) -> None:
    page = client.get(f"/design/{trade}/data/warehouses").get_data(as_text=True)
    assert 'class="table sheet"' in page
    at = {"op": "cell", "kind": "data", "key": "warehouses", "entity": "warehouse"}
    edit(client, trade, **at, at="/rows/0/name", value="新仓")
    edit(client, trade, **at, at="/rows/0/allow_negative", value="true")
    edit(client, trade, op="row.add", kind="data", key="warehouses")
    rows = workshop.draft(ADMIN, trade).nodes["data", "warehouses"]["rows"]
    assert (rows[0]["name"], rows[0]["allow_negative"], rows[-1]) == ("新仓", True, {})


class Racing(MemoryWorkshop):
    """Somebody else saves the same definition just before the first save."""

    raced = False

    def send(self, actor: Actor, commands: Any) -> Any:
        if not self.raced and isinstance(commands[0], SaveDraft) and commands[0].kind == "entity":
            self.raced = True
            nodes = self.draft(actor, "trade").nodes["entity", "item"]
            theirs = {**nodes, "help": {"zh-CN": "他们写的", "en": "Theirs"}}
            super().send(actor, [SaveDraft("trade", "entity", "item", theirs)])
            raise ConflictError("VERSION_CONFLICT", yours=0, current=1)
        return super().send(actor, commands)


def test_two_people_change_one_definition_and_both_changes_stay(templates: dict[str, Any]) -> None:
    shop = Racing(templates)
    client = create_app(shop).test_client()
    client.environ_base["HTTP_X_CSRF_TOKEN"] = CSRF
    client.post("/design/templates/general/install", data={"label_zh": "店", "key": "trade"})
    assert (
        edit(
            client, "trade", op="words", kind="entity", key="item", at="/label", zh="货品", en="Goods"
        ).status_code
        == 303
    )
    item = shop.draft(ADMIN, "trade").nodes["entity", "item"]
    assert (item["label"]["zh-CN"], item["help"]["zh-CN"]) == ("货品", "他们写的")


def test_imported_rules_sleep_until_somebody_has_read_them(
    client: FlaskClient, workshop: MemoryWorkshop, trade: str
) -> None:
    content = client.get(f"/design/{trade}/export.zip").data
    answer = client.post(
        "/design/import", data={"package": (io.BytesIO(content), "x.zip"), "label_en": "Other"}
    )
    key = answer.headers["Location"].split("/")[2]
    assert not any(
        b.get("enabled", True) for (k, _), b in workshop.live_nodes(ADMIN, key).items() if k == "rule"
    )
    assert "全部启用" in client.get(f"/design/{key}/rule/").get_data(as_text=True)
    edit(client, key, op="rules.enable")
    assert all(b["enabled"] for (k, _), b in workshop.draft(ADMIN, key).nodes.items() if k == "rule")


def test_a_state_that_moves_lead_to_stays(client: FlaskClient, trade: str) -> None:
    asked = {"op": "remove", "kind": "workflow", "key": "sales_order", "at": "/states/2"}
    answer = client.post(f"/design/{trade}/edit", data=asked, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "IN_USE")


def test_any_definition_is_found_by_name_or_key(reading: FlaskClient) -> None:
    reading.set_cookie("zg_locale", "zh-CN")
    items = reading.get("/design/trade/find?q=大额订单").get_json()["items"]
    assert items[0]["label"] == "大额订单金额"
    assert items[0]["url"].startswith("/design/trade/app/app?at=")
    items = reading.get("/design/trade/find?q=sales_order.promised").get_json()["items"]
    assert [i["label"] for i in items] == ["承诺发货日"]
    assert reading.get("/design/trade/find?q=").get_json()["items"] == []


PLACES = [
    "",
    "/",
    "/fields",
    "/fields/0",
    "/fields/999",
    "/fields/x",
    "/a/b/c",
    "/fields/0/options/0",
    "/label",
    "/~1",
]


@pytest.mark.parametrize("op", EDITS.names())
@pytest.mark.parametrize("kind", ["entity", "form", "workflow", "app", "nothing"])
def test_no_request_however_odd_breaks_an_edit(odd: FlaskClient, op: str, kind: str) -> None:
    key = {
        "entity": "item",
        "form": "item",
        "workflow": "sales_order",
        "rule": "overdue",
        "data": "units",
    }.get(kind, kind)
    for at in PLACES:
        asked = {
            "op": op,
            "kind": kind,
            "key": key,
            "at": at,
            "value": "x",
            "what": "odd",
            "new": "odd",
            "to": at,
            "index": "9",
        }
        status = odd.post("/design/trade/edit", data=asked).status_code
        assert status in {303, 403, 404, 409, 422}, (op, kind, at)


HALF = [
    "{}",
    '{"fields": "x", "nodes": "x", "states": "x", "then": "x", "columns": 1, "rows": "x"}',
    '{"fields": [1], "nodes": [1], "states": [1], "then": [1], "columns": [null], "rows": [1], "when": 3}',
    '{"label": 3, "key": 4, "entity": ["x"], "fields": [{}], "nodes": [{}], "states": [{}], "then": [{}], "rows": [{}]}',
]


@pytest.mark.parametrize("text", HALF)
@pytest.mark.parametrize(
    "name", [n for n in ONE_OF_EACH if n[0] in {"entity", "form", "rule", "view", "data"}], ids="/".join
)
def test_a_half_made_definition_can_be_looked_at_and_mended(
    half: FlaskClient, name: tuple[str, str], text: str
) -> None:
    kind, key = name
    assert edit(half, "trade", op="json", kind=kind, key=key, value=text).status_code == 303
    for path in (
        f"{kind}/{key}",
        f"{kind}/{key}/all",
        f"{kind}/{key}/source",
        f"{kind}/",
        "",
        "problems",
        "release",
        "find?q=a",
    ):
        assert half.get(f"/design/trade/{path}").status_code in {200, 303}, path
    assert half.post("/design/trade/undo").status_code == 303
