"""Met: which definitions the rows of a database are about. For scratch databases: it reads every row."""

from __future__ import annotations

from sqlalchemy import Connection, select

from builder.storage.tables.flow import approval, approval_task
from builder.storage.tables.ledgers import guard_override
from builder.storage.tables.machinery import rule_run
from builder.storage.tables.records import history, state_span

UIDS = (rule_run.c.rule_uid, approval_task.c.node_uid, guard_override.c.guard_uid)


def entities(conn: Connection) -> frozenset[int]:
    """The numbers of entities whose records were written."""
    return frozenset(conn.execute(select(history.c.entity_id).distinct()).scalars())


def uids(conn: Connection) -> frozenset[str]:
    """Rules that ran, steps of approvals at which somebody was asked, guards that were let pass."""
    return frozenset(uid for column in UIDS for uid in conn.execute(select(column).distinct()).scalars())


def states(conn: Connection) -> frozenset[tuple[int, str]]:
    """The states in which records were, with the number of their entity."""
    asked = select(state_span.c.entity_id, state_span.c.state).distinct()
    return frozenset((entity, state) for entity, state in conn.execute(asked))


def ways(conn: Connection) -> frozenset[str]:
    """The branches of approvals that records took."""
    cursors = conn.execute(select(approval.c.cursor)).scalars()
    return frozenset(uid for c in cursors for taken in c.get("ways", {}).values() for uid in taken)


def rejections(conn: Connection) -> frozenset[str]:
    """Transitions whose approval somebody rejected."""
    at = (approval.c.ws == approval_task.c.ws) & (approval.c.approval_id == approval_task.c.approval_id)
    asked = (
        select(approval.c.transition_uid).join(approval_task, at).where(approval_task.c.status == "rejected")
    )
    return frozenset(conn.execute(asked.distinct()).scalars())
