"""The machinery: what was commanded, answered, sent, run and told."""

from __future__ import annotations

from builder.storage.columns import big, blob, instant, integer, json, text, ws
from builder.storage.tables.shape import index, table

command_log = table(
    "command_log",
    "ws cmd",
    ws(),
    big("cmd"),
    instant("at"),
    text("actor_kind"),
    big("actor_id"),
    big("on_behalf_of", 0),
    text("kind"),
    big("app_id", 0),
    integer("package_version", 0),
    integer("entity_id", 0),
    big("record_id", 0),
    big("cause_cmd", 0),
    big("import_id", 0),
    text("request_id", ""),
    text("channel", ""),
    integer("chain_no"),
    big("chain_seq"),
    blob("content_hash"),
    blob("prev_hash"),
    blob("hash"),
)
index(command_log, "ws chain_no chain_seq", unique=True)
index(command_log, "ws at")
index(command_log, "ws entity_id record_id", command_log.c.record_id != 0)

chain = table("chain", "ws chain_no", ws(), integer("chain_no"), big("seq"), blob("head"))

anchor = table(
    "anchor", "ws anchor_no", ws(), integer("anchor_no"), instant("at"), json("heads"), blob("hash")
)

idempotency = table(
    "idempotency",
    "ws actor_id route key",
    ws(),
    big("actor_id"),
    text("route"),
    text("key"),
    text("body_hash"),
    big("cmd", 0),
    integer("status", 0),
    blob("answer", null=True),
    instant("created_at"),
)
index(idempotency, "ws created_at")

outbox = table(
    "outbox",
    "ws message_id",
    ws(),
    big("message_id"),
    big("cmd"),
    text("kind"),
    text("order_key", ""),
    text("dedupe_key", null=True),
    json("body"),
    instant("not_before"),
    integer("attempts", 0),
    instant("lease_until", null=True),
    integer("fence", 0),
    instant("done_at", null=True),
    instant("parked_at", null=True),
    text("error", ""),
    big("settled_by", 0),
    text("settled_why", ""),
)
index(outbox, "ws dedupe_key", outbox.c.dedupe_key.is_not(None), unique=True)
index(outbox, "ws not_before", outbox.c.done_at.is_(None) & outbox.c.parked_at.is_(None))
index(outbox, "ws order_key message_id", outbox.c.done_at.is_(None))

rule_run = table(
    "rule_run",
    "ws cmd run_no",
    ws(),
    big("cmd"),
    integer("run_no"),
    text("rule_uid"),
    integer("entity_id", 0),
    big("record_id", 0),
    text("timing", ""),
    json("inputs"),
    text("outcome"),
    json("steps"),
    integer("micros", 0),
    instant("at", null=True),
    big("app_id", 0),
    json("touched", null=True),
)
index(rule_run, "ws rule_uid cmd")
index(rule_run, "ws app_id at")
index(rule_run, "ws entity_id record_id cmd", rule_run.c.record_id != 0)

fired = table(
    "fired",
    "ws rule_uid record_id fire_key",
    ws(),
    text("rule_uid"),
    big("record_id"),
    text("fire_key"),
    instant("at"),
)

schedule = table(
    "schedule",
    "ws app_id rule_uid",
    ws(),
    big("app_id"),
    text("rule_uid"),
    instant("next_at"),
    instant("last_at", null=True),
    instant("lease_until", null=True),
    integer("fence", 0),
    instant("planned_at", null=True),
    instant("ran_at", null=True),
    integer("found", 0),
    integer("micros", 0),
    text("error", ""),
    big("run_by", 0),
    instant("paused_at", null=True),
    big("paused_by", 0),
)

job = table(
    "job",
    "ws job_id",
    ws(),
    big("job_id"),
    text("kind"),
    json("args"),
    json("cursor", null=True),
    json("progress", null=True),
    text("state"),
    instant("lease_until", null=True),
    integer("fence", 0),
    big("cmd", 0),
    big("user_id", 0),
    instant("created_at"),
    text("error", ""),
    integer("deaths", 0),
)
index(job, "ws state")

notification = table(
    "notification",
    "ws user_id notification_id",
    ws(),
    big("user_id"),
    big("notification_id"),
    text("kind"),
    text("title"),
    text("body", ""),
    json("link", null=True),
    instant("at"),
    instant("read_at", null=True),
)
index(notification, "ws user_id", notification.c.read_at.is_(None))

feed = table(
    "feed",
    "ws feed_id",
    ws(),
    big("feed_id"),
    text("kind"),
    big("user_id", 0),
    big("app_id", 0),
    integer("entity_id", 0),
    big("record_id", 0),
    instant("at"),
)

delivery_choice = table(
    "delivery_choice",
    "ws user_id kind channel",
    ws(),
    big("user_id"),
    text("kind"),
    text("channel"),
    text("digest", ""),
    text("quiet_from", ""),
    text("quiet_to", ""),
)
