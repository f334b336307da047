"""The designer on the real engine: what is published is used at once, by the API too, and rolling back touches no data."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from builder.app import create_app, open_engine
from builder.config import Settings
from builder.designer.edits import apps
from builder.runtime.installing import Installer, loaded
from builder.runtime.playing import system

PASSWORD = "Right-Horse-7-Battery"
TEMPLATES = Path(__file__).resolve().parents[2] / "templates_catalog"


class Product:
    """The whole product, used by one person through a token."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        token = self.api("/session", {"login": "owner", "password": PASSWORD})["token"]
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"

    def api(self, path: str, body: Any = None, *, method: str = "") -> Any:
        """The API's answer as JSON."""
        method = method or ("GET" if body is None else "POST")
        answer = self.client.open(f"/api/v1{path}", method=method, json=body)
        assert answer.status_code < 400, answer.get_data(as_text=True)
        return answer.get_json()

    def post(self, path: str, **form: Any) -> str:
        """Where a form of the designer leads to."""
        answer = self.client.post(f"/design{path}", data=form, headers={"Accept": "application/json"})
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return str(answer.headers["Location"])

    def page(self, path: str) -> str:
        answer = self.client.get(f"/design{path}", headers={"Accept": "text/html"})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_data(as_text=True)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("designed")
    engine = open_engine(Settings(database=f"sqlite:///{folder}/zhanggui.db", var=str(folder)))
    engine.database.migrate()
    package = loaded(TEMPLATES / "general")
    people = {user["login"]: PASSWORD for data in package.data for user in data.users}
    Installer(engine, system(1)).install(package, "general", template_key="general", passwords=people)
    yield Product(create_app(engine).test_client())
    engine.database.close()


def test_a_new_field_is_used_as_soon_as_it_is_published(product: Product) -> None:
    product.post(
        "/general/edit",
        op="field.add",
        kind="entity",
        key="warehouse",
        zh="楼层",
        en="Floor",
        type="text",
        on_form="1",
    )
    assert "楼层" in product.page("/general/entity/warehouse")
    before = product.api("/apps/general/warehouse")["items"]
    assert "floor" not in before[0]
    product.post("/general/publish", note="楼层")
    body = {"code": "W9", "name": "九号库", "type": "forward", "floor": "三楼"}
    made = product.api("/apps/general/warehouse", body)
    assert product.api(f"/apps/general/warehouse/{made['id']}")["floor"] == "三楼"
    page = product.page("/general/versions/2")
    assert "字段：新增“楼层”" in page
    product.post("/general/versions/1/roll-back", note="不要了")
    assert "floor" not in product.api(f"/apps/general/warehouse/{made['id']}")
    product.post("/general/versions/2/roll-back", note="还是要")
    assert product.api(f"/apps/general/warehouse/{made['id']}")["floor"] == "三楼"


def test_an_edit_is_undone_by_who_made_it(product: Product) -> None:
    product.post("/general/edit", op="words", kind="entity", key="item", at="/label", zh="货品", en="Goods")
    assert "货品" in product.page("/general/entity/item")
    product.post("/general/undo")
    assert "货品" not in product.page("/general/entity/item")


def test_an_edit_of_several_definitions_is_one_step(product: Product) -> None:
    asked = {"op": "field.add", "kind": "entity", "key": "item", "zh": "产地", "en": "Origin", "type": "text"}
    product.post("/general/edit", **asked, on_form="1", on_list="1")
    for path in ("entity/item", "form/item", "view/items"):
        assert "产地" in product.page(f"/general/{path}")
    product.post("/general/undo")
    for path in ("entity/item", "form/item", "view/items"):
        assert "产地" not in product.page(f"/general/{path}")
    product.post("/general/undo", redo="1")
    assert "产地" in product.page("/general/form/item")
    product.post("/general/discard")


def test_what_is_wrong_is_refused_with_words(product: Product) -> None:
    product.post(
        "/general/edit", op="set", kind="entity", key="item", at="/fields/1/visible_if", value="nothing > 1"
    )
    answer = product.client.post("/design/general/publish", headers={"Accept": "application/json"})
    assert answer.status_code == 422
    problem = answer.get_json()["errors"][0]
    assert problem["message"] != problem["code"]
    product.post("/general/discard")


@pytest.mark.requirement("R132")
def test_an_app_from_nothing_takes_records(product: Product) -> None:
    assert product.post("/new", label_zh="维修", label_en="Repairs").startswith("/design/repairs/")
    product.post(
        "/repairs/edit", op="definition.add", new="entity", zh="维修单", en="Repair order", sort="document"
    )
    product.post(
        "/repairs/edit",
        op="field.add",
        kind="entity",
        key="repair_order",
        zh="金额",
        en="Amount",
        type="money",
        on_form="1",
    )
    approval = {"op": "approval.add", "kind": "workflow", "key": "repair_order", "at": "/transitions/1"}
    product.post("/repairs/edit", **approval, role="owner", field="amount", amount="50,000")
    product.post("/repairs/publish")
    small = product.api("/apps/repairs/repair_order?submit=1", {"amount": "100.00"})
    large = product.api("/apps/repairs/repair_order?submit=1", {"amount": "60000.00"})
    fire = "/apps/repairs/repair_order/{}/transitions/approve"
    assert product.client.post(f"/api/v1{fire.format(small['id'])}", json={}).status_code == 200
    refused = product.client.post(f"/api/v1{fire.format(large['id'])}", json={})
    assert refused.get_json()["code"] == "APPROVAL_RUNNING"


def test_a_clone_and_an_import_live_beside_the_original(product: Product) -> None:
    clone = product.post("/general/clone", label_zh="二店").split("/")[2]
    assert clone != "general"
    content = product.client.get("/design/general/export.zip").data
    answer = product.client.post(
        "/design/import",
        data={"package": (io.BytesIO(content), "general.zip"), "label_zh": "三店"},
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert "三店" in product.page("/")


def test_the_blank_app_is_an_app(product: Product) -> None:
    assert ("roles", "roles") in apps.blank("x", {"zh-CN": "空", "en": "Empty"})
