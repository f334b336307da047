"""Seed: fills an empty baseline with accounts, master data, stock and things."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
from sqlalchemy import insert, text

from benchmarks import data
from benchmarks.baseline import documents
from benchmarks.baseline.actors import Actor, account_row, hash_password, permission_rows
from benchmarks.baseline.commands import Call, run
from benchmarks.baseline.database import Database, new_id, now
from benchmarks.baseline.tables import (
    account,
    credit_balance,
    customer,
    item,
    org_unit,
    permission,
    stock_item,
    thing,
    warehouse,
)
from benchmarks.baseline.things import SLOTS
from benchmarks.baseline.values import half_up, read_values

CHUNK = 5000
BEFORE_ALL = date(2000, 1, 1)


def fill(db: Database, size: data.Size) -> data.Filled:
    """Everything that ``size`` says. Accounts: ``clerk0`` … (each sees their own org unit) and ``manager`` (sees all)."""
    units: list[dict[str, Any]] = [{"id": new_id(), "name": data.unit_key(n)} for n in range(data.UNITS)]
    hashed = hash_password(data.PASSWORD)
    accounts = [account_row(login, "clerk", units[n]["id"], hashed) for n, login in enumerate(data.CLERKS)]
    accounts.append(account_row(data.MANAGER, "manager", units[0]["id"], hashed))
    items = [{"id": new_id(), "code": data.item_code(n), "name": f"商品 {n}"} for n in range(size.items)]
    warehouses = [
        {"id": new_id(), "code": data.warehouse_code(n), "name": f"仓库 {n}", "allow_negative": False}
        for n in range(size.warehouses)
    ]
    limit = int(data.CREDIT_LIMIT.replace(".", ""))
    customers = [
        {"id": new_id(), "code": data.customer_code(n), "name": f"客户 {n}", "credit_limit": limit}
        for n in range(size.customers)
    ]
    pools = [{"item_id": row["id"], "quantity": 0, "value": 0, "last_day": BEFORE_ALL} for row in items]
    receivables = [{"customer_id": row["id"], "receivable": 0} for row in customers]
    with db.writing() as conn:
        for table, rows in (
            (org_unit, units),
            (account, accounts),
            (permission, permission_rows()),
            (item, items),
            (warehouse, warehouses),
            (customer, customers),
            (stock_item, pools),
            (credit_balance, receivables),
        ):
            conn.execute(insert(table), rows)
    made = {
        name: [str(row["id"]) for row in rows]
        for name, rows in (("i", items), ("w", warehouses), ("c", customers))
    }
    things = _fill_things(db, size.things, accounts, made["c"], made["w"])
    _fill_stock(db, accounts[-1], made["i"], made["w"])
    with db.writing() as conn:
        conn.execute(text("ANALYZE"))
    return data.Filled(things, made["i"], made["w"], made["c"])


def _fill_things(
    db: Database, count: int, accounts: list[dict[str, Any]], customers: list[str], warehouses: list[str]
) -> list[str]:
    at = now()
    ids: list[str] = []
    for start in range(0, count, CHUNK):
        rows = []
        for n in range(start, min(count, start + CHUNK)):
            owner = accounts[data.unit_of_thing(n)]
            values = read_values(data.thing_body(n, customers, warehouses), SLOTS)
            rows.append(
                {
                    **values,
                    "id": new_id(),
                    "amount": half_up(values["quantity"] * values["price"], 1_000_000),
                    "version": 1,
                    "owner_id": owner["id"],
                    "org_unit_id": owner["org_unit_id"],
                    "created_by": owner["id"],
                    "created_at": at,
                    "updated_by": owner["id"],
                    "updated_at": at,
                }
            )
        with db.writing() as conn:
            conn.execute(insert(thing), rows)
        ids.extend(str(row["id"]) for row in rows)
    return ids


def _fill_stock(db: Database, manager: dict[str, Any], items: list[str], warehouses: list[str]) -> None:
    actor = Actor(manager["id"], manager["org_unit_id"], None)
    for number, body in enumerate(data.receipt_bodies(items, warehouses)):
        call = Call(actor, "create", "receipt", "POST seed", f"seed-{number}", orjson.dumps(body))
        draft = documents.read_draft("receipt", body)
        run(db, call, lambda step, draft=draft: documents.post(db, step, draft))  # type: ignore[misc]
