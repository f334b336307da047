"""Ledgers: entries that are only ever added, and what is kept beside them so that reading a balance is one row."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column

from builder.storage.columns import big, day, integer, text, ws
from builder.storage.tables.shape import index, table

DIMENSIONS = 8
GRAIN_DIMENSIONS = 6
MEASURES = 6
COST_DIMENSIONS = 3

journal = table(
    "journal",
    "ws journal_id",
    ws(),
    big("journal_id"),
    big("cmd"),
    integer("ledger_id"),
    integer("entity_id"),
    big("record_id"),
    integer("posting_rev"),
    text("posting_uid"),
    day("business_date"),
    big("reverses", null=True),
)
index(
    journal,
    "ws entity_id record_id posting_rev posting_uid",
    journal.c.reverses.is_(None),
    unique=True,
)
index(journal, "ws reverses", journal.c.reverses.is_not(None), unique=True)
index(journal, "ws entity_id record_id")
index(journal, "ws cmd")


def _numbered(prefix: str, count: int, **options: Any) -> list[Column[Any]]:
    return [big(f"{prefix}{n}", 0, **options) for n in range(1, count + 1)]


entry = table(
    "entry",
    "ws entry_id",
    ws(),
    big("entry_id"),
    big("journal_id"),
    integer("ledger_id"),
    big("line_id"),
    integer("part"),
    text("kind"),
    *_numbered("k", DIMENSIONS),
    day("business_date"),
    big("seq"),
    *_numbered("m", MEASURES),
    big("concerns_entry", null=True),
    text("reason", ""),
)
index(entry, "ws journal_id line_id part", unique=True)
index(entry, "ws ledger_id k1 business_date seq")
index(entry, "ws line_id")
index(entry, "ws concerns_entry", entry.c.concerns_entry.is_not(None))

balance = table(
    "balance",
    "ws ledger_id grain k1 k2 k3 k4 k5 k6",
    ws(),
    integer("ledger_id"),
    integer("grain"),
    *_numbered("k", GRAIN_DIMENSIONS),
    *_numbered("m", MEASURES),
    integer("ver", 0),
    day("last_day", null=True),
    big("seq", 0),
    text("method", ""),
    day("last_count_day", null=True),
    day("recost_from", null=True),
    clustered=True,
    postgresql_with={"fillfactor": 70},
)
index(balance, "ws ledger_id grain k1 k2", balance.c.m1 != 0)

daily = table(
    "daily",
    "ws ledger_id grain k1 k2 k3 k4 k5 k6 day",
    ws(),
    integer("ledger_id"),
    integer("grain"),
    *_numbered("k", GRAIN_DIMENSIONS),
    day("day"),
    *_numbered("in", MEASURES),
    *_numbered("out", MEASURES),
    *_numbered("m", MEASURES),
    clustered=True,
    postgresql_with={"fillfactor": 85},
)
index(daily, "ws ledger_id grain day")

layer = table(
    "layer",
    "ws ledger_id k1 k2 k3 order_day order_seq entry_id",
    ws(),
    integer("ledger_id"),
    *_numbered("k", COST_DIMENSIONS),
    day("order_day"),
    big("order_seq"),
    big("entry_id"),
    text("kind"),
    big("qty_left"),
    big("value_left"),
)
index(layer, "ws ledger_id k1 k2 k3 order_day order_seq", layer.c.qty_left != 0)
index(layer, "ws entry_id", unique=True)

edge = table(
    "edge",
    "ws from_entry to_entry",
    ws(),
    big("from_entry"),
    big("to_entry"),
    big("qty"),
    big("value"),
    clustered=True,
)
index(edge, "ws to_entry from_entry")

count_point = table(
    "count_point",
    "ws ledger_id grain k1 k2 k3 k4 k5 k6 day seq",
    ws(),
    integer("ledger_id"),
    integer("grain"),
    *_numbered("k", GRAIN_DIMENSIONS),
    day("day"),
    big("seq"),
    big("counted"),
    big("entry_id"),
)

period = table(
    "period", "ws ledger_id", ws(), integer("ledger_id"), day("closed_through", null=True), big("cmd")
)

guard_override = table(
    "guard_override",
    "ws override_id",
    ws(),
    big("override_id"),
    big("cmd"),
    text("guard_uid"),
    integer("ledger_id"),
    *_numbered("k", GRAIN_DIMENSIONS),
    big("slack"),
    text("reason"),
    big("actor_id"),
)
index(guard_override, "ws cmd")

dim_value = table(
    "dim_value",
    "ws ledger_id dim_no value_id",
    ws(),
    integer("ledger_id"),
    integer("dim_no"),
    big("value_id"),
    text("text"),
)
index(dim_value, "ws ledger_id dim_no text", unique=True)
