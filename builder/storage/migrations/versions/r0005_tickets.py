"""Tickets and what happened to them."""

from __future__ import annotations

from alembic import op

from builder.storage.tables import tickets

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What a database that was made before lacks; the first revision makes today's tables."""
    conn = op.get_bind()
    tickets.ticket.create(conn, checkfirst=True)
    tickets.ticket_step.create(conn, checkfirst=True)
