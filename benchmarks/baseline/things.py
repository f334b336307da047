"""Things: one record of twenty fields, made, read, changed and listed."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson
from sqlalchemy import Connection, Row, and_, bindparam, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from benchmarks.baseline.actors import Actor
from benchmarks.baseline.commands import Done, Step
from benchmarks.baseline.database import new_id
from benchmarks.baseline.refusals import Fault, Refused
from benchmarks.baseline.tables import customer, thing, warehouse
from benchmarks.baseline.values import (
    EMAIL,
    LINK,
    PHONE,
    Slot,
    boolean,
    day,
    half_up,
    instant,
    one_of,
    read_values,
    reference,
    scaled,
    show,
    show_instant,
    text,
)

STATUSES = ("open", "planned", "running", "done", "stopped")
KINDS = ("small", "medium", "large")
PAGE = 500

SLOTS: Mapping[str, Slot] = {
    "code": Slot("code", text(40), required=True),
    "name": Slot("name", text(120), required=True),
    "note": Slot("note", text(4000)),
    "quantity": Slot("quantity", scaled(4, least=0), required=True),
    "price": Slot("price", scaled(4, least=0), required=True),
    "weight": Slot("weight", scaled(3, least=0)),
    "discount": Slot("discount", scaled(2, least=0, most=10_000)),
    "pieces": Slot("pieces", scaled(0, least=0, most=2_000_000_000)),
    "day": Slot("day", day, required=True),
    "due": Slot("due", instant),
    "status": Slot("status", one_of(*STATUSES), required=True),
    "kind": Slot("kind", one_of(*KINDS)),
    "is_active": Slot("is_active", boolean, required=True),
    "customer": Slot("customer_id", reference),
    "warehouse": Slot("warehouse_id", reference),
    "email": Slot("email", text(200, EMAIL)),
    "phone": Slot("phone", text(40, PHONE)),
    "url": Slot("url", text(300, LINK)),
    "rating": Slot("rating", scaled(0, least=0, most=5)),
}
_NOTHING = {slot.column: None for slot in SLOTS.values()}
_by_id = select(thing).where(thing.c.id == bindparam("id"))
_by_id_locked = _by_id.with_for_update()
_add = insert(thing)
_save = (
    update(thing)
    .where(thing.c.id == bindparam("of"), thing.c.version == bindparam("seen"))
    .values({c.name: bindparam(c.name) for c in thing.columns if not c.primary_key})
)
_customer = select(customer.c.id).where(customer.c.id == bindparam("id"))
_warehouse = select(warehouse.c.id).where(warehouse.c.id == bindparam("id"))


def create(step: Step, body: Any) -> Done:
    """A new thing in the actor's org unit."""
    values = {**_NOTHING, **read_values(body, SLOTS)}
    _check_references(step.conn, values)
    actor = step.actor
    row = {
        **values,
        "id": new_id(),
        "amount": _amount(values["quantity"], values["price"]),
        "version": 1,
        "owner_id": actor.id,
        "org_unit_id": actor.org_unit_id,
        "created_by": actor.id,
        "created_at": step.at,
        "updated_by": actor.id,
        "updated_at": step.at,
    }
    try:
        step.conn.execute(_add, row)
    except IntegrityError:
        raise Refused(409, "DUPLICATE", (Fault("/code", "DUPLICATE"),)) from None
    shown = _shown(row)
    return Done(
        201, shown, row["id"], 1, {key: [None, shown[key]] for key in SLOTS if shown[key] is not None}
    )


def change(step: Step, id: int, body: Any, seen: int | None) -> Done:
    """The thing with what was sent; 409 where its version is not the one that was seen."""
    before = _found(step.conn, step.actor, id, locked=True)._asdict()
    if seen is not None and seen != before["version"]:
        raise Refused(409, "VERSION_CONFLICT", yours=seen, current=before["version"])
    sent = read_values(body, SLOTS, partial=True)
    _check_references(step.conn, sent)
    row = {
        **before,
        **sent,
        "version": before["version"] + 1,
        "updated_by": step.actor.id,
        "updated_at": step.at,
    }
    row["amount"] = _amount(row["quantity"], row["price"])
    new = {column: value for column, value in row.items() if column != "id"}
    try:
        count = step.conn.execute(_save, {**new, "of": id, "seen": before["version"]}).rowcount
    except IntegrityError:
        raise Refused(409, "DUPLICATE", (Fault("/code", "DUPLICATE"),)) from None
    if count != 1:
        raise Refused(409, "VERSION_CONFLICT")
    old, shown = _shown(before), _shown(row)
    changes = {k: [old[k], shown[k]] for k in (*SLOTS, "amount") if old[k] != shown[k]}
    return Done(200, shown, id, row["version"], changes)


def read(conn: Connection, actor: Actor, id: int) -> dict[str, Any]:
    return _shown(_found(conn, actor, id)._asdict())


def _found(conn: Connection, actor: Actor, id: int, *, locked: bool = False) -> Row[Any]:
    statement = _by_id_locked if locked and conn.dialect.name == "postgresql" else _by_id
    row = conn.execute(statement, {"id": id}).one_or_none()
    if row is None or (actor.unit is not None and row.org_unit_id != actor.unit):
        raise Refused(404, "NOT_FOUND")
    return row


def page(conn: Connection, actor: Actor, args: Mapping[str, str]) -> dict[str, Any]:
    """Things of one status, newest day first: ``{"items", "next"}``. The filter is ``status =`` and the sort ``-day``, written by hand."""
    where = [thing.c.status == _status(args.get("filter", ""))]
    if args.get("sort", "-day") != "-day":
        raise Refused(422, "SORT")
    if actor.unit is not None:
        where.append(thing.c.org_unit_id == actor.unit)
    limit = args.get("limit", "50")
    if not limit.isdigit() or not 1 <= int(limit) <= PAGE:
        raise Refused(422, "LIMIT")
    if args.get("cursor"):
        last_day, last_id = _place(args["cursor"])
        where.append(or_(thing.c.day < last_day, and_(thing.c.day == last_day, thing.c.id < last_id)))
    statement = (
        select(thing).where(*where).order_by(thing.c.day.desc(), thing.c.id.desc()).limit(int(limit) + 1)
    )
    rows = conn.execute(statement).all()
    more = len(rows) > int(limit)
    rows = rows[: int(limit)]
    following = base64.urlsafe_b64encode(f"{rows[-1].day}:{rows[-1].id}".encode()).decode() if more else None
    return {"items": [_shown(row._asdict()) for row in rows], "next": following}


def _status(text: str) -> str:
    try:
        sent = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Refused(422, "FILTER") from None
    if (
        not isinstance(sent, dict)
        or sent.get("field") != "status"
        or sent.get("op") != "="
        or sent.get("value") not in STATUSES
    ):
        raise Refused(422, "FILTER")
    return str(sent["value"])


def _place(cursor: str) -> tuple[date, int]:
    try:
        last_day, last_id = base64.urlsafe_b64decode(cursor).decode().split(":")
        return date.fromisoformat(last_day), int(last_id)
    except ValueError:
        raise Refused(422, "CURSOR") from None


def _check_references(conn: Connection, values: Mapping[str, Any]) -> None:
    faults = [
        Fault(path, "REFERENCE")
        for path, column, statement in (
            ("/customer", "customer_id", _customer),
            ("/warehouse", "warehouse_id", _warehouse),
        )
        if values.get(column) is not None and conn.execute(statement, {"id": values[column]}).first() is None
    ]
    if faults:
        raise Refused(422, "INVALID", tuple(faults))


def _amount(quantity: int, price: int) -> int:
    return half_up(quantity * price, 1_000_000)


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "version": row["version"],
        "owner": str(row["owner_id"]),
        "org_unit": str(row["org_unit_id"]),
        "created_at": show_instant(row["created_at"]),
        "created_by": str(row["created_by"]),
        "updated_at": show_instant(row["updated_at"]),
        "updated_by": str(row["updated_by"]),
        "code": row["code"],
        "name": row["name"],
        "note": row["note"],
        "quantity": show(row["quantity"], 4),
        "price": show(row["price"], 4),
        "amount": show(row["amount"], 2),
        "weight": show(row["weight"], 3),
        "discount": show(row["discount"], 2),
        "pieces": show(row["pieces"], 0),
        "day": row["day"].isoformat(),
        "due": show_instant(row["due"]),
        "status": row["status"],
        "kind": row["kind"],
        "is_active": row["is_active"],
        "customer": str(row["customer_id"]) if row["customer_id"] else None,
        "warehouse": str(row["warehouse_id"]) if row["warehouse_id"] else None,
        "email": row["email"],
        "phone": row["phone"],
        "url": row["url"],
        "rating": show(row["rating"], 0),
    }
