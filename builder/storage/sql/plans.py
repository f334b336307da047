"""Plans: whether PostgreSQL thinks again about every question."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from builder.storage.columns import PG
from builder.storage.prepared import Prepared

_ANEW = Prepared(select(func.set_config("plan_cache_mode", "force_custom_plan", True)))


def plan_anew(conn: Connection) -> None:
    """Until the transaction ends, plan each statement for the values that it is asked with. Worth a round trip for lists and figures,
    whose best plan depends on them; not for a record by its id."""
    if conn.dialect.name == PG:
        _ANEW.all(conn, {})
