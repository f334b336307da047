"""Fields that move while people work, and edits of a draft that are one step."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from builder.storage.tables import apps

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What a database that was made before lacks; the first revision makes today's tables."""
    conn = op.get_bind()
    apps.field_move.create(conn, checkfirst=True)
    if not _has(conn, "draft_edit", "step"):
        op.add_column("draft_edit", sa.Column("step", sa.BigInteger, nullable=False, server_default="0"))
    if not _has(conn, "slot", "type"):
        op.add_column("slot", sa.Column("type", sa.Text, nullable=False, server_default=""))


def _has(conn: sa.Connection, table: str, column: str) -> bool:
    return column in {found["name"] for found in sa.inspect(conn).get_columns(table)}
