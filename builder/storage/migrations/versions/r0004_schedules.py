"""What the page of schedules tells: how the last run went and who paused it; and how often the worker of a job died in one step."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from builder.storage.tables.machinery import job, schedule

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ADDED = (
    (schedule, ("planned_at", "ran_at", "found", "micros", "error", "run_by", "paused_at", "paused_by")),
    (job, ("deaths",)),
)


def upgrade() -> None:
    """What a database that was made before lacks; the first revision makes today's tables."""
    conn = op.get_bind()
    for table, names in ADDED:
        known = {found["name"] for found in sa.inspect(conn).get_columns(table.name)}
        for name in names:
            if name not in known:
                op.add_column(table.name, _like(table.c[name]))


def _like(column: sa.Column[Any]) -> sa.Column[Any]:
    """The column for a table that is there."""
    given = column.server_default
    default = str(given.arg) if isinstance(given, sa.DefaultClause) else None
    return sa.Column(column.name, column.type, nullable=column.nullable, server_default=default)
