"""By which way each command came, and each record was made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from builder.storage.tables.apps import pool_member
from builder.storage.tables.machinery import command_log
from builder.storage.tables.pool import member_name

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What a database that was made before lacks; the first revision makes today's tables."""
    conn = op.get_bind()
    _add(conn, command_log.name, sa.Column("channel", sa.Text, nullable=False, server_default=""))
    for member in conn.execute(sa.select(pool_member.c.member)).scalars().all():
        _add(conn, member_name(member), sa.Column("created_via", sa.Text, nullable=True))


def _add(conn: sa.Connection, table: str, column: sa.Column[str]) -> None:
    if column.name not in {found["name"] for found in sa.inspect(conn).get_columns(table)}:
        op.add_column(table, column)
