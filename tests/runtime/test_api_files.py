"""Imports, exports, reports, jobs and notifications over HTTP."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import validate
from openpyxl import Workbook, load_workbook

from builder.app import create_app
from builder.runtime import jobs
from builder.storage import jobs as stored
from tests.runtime.shop import shop_nodes
from tests.runtime.world import PASSWORD, World, open_world

CSV = "Code,Name,Price\nA,Rice,2.50\nB,Oil,10\nA,Again,1\n,Nameless,1\nC,Flour,x\n"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[World]:
    """One database is enough here: what is stored is proved elsewhere."""
    world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    world.install(shop_nodes(), "shop")
    yield world
    world.engine.database.close()


@pytest.fixture
def client(shop: World) -> FlaskClient:
    """Signed in as the boss by a token."""
    shop.person("boss", "boss", admin=True)
    made = create_app(shop.engine).test_client()
    body = {"login": "boss", "password": PASSWORD}
    token = made.post("/api/v1/session", json=body).get_json()["token"]
    made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return made


def upload(client: FlaskClient, content: bytes, name: str = "goods.csv", **form: str) -> Any:
    data = {"file": (io.BytesIO(content), name), "entity": "goods", **form}
    return client.post("/api/v1/apps/shop/imports", data=data, content_type="multipart/form-data")


def run_jobs(world: World) -> None:
    while jobs.run_step(world.engine):
        pass


def test_a_preview_says_everything_and_writes_nothing(client: FlaskClient, shop: World) -> None:
    found = upload(client, CSV.encode(), dry_run="1").get_json()
    assert [c["field"] for c in found["columns"]] == ["code", "name", "price"]
    assert found["count"] == 5
    assert {(e["row"], e["path"]) for e in found["errors"]} == {(4, "/code"), (5, "/code"), (6, "/price")}
    assert client.get("/api/v1/apps/shop/goods").get_json()["items"] == []


def test_good_rows_are_imported_and_bad_ones_come_back_to_be_corrected(
    client: FlaskClient, shop: World
) -> None:
    job = upload(client, CSV.encode()).get_json()
    run_jobs(shop)
    done = client.get(f"/api/v1/jobs/{job['id']}").get_json()
    assert (done["state"], done["progress"]) == ("done", {"rows": 5, "made": 2, "failed": 3, "total": 5})
    items = client.get("/api/v1/apps/shop/goods?sort=code").get_json()["items"]
    assert [(i["code"], i["name"], i["price"]) for i in items] == [
        ("A", "Rice", "2.50"),
        ("B", "Oil", "10.00"),
    ]
    content = client.get(f"/api/v1/imports/{job['id']}/errors").get_data()
    rows = list(load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True))
    assert [row[0] for row in rows] == ["Code", "A", None, "C"]
    assert all(row[3] for row in rows)


def test_an_import_is_taken_back(client: FlaskClient, shop: World) -> None:
    job = upload(client, CSV.encode()).get_json()
    assert client.post(f"/api/v1/imports/{job['id']}/undo").status_code == 409
    run_jobs(shop)
    assert client.post(f"/api/v1/imports/{job['id']}/undo").status_code == 202
    run_jobs(shop)
    assert client.get("/api/v1/apps/shop/goods").get_json()["items"] == []


def test_known_keys_are_updated_on_request(client: FlaskClient, shop: World) -> None:
    shop.create("goods", {"code": "A", "name": "Old"})
    upload(client, b"code,name\nA,New\nB,Other\n", upsert_by="code")
    run_jobs(shop)
    items = client.get("/api/v1/apps/shop/goods?sort=code").get_json()["items"]
    assert [i["name"] for i in items] == ["New", "Other"]


def test_documents_come_with_their_lines(client: FlaskClient, shop: World) -> None:
    shop.create("goods", {"code": "A", "name": "Rice", "price": "2.50"})
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Remark", "Goods", "Quantity"], ["first", "A", 2], [None, "Rice", 0.5], ["second", "A", 1]):
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    upload(client, buffer.getvalue(), "orders.xlsx", entity="order")
    run_jobs(shop)
    items = client.get("/api/v1/apps/shop/order?sort=number").get_json()["items"]
    assert [(i["remark"], i["total"]) for i in items] == [("first", "6.25"), ("second", "2.50")]


def test_a_file_that_is_none_is_refused(client: FlaskClient) -> None:
    answer = upload(client, b"\xd0\xcf\x11\xe0old", "old.xls")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "IMPORT_OLD_WORKBOOK")
    assert client.post("/api/v1/apps/shop/imports", data={}).status_code == 422


def test_lists_are_exported_as_they_are_filtered(client: FlaskClient, shop: World) -> None:
    for code, name in (("A", "=1+1"), ("B", "Oil")):
        shop.create("goods", {"code": code, "name": name, "price": "2.50"})
    where = json.dumps({"field": "code", "op": "=", "value": "A"})
    answer = client.get(f"/api/v1/apps/shop/exports/goods?format=csv&fields=code,name,price&filter={where}")
    assert answer.get_data().decode("utf-8-sig").splitlines() == ["Code,Name,Price", "A,'=1+1,2.50"]
    assert "attachment" in answer.headers["Content-Disposition"]
    content = client.get("/api/v1/apps/shop/exports/goods?format=xlsx").get_data()
    assert load_workbook(io.BytesIO(content)).worksheets[0].max_row == 3


def test_what_is_exported_can_be_filled_in_and_imported(client: FlaskClient, shop: World) -> None:
    content = client.get("/api/v1/apps/shop/imports/goods/template").get_data()
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    assert [c.value for c in sheet[1]] == ["Code*", "Name*", "Price", "Weight", "Made_On"]


def test_who_may_not_export_or_create_is_refused(shop: World) -> None:
    shop.person("clerk", "clerk")
    client = create_app(shop.engine).test_client()
    token = client.post("/api/v1/session", json={"login": "clerk", "password": PASSWORD}).get_json()["token"]
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    assert client.get("/api/v1/apps/shop/exports/goods").status_code == 403
    assert upload(client, CSV.encode()).status_code == 403
    assert client.get("/api/v1/apps/shop/health").get_json() == {"items": []}


def test_notifications_are_read(client: FlaskClient, shop: World) -> None:
    assert client.get("/api/v1/notifications").get_json() == {"items": [], "unread": 0}
    assert client.post("/api/v1/notifications/read").get_json() == {"read": 0}


def test_reports_dashboards_and_health_that_are_not_there(client: FlaskClient) -> None:
    for path in ("reports/x", "dashboards/x", "health/x"):
        assert client.get(f"/api/v1/apps/shop/{path}").status_code == 404
    assert client.get("/api/v1/jobs").get_json() == {"items": []}


def test_everything_of_this_is_described(client: FlaskClient) -> None:
    found = client.get("/api/v1/apps/shop/openapi.json").get_json()
    validate(found)
    for path in (
        "/apps/shop/exports/{entity}",
        "/apps/shop/imports",
        "/jobs/{id}",
        "/notifications",
        "/apps/shop/health",
    ):
        assert path in found["paths"]


def test_a_job_goes_on_after_a_crash_without_doing_anything_twice(
    client: FlaskClient, shop: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"N{n},Name {n}\n" for n in range(450))
    upload(client, f"code,name\n{rows}".encode())
    assert jobs.run_step(shop.engine)
    # The step's end is lost with the worker; the next one does it again.
    monkeypatch.setattr(stored, "advance", lambda *args, **more: False)
    jobs.run_step(shop.engine)
    monkeypatch.undo()
    shop.clock.advance(jobs.LEASE + jobs.LEASE)
    run_jobs(shop)
    found = client.get("/api/v1/apps/shop/goods?count=exact&limit=1").get_json()
    assert found["count"] == 450
