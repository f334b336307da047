"""What hangs on records: multi-values, links, history, states, comments, files, search, counters."""

from __future__ import annotations

from sqlalchemy import Column, Identity, Integer, Table, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY

from builder.storage.columns import PG, TEXT, big, instant, integer, json, text, ws
from builder.storage.tables.shape import index, metadata, table

multi = table(
    "multi",
    "ws entity_id field_no value record_id",
    ws(),
    integer("entity_id"),
    integer("field_no"),
    text("value"),
    big("record_id"),
    clustered=True,
)
index(multi, "ws entity_id record_id")

record_link = table(
    "record_link",
    "ws from_entity from_id kind to_entity to_id",
    ws(),
    integer("from_entity"),
    big("from_id"),
    text("kind"),
    integer("to_entity"),
    big("to_id"),
    text("title_from", ""),
    text("title_to", ""),
    big("cmd"),
)
index(record_link, "ws to_entity to_id")

history = table(
    "history",
    "ws entity_id record_id version",
    ws(),
    integer("entity_id"),
    big("record_id"),
    integer("version"),
    big("cmd"),
    json("changes"),
)
index(history, "ws cmd")

history_private = table(
    "history_private",
    "ws entity_id record_id version field_no line_id",
    ws(),
    integer("entity_id"),
    big("record_id"),
    integer("version"),
    integer("field_no"),
    big("line_id", 0),
    json("value", null=True),
)

state_span = table(
    "state_span",
    "ws entity_id record_id entered_cmd",
    ws(),
    integer("entity_id"),
    big("record_id"),
    big("entered_cmd"),
    text("state"),
    instant("entered_at"),
    instant("left_at", null=True),
    big("actor_id"),
)
index(state_span, "ws entity_id state entered_at", state_span.c.left_at.is_(None))

comment = table(
    "comment",
    "ws comment_id",
    ws(),
    big("comment_id"),
    integer("entity_id"),
    big("record_id"),
    big("author_id"),
    text("body"),
    json("mentions"),
    instant("at"),
)
index(comment, "ws entity_id record_id")

file = table(
    "file",
    "ws file_id",
    ws(),
    big("file_id"),
    integer("entity_id", 0),
    big("record_id", 0),
    integer("field_no", 0),
    text("name"),
    text("mime"),
    big("size"),
    text("sha256"),
    big("by_user"),
    instant("at"),
)
index(file, "ws entity_id record_id")
index(file, "ws sha256")

blob = table("blob", "ws sha256", ws(), text("sha256"), big("size"), instant("stored_at"))

# SQLite's full-text index points at rows by number, so the row has one of its own there and here.
search = Table(
    "search",
    metadata,
    Column(
        "row_no",
        Integer().with_variant(big("x").type, PG),
        Identity(always=False),
        primary_key=True,
        nullable=False,
    ),
    ws(),
    integer("entity_id"),
    big("record_id"),
    integer("field_no"),
    Column("text", TEXT, nullable=False),
    Column("tokens", Text().with_variant(ARRAY(Text(collation="C")), PG), nullable=False),
    UniqueConstraint("ws", "entity_id", "record_id", "field_no", name="search_record_key"),
)

search_todo = table(
    "search_todo", "ws entity_id record_id", ws(), integer("entity_id"), big("record_id"), clustered=True
)

counter = table(
    "counter", "ws series_uid scope", ws(), text("series_uid"), text("scope"), big("value"), clustered=True
)
