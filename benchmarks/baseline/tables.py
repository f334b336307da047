"""Dedicated, typed tables. Quantities are integers of 1/10,000, money is in cents, instants are microseconds since 1970 in UTC."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData()

org_unit = Table(
    "org_unit",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(80), nullable=False),
)
account = Table(
    "account",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("login", String(80), nullable=False, unique=True),
    Column("name", String(80), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("org_unit_id", BigInteger, ForeignKey("org_unit.id"), nullable=False),
    Column("is_active", Boolean, nullable=False),
)
session = Table(
    "session",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("account_id", BigInteger, ForeignKey("account.id"), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)
permission = Table(
    "permission",
    metadata,
    Column("role", String(20), primary_key=True),
    Column("entity", String(20), primary_key=True),
    Column("deed", String(20), primary_key=True),
    Column("is_scoped", Boolean, nullable=False),
)

item = Table(
    "item",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("code", String(40), nullable=False, unique=True),
    Column("name", String(80), nullable=False),
)
warehouse = Table(
    "warehouse",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("code", String(40), nullable=False, unique=True),
    Column("name", String(80), nullable=False),
    Column("allow_negative", Boolean, nullable=False),
)
customer = Table(
    "customer",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("code", String(40), nullable=False, unique=True),
    Column("name", String(80), nullable=False),
    Column("credit_limit", BigInteger, nullable=False),
)


def _record() -> tuple[Column[object], ...]:
    """What every record has beside its own fields."""
    return (
        Column("version", Integer, nullable=False),
        Column("owner_id", BigInteger, ForeignKey("account.id"), nullable=False),
        Column("org_unit_id", BigInteger, ForeignKey("org_unit.id"), nullable=False),
        Column("created_by", BigInteger, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("updated_by", BigInteger, nullable=False),
        Column("updated_at", BigInteger, nullable=False),
    )


thing = Table(
    "thing",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("code", String(40), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    Column("note", Text),
    Column("quantity", BigInteger, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("weight", BigInteger),
    Column("discount", BigInteger),
    Column("pieces", Integer),
    Column("day", Date, nullable=False),
    Column("due", BigInteger),
    Column("status", String(20), nullable=False),
    Column("kind", String(20)),
    Column("is_active", Boolean, nullable=False),
    Column("customer_id", BigInteger, ForeignKey("customer.id")),
    Column("warehouse_id", BigInteger, ForeignKey("warehouse.id")),
    Column("email", String(200)),
    Column("phone", String(40)),
    Column("url", String(300)),
    Column("rating", Integer),
    *_record(),
)
Index("thing_list", thing.c.status, thing.c.day, thing.c.id)
Index("thing_unit_list", thing.c.org_unit_id, thing.c.status, thing.c.day, thing.c.id)

document = Table(
    "document",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(10), nullable=False),
    Column("number", String(30), nullable=False, unique=True),
    Column("state", String(10), nullable=False),
    Column("business_date", Date, nullable=False),
    Column("customer_id", BigInteger, ForeignKey("customer.id")),
    Column("warehouse_id", BigInteger, ForeignKey("warehouse.id"), nullable=False),
    Column("total", BigInteger, nullable=False),
    *_record(),
    CheckConstraint("kind <> 'delivery' OR customer_id IS NOT NULL"),
)
Index("document_list", document.c.kind, document.c.org_unit_id, document.c.business_date, document.c.id)
document_line = Table(
    "document_line",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("document_id", BigInteger, ForeignKey("document.id"), nullable=False),
    Column("line_no", Integer, nullable=False),
    Column("item_id", BigInteger, ForeignKey("item.id"), nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("cost", BigInteger, nullable=False),
    UniqueConstraint("document_id", "line_no"),
)
counter = Table(
    "counter",
    metadata,
    Column("series", String(20), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("value", Integer, nullable=False),
)

stock_entry = Table(
    "stock_entry",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("cmd", BigInteger, nullable=False),
    Column("document_id", BigInteger, ForeignKey("document.id"), nullable=False),
    Column("line_id", BigInteger, nullable=False, unique=True),
    Column("item_id", BigInteger, nullable=False),
    Column("warehouse_id", BigInteger, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("value", BigInteger, nullable=False),
)
Index("stock_entry_item", stock_entry.c.item_id, stock_entry.c.business_date, stock_entry.c.id)
stock_item = Table(
    "stock_item",
    metadata,
    Column("item_id", BigInteger, ForeignKey("item.id"), primary_key=True, autoincrement=False),
    Column("quantity", BigInteger, nullable=False),
    Column("value", BigInteger, nullable=False),
    Column("last_day", Date, nullable=False),
)
stock_place = Table(
    "stock_place",
    metadata,
    Column("item_id", BigInteger, ForeignKey("item.id"), primary_key=True, autoincrement=False),
    Column("warehouse_id", BigInteger, ForeignKey("warehouse.id"), primary_key=True, autoincrement=False),
    Column("quantity", BigInteger, nullable=False),
    Column("value", BigInteger, nullable=False),
)


def _day() -> tuple[Column[object], ...]:
    return (
        Column("day", Date, primary_key=True),
        Column("quantity_in", BigInteger, nullable=False),
        Column("quantity_out", BigInteger, nullable=False),
        Column("value_in", BigInteger, nullable=False),
        Column("value_out", BigInteger, nullable=False),
        Column("quantity", BigInteger, nullable=False),
        Column("value", BigInteger, nullable=False),
    )


stock_item_day = Table(
    "stock_item_day",
    metadata,
    Column("item_id", BigInteger, primary_key=True, autoincrement=False),
    *_day(),
)
stock_place_day = Table(
    "stock_place_day",
    metadata,
    Column("item_id", BigInteger, primary_key=True, autoincrement=False),
    Column("warehouse_id", BigInteger, primary_key=True, autoincrement=False),
    *_day(),
)
credit_entry = Table(
    "credit_entry",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("cmd", BigInteger, nullable=False),
    Column("document_id", BigInteger, ForeignKey("document.id"), nullable=False, unique=True),
    Column("customer_id", BigInteger, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("amount", BigInteger, nullable=False),
)
Index("credit_entry_customer", credit_entry.c.customer_id, credit_entry.c.business_date, credit_entry.c.id)
credit_balance = Table(
    "credit_balance",
    metadata,
    Column("customer_id", BigInteger, ForeignKey("customer.id"), primary_key=True, autoincrement=False),
    Column("receivable", BigInteger, nullable=False),
)
credit_day = Table(
    "credit_day",
    metadata,
    Column("customer_id", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    Column("amount_in", BigInteger, nullable=False),
    Column("receivable", BigInteger, nullable=False),
)

history = Table(
    "history",
    metadata,
    Column("entity", String(20), primary_key=True),
    Column("record_id", BigInteger, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("cmd", BigInteger, nullable=False),
    Column("changes", Text, nullable=False),
)
outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("cmd", BigInteger, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("body", Text, nullable=False),
    Column("not_before", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("done_at", BigInteger),
)
_open = text("done_at IS NULL")
Index("outbox_open", outbox.c.not_before, postgresql_where=_open, sqlite_where=_open)
idempotency = Table(
    "idempotency",
    metadata,
    Column("actor_id", BigInteger, primary_key=True, autoincrement=False),
    Column("route", String(60), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("body_hash", LargeBinary(32), nullable=False),
    Column("cmd", BigInteger, nullable=False),
    Column("status", Integer),
    Column("answer", LargeBinary),
    Column("created_at", BigInteger, nullable=False),
)
command_log = Table(
    "command_log",
    metadata,
    Column("cmd", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor_id", BigInteger, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("entity", String(20), nullable=False),
    Column("record_id", BigInteger, nullable=False),
)
