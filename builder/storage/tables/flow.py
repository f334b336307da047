"""Approvals: what runs, whose turn it is, what was decided, what was tried."""

from __future__ import annotations

from builder.storage.columns import big, instant, integer, json, text, ws
from builder.storage.tables.shape import index, table

approval = table(
    "approval",
    "ws approval_id",
    ws(),
    big("approval_id"),
    big("app_id"),
    integer("entity_id"),
    big("record_id"),
    text("transition_uid"),
    json("definition"),
    integer("version"),
    text("state"),
    json("cursor"),
    integer("round"),
    text("content_hash"),
    big("started_by"),
    instant("started_at"),
    instant("ended_at", null=True),
)
index(
    approval,
    "ws entity_id record_id transition_uid",
    approval.c.ended_at.is_(None),
    unique=True,
)
index(approval, "ws entity_id record_id")

approval_task = table(
    "approval_task",
    "ws task_id",
    ws(),
    big("task_id"),
    big("approval_id"),
    text("node_uid"),
    integer("round"),
    big("assignee_id"),
    big("on_behalf_of", 0),
    text("status"),
    text("title"),
    integer("position", 0),
    instant("opened_at"),
    instant("due_at", null=True),
    integer("fire_no", 0),
)
index(approval_task, "ws approval_id node_uid round assignee_id", unique=True)
index(approval_task, "ws assignee_id status opened_at")
index(approval_task, "ws due_at", approval_task.c.status == "open")

decision = table(
    "decision",
    "ws approval_id node_uid round user_id cmd",
    ws(),
    big("approval_id"),
    text("node_uid"),
    integer("round"),
    big("user_id"),
    big("on_behalf_of", 0),
    text("action"),
    text("opinion"),
    big("signature_file", 0),
    text("content_hash"),
    big("cmd"),
    instant("at"),
)

attempt = table(
    "attempt",
    "ws attempt_id",
    ws(),
    big("attempt_id"),
    big("task_id"),
    big("actor_id"),
    text("opinion"),
    json("problems"),
    instant("at"),
)
index(attempt, "ws task_id")
