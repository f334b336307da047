"""Documents: a delivery or receipt written and posted in one transaction: document, lines, entries, balances, days, credit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from benchmarks.baseline.commands import Done, Step
from benchmarks.baseline.database import Database, new_id
from benchmarks.baseline.posting import Balance, Movement, Outcome, plan
from benchmarks.baseline.refusals import Fault, Refused
from benchmarks.baseline.tables import (
    counter,
    credit_balance,
    credit_day,
    credit_entry,
    customer,
    document,
    document_line,
    item,
    stock_entry,
    stock_item,
    stock_item_day,
    stock_place,
    stock_place_day,
    warehouse,
)
from benchmarks.baseline.values import Slot, day, half_up, read_values, reference, scaled, show, show_instant

MOST_LINES = 5000
PREFIX = {"delivery": "XSCK", "receipt": "CGRK"}
LINE_SLOTS: Mapping[str, Slot] = {
    "item": Slot("item_id", reference, required=True),
    "quantity": Slot("quantity", scaled(4, least=1), required=True),
    "price": Slot("price", scaled(4, least=0), required=True),
}
HEADER_SLOTS: Mapping[str, Mapping[str, Slot]] = {
    "delivery": {
        "customer": Slot("customer_id", reference, required=True),
        "warehouse": Slot("warehouse_id", reference, required=True),
        "business_date": Slot("business_date", day),
    },
    "receipt": {
        "warehouse": Slot("warehouse_id", reference, required=True),
        "business_date": Slot("business_date", day),
    },
}
_items = select(item.c.id).where(item.c.id.in_(bindparam("ids", expanding=True)))
_warehouse = select(warehouse.c.allow_negative).where(warehouse.c.id == bindparam("id"))
_customer = select(customer.c.credit_limit).where(customer.c.id == bindparam("id"))
_pools = (
    select(stock_item)
    .where(stock_item.c.item_id.in_(bindparam("ids", expanding=True)))
    .order_by(stock_item.c.item_id)
)
_places = select(stock_place).where(
    stock_place.c.warehouse_id == bindparam("warehouse"),
    stock_place.c.item_id.in_(bindparam("ids", expanding=True)),
)
_pools_locked = _pools.with_for_update()
_receivable = select(credit_balance.c.receivable).where(credit_balance.c.customer_id == bindparam("id"))
_receivable_locked = _receivable.with_for_update()
_add_document = insert(document)
_add_lines = insert(document_line)
_add_entries = insert(stock_entry)
_add_credit = insert(credit_entry)
ADDED = frozenset({"quantity_in", "quantity_out", "value_in", "value_out"})


@dataclass(frozen=True, slots=True)
class Draft:
    """A document as it was sent: read, not yet checked against the database."""

    kind: str
    id: int
    business_date: date
    customer_id: int | None
    warehouse_id: int
    lines: tuple[dict[str, Any], ...]

    @property
    def total(self) -> int:
        return sum(line["amount"] for line in self.lines)

    @property
    def item_ids(self) -> list[int]:
        return sorted({line["item_id"] for line in self.lines})


def read_draft(kind: str, body: Any) -> Draft:
    """The document in ``body``; every fault of header and lines at once."""
    faults: list[Fault] = []
    sent = dict(body) if isinstance(body, dict) else {}
    lines = sent.pop("lines", None)
    header = read_values(sent, HEADER_SLOTS[kind], faults=faults)
    read: list[dict[str, Any]] = []
    if not isinstance(lines, list) or not 1 <= len(lines) <= MOST_LINES:
        faults.append(Fault("/lines", "REQUIRED"))
    else:
        read = [
            read_values(line, LINE_SLOTS, path=f"/lines/{n}", faults=faults) for n, line in enumerate(lines)
        ]
    today = datetime.now(UTC).date()
    on = header.get("business_date") or today
    if on > today:
        faults.append(Fault("/business_date", "FUTURE"))
    if faults:
        raise Refused(422, "INVALID", tuple(faults))
    id = new_id()
    rows = tuple(
        {
            **line,
            "id": new_id(),
            "document_id": id,
            "line_no": number,
            "amount": half_up(line["quantity"] * line["price"], 1_000_000),
        }
        for number, line in enumerate(read, start=1)
    )
    return Draft(kind, id, on, header.get("customer_id"), header["warehouse_id"], rows)


def post(db: Database, step: Step, draft: Draft) -> Done:
    """Writes and posts the document. 422 with every item that is short, or where the customer's credit does not reach."""
    conn = step.conn
    allow_negative, limit = _check(conn, draft)
    pools = _lock_pools(conn, draft)
    receivable = _lock_receivable(conn, draft)
    places = {
        row.item_id: Balance(row.quantity, row.value)
        for row in conn.execute(_places, {"warehouse": draft.warehouse_id, "ids": draft.item_ids})
    }
    outcome = plan(_movements(draft), pools, places, allow_negative=allow_negative)
    faults = list(outcome.faults)
    if draft.customer_id is not None and limit is not None and receivable + draft.total > limit:
        faults.append(
            Fault("/customer", "CREDIT_EXCEEDED", f"over by {show(receivable + draft.total - limit, 2)}")
        )
    if faults:
        raise Refused(422, "GUARD", tuple(faults))
    number = _number(db, conn, draft)
    costs = {entry.line_id: abs(entry.value) for entry in outcome.entries}
    lines = [{**line, "cost": costs[line["id"]]} for line in draft.lines]
    header = _header(step, draft, number)
    conn.execute(_add_document, header)
    conn.execute(_add_lines, lines)
    _write_stock(db, step, draft, outcome)
    if draft.customer_id is not None:
        _write_credit(db, step, draft, receivable)
    shown = _shown(header, lines)
    return Done(
        201, shown, draft.id, 1, {key: [None, value] for key, value in shown.items() if value is not None}
    )


def _check(conn: Connection, draft: Draft) -> tuple[bool, int | None]:
    """Whether the warehouse may go below zero, and the customer's limit."""
    faults: list[Fault] = []
    known = set(conn.execute(_items, {"ids": draft.item_ids}).scalars())
    faults.extend(
        Fault(f"/lines/{line['line_no'] - 1}/item", "REFERENCE")
        for line in draft.lines
        if line["item_id"] not in known
    )
    place = conn.execute(_warehouse, {"id": draft.warehouse_id}).first()
    if place is None:
        faults.append(Fault("/warehouse", "REFERENCE"))
    limit = None
    if draft.customer_id is not None:
        limit = conn.execute(_customer, {"id": draft.customer_id}).scalar()
        if limit is None:
            faults.append(Fault("/customer", "REFERENCE"))
    if faults:
        raise Refused(422, "INVALID", tuple(faults))
    return bool(place and place.allow_negative), limit


def _lock_pools(conn: Connection, draft: Draft) -> dict[int, Balance]:
    """The items' pools, locked in order of id. Every item has its row from the day it was made."""
    locking = conn.dialect.name == "postgresql"
    rows = conn.execute(_pools_locked if locking else _pools, {"ids": draft.item_ids}).all()
    if any(row.last_day > draft.business_date for row in rows):
        raise Refused(422, "INVALID", (Fault("/business_date", "BACK_DATED"),))
    return {row.item_id: Balance(row.quantity, row.value) for row in rows}


def _lock_receivable(conn: Connection, draft: Draft) -> int:
    if draft.customer_id is None:
        return 0
    locking = conn.dialect.name == "postgresql"
    found = conn.execute(_receivable_locked if locking else _receivable, {"id": draft.customer_id}).scalar()
    return int(found or 0)


def _movements(draft: Draft) -> list[Movement]:
    if draft.kind == "receipt":
        return [
            Movement(line["id"], line["item_id"], line["quantity"], line["amount"]) for line in draft.lines
        ]
    return [Movement(line["id"], line["item_id"], -line["quantity"]) for line in draft.lines]


def _number(db: Database, conn: Connection, draft: Draft) -> str:
    """The next number of the day. Taken after the pools, because everybody waits for it."""
    value = db.count_up(conn, counter, {"series": draft.kind, "day": draft.business_date}, "value")
    return f"{PREFIX[draft.kind]}{draft.business_date:%Y%m%d}-{value:04d}"


def _header(step: Step, draft: Draft, number: str) -> dict[str, Any]:
    actor = step.actor
    return {
        "id": draft.id,
        "kind": draft.kind,
        "number": number,
        "state": "posted",
        "business_date": draft.business_date,
        "customer_id": draft.customer_id,
        "warehouse_id": draft.warehouse_id,
        "total": draft.total,
        "version": 1,
        "owner_id": actor.id,
        "org_unit_id": actor.org_unit_id,
        "created_by": actor.id,
        "created_at": step.at,
        "updated_by": actor.id,
        "updated_at": step.at,
    }


def _write_stock(db: Database, step: Step, draft: Draft, outcome: Outcome) -> None:
    place = draft.warehouse_id
    common = {
        "cmd": step.cmd,
        "document_id": draft.id,
        "warehouse_id": place,
        "business_date": draft.business_date,
    }
    entries = [
        {
            **common,
            "id": new_id(),
            "line_id": e.line_id,
            "item_id": e.item_id,
            "quantity": e.quantity,
            "value": e.value,
        }
        for e in outcome.entries
    ]
    step.conn.execute(_add_entries, entries)
    ids = draft.item_ids
    pools = [_balance_row(id, outcome.items[id]) | {"last_day": draft.business_date} for id in ids]
    db.upsert(step.conn, stock_item, pools)
    db.upsert(
        step.conn, stock_place, [_balance_row(id, outcome.places[id]) | {"warehouse_id": place} for id in ids]
    )
    item_days = [_day_row(id, draft, outcome, outcome.items[id]) for id in ids]
    db.upsert(step.conn, stock_item_day, item_days, ADDED)
    place_days = [_day_row(id, draft, outcome, outcome.places[id]) | {"warehouse_id": place} for id in ids]
    db.upsert(step.conn, stock_place_day, place_days, ADDED)


def _balance_row(item_id: int, balance: Balance) -> dict[str, Any]:
    return {"item_id": item_id, "quantity": balance.quantity, "value": balance.value}


def _day_row(item_id: int, draft: Draft, outcome: Outcome, after: Balance) -> dict[str, Any]:
    came, went = outcome.ins.get(item_id, Balance()), outcome.outs.get(item_id, Balance())
    return {
        "item_id": item_id,
        "day": draft.business_date,
        "quantity_in": came.quantity,
        "quantity_out": went.quantity,
        "value_in": came.value,
        "value_out": went.value,
        "quantity": after.quantity,
        "value": after.value,
    }


def _write_credit(db: Database, step: Step, draft: Draft, receivable: int) -> None:
    entry = {
        "id": new_id(),
        "cmd": step.cmd,
        "document_id": draft.id,
        "customer_id": draft.customer_id,
        "business_date": draft.business_date,
        "amount": draft.total,
    }
    step.conn.execute(_add_credit, entry)
    after = receivable + draft.total
    db.upsert(step.conn, credit_balance, [{"customer_id": draft.customer_id, "receivable": after}])
    row = {
        "customer_id": draft.customer_id,
        "day": draft.business_date,
        "amount_in": draft.total,
        "receivable": after,
    }
    db.upsert(step.conn, credit_day, [row], frozenset({"amount_in"}))


def _shown(header: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "id": str(header["id"]),
        "version": header["version"],
        "state": header["state"],
        "owner": str(header["owner_id"]),
        "org_unit": str(header["org_unit_id"]),
        "business_date": header["business_date"].isoformat(),
        "created_at": show_instant(header["created_at"]),
        "created_by": str(header["created_by"]),
        "updated_at": show_instant(header["updated_at"]),
        "updated_by": str(header["updated_by"]),
        "number": header["number"],
        "customer": str(header["customer_id"]) if header["customer_id"] else None,
        "warehouse": str(header["warehouse_id"]),
        "total": show(header["total"], 2),
        "lines": [
            {
                "id": str(line["id"]),
                "line_no": line["line_no"],
                "item": str(line["item_id"]),
                "quantity": show(line["quantity"], 4),
                "price": show(line["price"], 4),
                "amount": show(line["amount"], 2),
                "cost": show(line["cost"], 2),
            }
            for line in lines
        ],
    }
