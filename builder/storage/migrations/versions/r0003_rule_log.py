"""What the log of rules says of each run, and who settled what could not be delivered."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from builder.storage.tables.machinery import command_log, outbox, rule_run

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ADDED = ((rule_run, ("at", "app_id", "touched")), (outbox, ("settled_by", "settled_why")))
INDEXES = ("rule_run_app_id_at_idx", "rule_run_entity_id_record_id_cmd_idx")


def upgrade() -> None:
    """What a database that was made before lacks; the first revision makes today's tables."""
    conn = op.get_bind()
    for table, names in ADDED:
        known = {found["name"] for found in sa.inspect(conn).get_columns(table.name)}
        for name in names:
            if name not in known:
                op.add_column(table.name, _like(table.c[name]))
    same = (command_log.c.ws == rule_run.c.ws) & (command_log.c.cmd == rule_run.c.cmd)
    of_command = {
        name: sa.select(sa.func.coalesce(column, rule_run.c[name])).where(same).scalar_subquery()
        for name, column in (("at", command_log.c.at), ("app_id", command_log.c.app_id))
    }
    is_known = sa.exists().where(same)
    conn.execute(sa.update(rule_run).where(rule_run.c.at.is_(None), is_known).values(**of_command))
    present = {found["name"] for found in sa.inspect(conn).get_indexes(rule_run.name)}
    for index in rule_run.indexes:
        if index.name in INDEXES and index.name not in present:
            index.create(conn)


def _like(column: sa.Column[Any]) -> sa.Column[Any]:
    """The column for a table that is there."""
    given = column.server_default
    default = str(given.arg) if isinstance(given, sa.DefaultClause) else None
    return sa.Column(column.name, column.type, nullable=column.nullable, server_default=default)
