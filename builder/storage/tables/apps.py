"""Apps, their versions and drafts, and how their definitions map onto storage."""

from __future__ import annotations

from builder.storage.columns import big, instant, integer, json, text, ws
from builder.storage.tables.shape import index, table

app = table(
    "app",
    "ws app_id",
    ws(),
    big("app_id"),
    text("key"),
    json("label"),
    text("template_key", ""),
    text("template_version", ""),
    integer("live_version"),
    integer("map_epoch", 1),
    integer("access_epoch", 1),
    integer("setting_epoch", 1),
    integer("draft_version", 0),
    text("status", "active"),
)
index(app, "ws key", unique=True)

app_version = table(
    "app_version",
    "ws app_id version",
    ws(),
    big("app_id"),
    integer("version"),
    json("package"),
    text("content_hash"),
    big("author_id"),
    text("note", ""),
    instant("published_at"),
    integer("rolled_back_from", null=True),
)

draft_node = table(
    "draft_node",
    "ws app_id kind key",
    ws(),
    big("app_id"),
    text("kind"),
    text("key"),
    json("body", null=True),
    integer("version"),
    big("changed_by"),
    instant("changed_at"),
)

draft_edit = table(
    "draft_edit",
    "ws app_id edit_no",
    ws(),
    big("app_id"),
    integer("edit_no"),
    big("user_id"),
    text("kind"),
    text("key"),
    json("forward", null=True),
    json("backward", null=True),
    instant("at"),
    integer("undone", 0),
    big("step", 0),
)

setting = table(
    "setting",
    "ws app_id key",
    ws(),
    big("app_id"),
    text("key"),
    json("value", null=True),
    integer("version"),
    big("cmd"),
)

setting_history = table(
    "setting_history",
    "ws app_id key version",
    ws(),
    big("app_id"),
    text("key"),
    integer("version"),
    json("value", null=True),
    big("cmd"),
)

entity = table(
    "entity",
    "ws entity_id",
    ws(),
    integer("entity_id"),
    big("app_id"),
    text("uid"),
    text("kind"),
    integer("member"),
    big("rows", 0),
    integer("next_field_no", 1),
)
index(entity, "ws app_id uid", unique=True)
index(entity, "ws member")

slot = table(
    "slot",
    "ws entity_id slot field_uid",
    ws(),
    integer("entity_id"),
    text("slot"),
    text("field_uid"),
    integer("field_no"),
    integer("scale", null=True),
    text("state", "live"),
    integer("epoch", 1),
    text("type", ""),
)
index(slot, "ws entity_id field_uid state", unique=True)

field_move = table(
    "field_move",
    "ws app_id",
    ws(),
    big("app_id"),
    text("state"),
    integer("version"),
    json("nodes", null=True),
    text("note", ""),
    big("author_id", 0),
    integer("rolled_back_from", null=True),
    integer("lose", 0),
    big("job_id", 0),
    big("total", 0),
    instant("started_at"),
    instant("ended_at", null=True),
    json("problems", null=True),
)

ledger = table(
    "ledger",
    "ws ledger_id",
    ws(),
    integer("ledger_id"),
    big("app_id"),
    text("uid"),
    text("kind"),
    json("shape"),
    big("locked_cmd", 0),
)
index(ledger, "ws app_id uid", unique=True)

pool_member = table("pool_member", "member", integer("member"), text("kind", "free"))
