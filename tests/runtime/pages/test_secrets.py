"""Pages show no more than the API: what a role may not read stands in no page, no form's data, no lookup and no file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from builder.app import create_app, open_engine
from builder.commands import CreateRecord, FireTransition
from builder.config import Settings
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.installing import Installer, loaded
from builder.runtime.playing import system

PASSWORD = "Right-Horse-7-Battery"
GENERAL = Path(__file__).resolve().parents[3] / "templates_catalog/general"
PRICE = "47.11"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("pages")
    made = open_engine(Settings(database=f"sqlite:///{folder}/zhanggui.db", var=str(folder)))
    made.database.migrate()
    package = loaded(GENERAL)
    people = {user["login"]: PASSWORD for data in package.data for user in data.users}
    Installer(made, system(1)).install(package, "general", template_key="general", passwords=people)
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def receipt(engine: Engine) -> str:
    """A receipt whose price the keeper must not learn."""
    client = signed_in(engine, "owner")

    def id(entity: str, code: str) -> str:
        where = f'{{"field": "code", "op": "=", "value": "{code}"}}'
        found: Any = client.get(f"/api/v1/apps/general/{entity}", query_string={"filter": where}).json
        return str(found["items"][0]["id"])

    lines = [{"item": id("item", "DM001"), "quantity": "10", "price": PRICE}]
    values = {"supplier": id("partner", "S001"), "warehouse": id("warehouse", "ZC"), "lines": lines}
    send = Dispatcher(engine)
    made = send(system(1), CreateRecord("general", "receipt", values))
    number = engine.database.read_id(made["id"])
    assert number is not None
    send(system(1), FireTransition("general", "receipt", number, "submit"))
    return str(made["id"])


def signed_in(engine: Engine, login: str) -> FlaskClient:
    client = create_app(engine).test_client()
    form = client.get("/sign-in").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert token is not None
    body = {"login": login, "password": PASSWORD, "csrf_token": token.group(1)}
    assert client.post("/sign-in", data=body).status_code == 302
    return client


def test_prices_stand_in_no_page_of_the_keeper(engine: Engine, receipt: str) -> None:
    keeper, owner = signed_in(engine, "keeper"), signed_in(engine, "owner")
    for path in (f"/a/general/receipt/{receipt}", "/a/general/receipt?view=receipts"):
        page = keeper.get(path)
        assert page.status_code == 200
        assert PRICE not in page.text
        assert "471.10" not in page.text
        assert "价税合计" not in page.text
    assert PRICE in owner.get(f"/a/general/receipt/{receipt}").text
    new = keeper.get("/a/general/receipt/new").text
    assert '"key": "price"' not in new
    assert "purchase_price" not in new


def test_a_lookup_brings_no_hidden_price_along(engine: Engine, receipt: str) -> None:
    for login, seen in (("keeper", False), ("buyer", True)):
        answer: Any = signed_in(engine, login).get("/a/general/lookup/receipt_line/item?q=DM001").json
        item = answer["items"][0]
        assert item["code"] == "DM001"
        assert ("price" in item["values"]) is seen
        assert any("price" in path for path in item["paths"]) is seen


def test_a_sales_person_finds_no_cost(engine: Engine, receipt: str) -> None:
    sales = signed_in(engine, "sales")
    deliveries = sales.get("/a/general/delivery").text
    assert '"cost"' not in deliveries
    assert "毛利" not in deliveries
    assert '"cost"' in signed_in(engine, "owner").get("/a/general/delivery").text
    stock = sales.get("/a/general/ledgers/stock")
    assert stock.status_code == 200
    assert "金额" not in stock.text
    assert sales.get("/a/general/ledgers/profit").status_code == 404
    assert sales.get("/a/general/dashboards/boss").status_code == 404
    assert sales.get("/a/general/reports/profit_by_item").status_code == 404


def test_writing_asks_for_the_pages_own_token(engine: Engine, receipt: str) -> None:
    client = signed_in(engine, "owner")
    answer = client.post("/a/general/receipt/bulk/approve", json={"ids": [receipt]})
    assert answer.status_code == 403
    assert answer.json["code"] == "CSRF"  # type: ignore[index]
    assert client.post("/sign-out").status_code == 403


def test_strangers_are_led_to_the_sign_in_page(engine: Engine) -> None:
    client = create_app(engine).test_client()
    answer = client.get("/a/general/item?q=x", headers={"Accept": "text/html"})
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/sign-in?next=%2Fa%2Fgeneral%2Fitem%3Fq%3Dx"
    assert client.get("/a/general/item", headers={"Accept": "application/json"}).status_code == 401


def test_what_was_typed_in_full_is_the_first_hit(engine: Engine) -> None:
    """总仓 has the code ZC, and 昆山前置仓 is spelt …zc: Enter must take the first."""
    answer: Any = signed_in(engine, "buyer").get("/a/general/lookup/purchase_order/warehouse?q=zc").json
    assert answer["items"][0]["code"] == "ZC"
    assert len(answer["items"]) > 1


def test_a_line_takes_the_documents_supplier_before_the_items(engine: Engine) -> None:
    """What was chosen above a requisition's lines holds for them; the item's own supplier where nothing was."""
    buyer = signed_in(engine, "buyer")

    def supplier(given: str = "") -> str:
        address = f"/a/general/lookup/purchase_requisition_line/item?parent.supplier={given}&q=DM001"
        answer: Any = buyer.get(address).json
        item = answer["items"][0]
        return str(item["values"]["supplier"]["label"])

    found: Any = buyer.get("/a/general/lookup/purchase_requisition/supplier?q=S002").json
    chosen = found["items"][0]
    assert supplier() == "五常稻香米业"
    assert supplier(chosen["id"]) == chosen["label"] == "中粮福临门粮油华东"


def test_a_lines_price_is_without_tax_where_the_document_says_so(engine: Engine) -> None:
    sales = signed_in(engine, "sales")

    def price(given: str) -> Decimal:
        answer: Any = sales.get(
            f"/a/general/lookup/sales_order_line/item?parent.tax_included={given}&q=SY001"
        ).json
        return Decimal(answer["items"][0]["values"]["price"])

    assert price("true") == price("") == Decimal("58.8")
    assert price("false") == Decimal("53.945")


def test_a_lines_price_follows_the_customer_and_the_quantity(engine: Engine) -> None:
    """The price that somebody sees while typing is the one of the customer's list, from that quantity on."""
    sales = signed_in(engine, "owner")

    def found(address: str) -> Any:
        answer: Any = sales.get(f"/a/general/lookup/{address}").json
        return answer["items"][0]

    item = found("sales_order_line/item?q=DM001")
    customer = found("sales_order/customer?q=C001")
    rows = [{"item": item["id"], "price": "80"}, {"item": item["id"], "price": "70", "from_quantity": "100"}]
    values = {"scope": "customer", "customer": customer["id"], "lines": rows}
    send = Dispatcher(engine)
    made = engine.database.read_id(
        send(system(1), CreateRecord("general", "price_list", values, submit=True))["id"]
    )
    send(system(1), FireTransition("general", "price_list", made or 0, "approve"))

    page = sales.get("/a/general/sales_order/new").text
    columns = {c["key"]: c for c in _grid(page)["columns"]}
    assert columns["price"]["follows"] == {"fields": ["item", "unit"], "on": ["quantity", "tax_rate"]}
    asked = set(re.findall(r"{([\w.]+)}", columns["item"]["lookupUrl"]))
    assert {"quantity", "unit", "parent.customer"} <= asked

    def price(quantity: str) -> str:
        given = f"parent.customer={customer['id']}&quantity={quantity}&id={item['id']}"
        return str(found(f"sales_order_line/item?{given}")["values"]["price"])

    assert [price("99"), price("100")] == ["80.0000", "70.0000"]


def test_a_waybill_names_both_sides_and_its_number_as_a_code(engine: Engine) -> None:
    keeper = signed_in(engine, "owner")

    def id(entity: str, code: str) -> str:
        where = f'{{"field": "code", "op": "=", "value": "{code}"}}'
        found: Any = keeper.get(f"/api/v1/apps/general/{entity}", query_string={"filter": where}).json
        return str(found["items"][0]["id"])

    lines = [{"item": id("item", "DM001"), "quantity": "1", "price": "50"}]
    values = {"customer": id("partner", "C001"), "warehouse": id("warehouse", "ZC"), "lines": lines}
    values |= {
        "contact": "张三",
        "address": "浦东新区 1 号",
        "carrier": id("carrier", "SF"),
        "waybill": "SF1234567890",
    }
    made = Dispatcher(engine)(system(1), CreateRecord("general", "delivery", values))
    page = keeper.get(f"/a/general/delivery/{made['id']}/print/waybill").text
    for said in ("张三", "浦东新区 1 号", "data:image/svg+xml"):
        assert said in page


def test_an_invoice_has_columns_of_its_own_direction_alone(engine: Engine) -> None:
    """What is open of an order has no place on a purchase, though whether a line shows it depends on the line too."""
    finance = signed_in(engine, "owner")
    columns = {c["key"]: c for c in _grid(finance.get("/a/general/invoice/new").text)["columns"]}
    assert (columns["open_sales"]["away"], columns["open_purchase"]["away"]) == (False, True)
    asked = ["compare", ["path", "parent.direction"], "==", ["text", "purchase"]]
    assert columns["open_purchase"]["byHeader"] == asked


def test_an_invoices_tax_comes_with_its_receipt_and_follows_the_amount(engine: Engine, receipt: str) -> None:
    """A default reads what the same choice fills before it; what was typed over in the meantime is what it reads afterwards."""
    send = Dispatcher(engine)
    send(system(1), FireTransition("general", "receipt", engine.database.read_id(receipt) or 0, "approve"))
    buyer = signed_in(engine, "buyer")
    columns = {c["key"]: c for c in _grid(buyer.get("/a/general/invoice/new").text)["columns"]}
    assert columns["tax"]["follows"]["on"] == ["amount"]
    assert "receipt" in columns["tax"]["follows"]["fields"]

    def filled(given: str) -> dict[str, Any]:
        above = f"parent.direction=purchase&parent.partner={supplier}"
        answer: Any = buyer.get(f"/a/general/lookup/invoice_line/receipt?{above}&{given}").json
        values = answer["items"][0]["values"]
        return {key: values[key] for key in ("amount", "tax")}

    found: Any = buyer.get("/a/general/lookup/invoice/partner?q=S001").json
    supplier = found["items"][0]["id"]
    whole = {"amount": "471.10", "tax": "38.90"}
    assert filled("q=") == whole
    assert filled("q=&amount=100.00") == whole
    assert filled(f"id={receipt}&amount=100.00")["tax"] == "8.26"


def _grid(page: str) -> Any:
    """The lines of a form's page as their element takes them."""
    children = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL)
    return next(made for text in children if "columns" in (made := json.loads(text)))


def test_what_is_not_found_can_be_entered_by_those_who_may(engine: Engine) -> None:
    """A form begins with what was typed and with what the choice is limited to; what is there already is not offered again."""

    def offered(login: str, path: str, q: str) -> Any:
        answer: Any = signed_in(engine, login).get(f"/a/general/lookup/{path}&q={q}").json
        return answer["create"]

    batch = "receipt_line/batch?item=i7"
    assert offered("keeper", batch, "OL-NEW") == {
        "label": "新建批次“OL-NEW”",
        "url": "/a/general/batch/new?item=i7&number=OL-NEW",
    }
    # Nothing to choose from yet: the first one is offered before anything is typed.
    assert offered("keeper", batch, "") == {"label": "新建批次", "url": "/a/general/batch/new?item=i7"}
    assert offered("buyer", "purchase_order/supplier?", "新粮行")["url"].startswith(
        "/a/general/partner/new?is_supplier=true"
    )
    assert offered("buyer", "purchase_order/supplier?", "S002") is None
    assert offered("keeper", "delivery/customer?", "没有这家") is None


def test_a_list_that_only_rules_fill_offers_no_new_record(engine: Engine) -> None:
    owner = signed_in(engine, "owner")
    assert "/a/general/delivery/new" in owner.get("/a/general/delivery").text
    assert "/a/general/stock_day/new" not in owner.get("/a/general/stock_day").text
