"""Met: which definitions the rows of a database are about. For scratch databases: it reads every row."""

from __future__ import annotations

from sqlalchemy import Connection, select

from builder.storage.tables.flow import approval_task
from builder.storage.tables.ledgers import guard_override
from builder.storage.tables.machinery import rule_run
from builder.storage.tables.records import history

UIDS = (rule_run.c.rule_uid, approval_task.c.node_uid, guard_override.c.guard_uid)


def entities(conn: Connection) -> frozenset[int]:
    """The numbers of entities whose records were written."""
    return frozenset(conn.execute(select(history.c.entity_id).distinct()).scalars())


def uids(conn: Connection) -> frozenset[str]:
    """Rules that ran, steps of approvals at which somebody was asked, guards that were let pass."""
    return frozenset(uid for column in UIDS for uid in conn.execute(select(column).distinct()).scalars())
