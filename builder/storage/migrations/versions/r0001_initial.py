"""The fixed tables, the first pool members, what may only grow, and full-text search."""

from __future__ import annotations

from alembic import op

from builder.storage.columns import PG
from builder.storage.members import FIRST, make_members
from builder.storage.tables import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("entry", "journal", "command_log", "app_version")
"""Nobody changes or removes a row of these, whoever has got hold of a connection."""


def upgrade() -> None:
    """Everything, on an empty database."""
    conn = op.get_bind()
    metadata.create_all(conn)
    make_members(conn, FIRST[conn.dialect.name])
    if conn.dialect.name == PG:
        _postgres()
    else:
        _sqlite()


def _postgres() -> None:
    op.execute(
        "CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'ZG001'; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
        )
    op.execute("CREATE INDEX search_tokens_idx ON search USING gin (tokens)")


def _sqlite() -> None:
    for table in APPEND_ONLY:
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    # Tokens are made by the engine and separated by spaces; everything else in them belongs to a token.
    op.execute(
        "CREATE VIRTUAL TABLE search_fts USING fts5(tokens, content='search', content_rowid='row_no', "
        "tokenize=\"ascii tokenchars '!#$%&()*+,-./:;<=>?@[\\]^_`{|}~'\", detail=none, columnsize=0)"
    )
    removed = "INSERT INTO search_fts(search_fts, rowid, tokens) VALUES ('delete', old.row_no, old.tokens);"
    added = "INSERT INTO search_fts(rowid, tokens) VALUES (new.row_no, new.tokens);"
    op.execute(f"CREATE TRIGGER search_added AFTER INSERT ON search BEGIN {added} END")
    op.execute(f"CREATE TRIGGER search_removed AFTER DELETE ON search BEGIN {removed} END")
    op.execute(f"CREATE TRIGGER search_changed AFTER UPDATE ON search BEGIN {removed} {added} END")
