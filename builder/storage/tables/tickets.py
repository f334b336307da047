"""Tickets: what somebody has to see to, and what happened to it."""

from __future__ import annotations

from builder.storage.columns import big, instant, integer, json, text, ws
from builder.storage.tables.shape import index, table

ticket = table(
    "ticket",
    "ws ticket_id",
    ws(),
    big("ticket_id"),
    big("app_id"),
    text("kind"),
    json("title"),
    json("body"),
    integer("entity_id", 0),
    big("record_id", 0),
    text("rule_uid", ""),
    text("about", ""),
    json("source"),
    big("owner_id"),
    text("role", ""),
    text("state"),
    instant("opened_at"),
    big("opened_by", 0),
    instant("due_at", null=True),
    json("escalate"),
    integer("level", 0),
    instant("next_at", null=True),
    integer("until_gone", 0),
    integer("times", 1),
    instant("closed_at", null=True),
    big("closed_by", 0),
    text("reason", ""),
    integer("version"),
)
# The same exception does not open a second ticket while one is open, whoever looks at the same moment.
index(
    ticket,
    "ws app_id rule_uid about",
    (ticket.c.state == "open") & (ticket.c.rule_uid != ""),
    unique=True,
)
index(ticket, "ws owner_id opened_at", ticket.c.state == "open")
index(ticket, "ws next_at", ticket.c.state == "open")
index(ticket, "ws entity_id record_id", ticket.c.record_id != 0)
index(ticket, "ws app_id opened_at")

ticket_step = table(
    "ticket_step",
    "ws ticket_id cmd step_no",
    ws(),
    big("ticket_id"),
    big("cmd"),
    integer("step_no"),
    instant("at"),
    big("user_id", 0),
    text("action"),
    text("note", ""),
    big("to_user", 0),
)
