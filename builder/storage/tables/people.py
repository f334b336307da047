"""Workspaces, people, where they belong, what they were granted, and how they are signed in."""

from __future__ import annotations

from builder.storage.columns import big, blob, day, instant, integer, json, text, ws
from builder.storage.tables.shape import index, table

workspace = table(
    "workspace",
    "ws",
    ws(),
    text("key"),
    text("name"),
    text("timezone"),
    text("locale"),
    text("currency", "CNY"),
    text("day_starts_at", "00:00"),
    text("calendar_id", ""),
    text("plan", ""),
    text("status", "active"),
)
index(workspace, "ws key", unique=True)

database_key = table("database_key", "name", text("name"), blob("value"))

writer_slot = table(
    "writer_slot", "slot", integer("slot"), text("process"), instant("lease_until"), big("last_ms", 0)
)

org_unit = table(
    "org_unit",
    "ws org_unit_id",
    ws(),
    big("org_unit_id"),
    big("parent_id", 0),
    text("path", ""),
    text("key"),
    text("name"),
    big("head_user_id", 0),
    text("timezone", null=True),
    text("calendar_id", ""),
    instant("archived_at", null=True),
)
index(org_unit, "ws key", unique=True)

account = table(
    "account",
    "ws user_id",
    ws(),
    big("user_id"),
    text("login"),
    text("name"),
    text("email", ""),
    text("password_hash"),
    text("totp", null=True),
    text("locale", "zh-CN"),
    text("status", "active"),
    integer("is_admin", 0),
    big("org_unit_id", 0),
    instant("created_at"),
    instant("left_at", null=True),
    integer("failed_count", 0),
    instant("locked_until", null=True),
)
index(account, "ws login", unique=True)

membership = table(
    "membership",
    "ws user_id org_unit_id from_day",
    ws(),
    big("user_id"),
    big("org_unit_id"),
    day("from_day"),
    day("to_day", null=True),
    text("position", ""),
)

grant = table(
    "role_grant",
    "ws app_id user_id role_uid org_unit_id",
    ws(),
    big("app_id"),
    big("user_id"),
    text("role_uid"),
    big("org_unit_id", 0),
)

delegation = table(
    "delegation",
    "ws delegation_id",
    ws(),
    big("delegation_id"),
    big("from_user"),
    big("to_user"),
    big("app_id", 0),
    day("from_day"),
    day("to_day"),
)

session = table(
    "session",
    "ws token_hash",
    ws(),
    text("token_hash"),
    big("user_id"),
    text("csrf"),
    instant("created_at"),
    instant("seen_at"),
    instant("expires_at"),
)
index(session, "ws user_id")

api_token = table(
    "api_token",
    "ws token_hash",
    ws(),
    text("token_hash"),
    big("user_id"),
    text("name", ""),
    json("scope"),
    text("prefix"),
    instant("expires_at", null=True),
)
index(api_token, "ws user_id")

secret = table(
    "secret", "ws secret_key", ws(), text("secret_key"), blob("cipher"), text("key_id"), text("origin", "")
)

calendar_day = table(
    "calendar_day", "ws calendar_id day", ws(), text("calendar_id"), day("day"), text("kind")
)
