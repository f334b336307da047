"""What goes out as a file and comes back from one."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from builder.runtime import jobs
from tests.requirements.trade import APP, Trade, equal


def sheet(content: bytes) -> list[list[Any]]:
    return [list(row) for row in load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True)]


def book(rows: list[list[Any]]) -> bytes:
    made = Workbook()
    assert made.active is not None
    for row in rows:
        made.active.append(row)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def upload(trade: Trade, content: bytes, name: str = "items.xlsx", **form: str) -> Any:
    data = {"file": (io.BytesIO(content), name), "entity": "item", **form}
    return trade.boss.post(f"{APP}/imports", data=data, content_type="multipart/form-data").get_json()


def run(trade: Trade) -> None:
    while jobs.run_step(trade.world.engine):
        pass


ITEMS = [["商品编码", "商品名称", "类别", "基本单位", "税率"]]


def items(trade: Trade, count: int, wrong: set[int]) -> bytes:
    """So many rows of items, of which some have no name."""
    category = next(row for row in trade.all("item_category") if row["id"] == trade.ids["category"])["code"]
    unit = next(row for row in trade.all("unit") if row["id"] == trade.ids["unit"])["name"]
    rows = [[f"N{n:03}", "" if n in wrong else f"新品 {n}", category, unit, "9"] for n in range(1, count + 1)]
    return book([*ITEMS, *rows])


@pytest.mark.requirement("R009")
def test_what_was_exported_comes_back_as_updates(trade: Trade) -> None:
    trade.item("A", "早籼米")
    trade.item("B", "晚籼米")
    content = trade.boss.get(f"{APP}/exports/item", {"format": "xlsx", "fields": "code,name"}).get_data()
    rows = sheet(content)
    before = {row["id"]: row["name"] for row in trade.all("item")}
    edited = [rows[0], *([row[0], f"{row[1]} 改"] for row in rows[1:])]
    job = upload(trade, book(edited), upsert_by="code")
    run(trade)
    told = trade.boss.read(f"/jobs/{job['id']}")
    assert told["state"] == "done", told
    after = {row["id"]: row["name"] for row in trade.all("item")}
    assert after == {id: f"{name} 改" for id, name in before.items()}


@pytest.mark.requirement("R161")
def test_of_five_hundred_rows_three_are_wrong_and_come_back(trade: Trade) -> None:
    wrong = {17, 250, 499}
    job = upload(trade, items(trade, 500, wrong))
    run(trade)
    told = trade.boss.read(f"/jobs/{job['id']}")
    assert told["progress"] == {"rows": 500, "made": 497, "failed": 3, "total": 500}
    new = trade.boss.read(f"{APP}/item", {"count": "exact", "limit": 1, "q": "新品"})
    assert new["count"] == 497
    returned = sheet(trade.boss.get(f"/imports/{job['id']}/errors").get_data())
    assert [row[0] for row in returned[1:]] == ["N017", "N250", "N499"]
    assert all(row[-1] for row in returned[1:])


@pytest.mark.requirement("R194")
def test_a_look_at_an_import_writes_nothing_and_says_where_what_is_wrong(trade: Trade) -> None:
    template = sheet(trade.boss.get(f"{APP}/imports/item/template").get_data())
    assert any("商品名称" in str(cell) for cell in template[0])
    before = len(trade.all("item"))
    looked = upload(trade, items(trade, 10, {2, 5, 9}), dry_run="1")
    assert {(e["row"], e["path"]) for e in looked["errors"]} == {(3, "/name"), (6, "/name"), (10, "/name")}
    mapping = json.dumps({"0": "code", "1": "name"})
    assert upload(trade, items(trade, 10, set()), dry_run="1", mapping=mapping)["errors"] == []
    assert len(trade.all("item")) == before


@pytest.mark.requirement("R048")
def test_opening_in_and_out_make_the_closing_of_each_of_31_days(trade: Trade) -> None:
    item = trade.item("A")
    trade.setting("allow_back_date_days", 60)
    trade.at("2026-01-31 18:00")
    for day in (1, 4, 9, 15, 22, 31):
        trade.received(item, 10 + day, business_date=f"2026-01-{day:02}")
    for day in (2, 9, 16, 23, 30):
        trade.delivered(item, 5, business_date=f"2026-01-{day:02}")
    where = json.dumps(equal("item", item))

    def closing(on: date) -> Decimal:
        query = {"group": "item", "filter": where, "as_of": on.isoformat()}
        rows = trade.boss.read(f"{APP}/ledgers/stock/balances", query)["items"]
        return sum((Decimal(row["measures"]["on_hand"]) for row in rows), Decimal(0))

    moved: dict[str, Decimal] = {}
    for entry in trade.entries("stock", filter=where):
        moved[entry["business_date"]] = moved.get(entry["business_date"], Decimal(0)) + Decimal(
            entry["measures"]["on_hand"]
        )
    for ahead in range(31):
        today = date(2026, 1, 1) + timedelta(days=ahead)
        moves = moved.get(today.isoformat(), Decimal(0))
        assert closing(today - timedelta(days=1)) + moves == closing(today)
    assert closing(date(2026, 1, 31)) == 117


@pytest.mark.requirement("R047")
def test_movements_are_a_file_with_a_running_balance(trade: Trade) -> None:
    item = trade.item("A")
    trade.received(item, 50)
    trade.delivered(item, 20)
    trade.delivered(item, 10)
    answer = trade.boss.get(f"{APP}/reports/stock_movements", {"item": item, "format": "csv"})
    assert answer.status_code == 200
    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert rows[0] == [
        "日期",
        "单号",
        "类型",
        "商品",
        "仓库",
        "批次",
        "入库",
        "出库",
        "金额",
        "结存",
        "经手人",
    ]
    told = [(row[0], row[2], row[4], *map(Decimal, row[6:8]), Decimal(row[9]), row[10]) for row in rows[1:]]
    day, place = "2026-01-05", "测试一仓"
    assert told == [
        (day, "采购入库单", place, 50, 0, 50, "Boss"),
        (day, "销售出库单", place, 0, 20, 30, "Boss"),
        (day, "销售出库单", place, 0, 10, 20, "Boss"),
    ]
