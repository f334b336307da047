"""Periods: a ledger is closed through a day, after which nothing is posted on or before it; reopening takes that back.

Commit calls ``close`` and ``reopen`` while it holds the app's gate alone, so no posting is under way.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import Connection, func, select

from builder.errors import Problem, RefusedError
from builder.ledger.closing import Obstacle, Span, is_overridable, obstacles
from builder.ledger.columns import upsert
from builder.ledger.definition import LedgerModel
from builder.storage.tables.ledgers import period


def closed_through(conn: Connection, model: LedgerModel, ws: int) -> date | None:
    """The last closed day, None where nothing is closed."""
    statement = select(period.c.closed_through).where(
        period.c.ws == ws, period.c.ledger_id == model.ledger_id
    )
    found: date | None = conn.execute(statement).scalar()
    return found


def latest_closed(conn: Connection, models: Sequence[LedgerModel], ws: int) -> date | None:
    """The last day that any of the ledgers has closed, in one question."""
    ids = [model.ledger_id for model in models]
    statement = select(func.max(period.c.closed_through)).where(
        period.c.ws == ws, period.c.ledger_id.in_(ids)
    )
    found: date | None = conn.execute(statement).scalar()
    return found


def close(
    conn: Connection,
    model: LedgerModel,
    ws: int,
    through: date | str | None,
    cmd: int,
    accepted: Collection[str] = (),
) -> tuple[Obstacle, ...]:
    """Close through that day; what was in the way and ``accepted`` by its code. Raises ``RefusedError`` where something else is in the
    way, all of it named, or where the ledger is closed further already."""
    day = _day(through)
    already = closed_through(conn, model, ws)
    if day is None or (already is not None and already >= day):
        raise RefusedError(
            "PERIOD_ORDER", problems=[Problem("PERIOD_ORDER", "", {"closed_through": already})]
        )
    found = obstacles(conn, model, ws, Span(already, day))
    in_the_way = [o for o in found if o.code not in accepted or not is_overridable(o.code)]
    if in_the_way:
        raise RefusedError("PERIOD_BLOCKED", problems=[o.problem(model.key) for o in in_the_way])
    _write(conn, model, ws, day, cmd)
    return found


def reopen(conn: Connection, model: LedgerModel, ws: int, through: date | str | None, cmd: int) -> None:
    """Leave closed only through that day (None: nothing). Raises ``RefusedError`` where that would close more."""
    day = _day(through)
    already = closed_through(conn, model, ws)
    if already is None or (day is not None and day >= already):
        raise RefusedError(
            "PERIOD_ORDER", problems=[Problem("PERIOD_ORDER", "", {"closed_through": already})]
        )
    _write(conn, model, ws, day, cmd)


def checklist(conn: Connection, model: LedgerModel, ws: int, through: date) -> tuple[Problem, ...]:
    """What the ledger's own rows put in the way of closing, accepted or not."""
    since = closed_through(conn, model, ws)
    return tuple(o.problem(model.key) for o in obstacles(conn, model, ws, Span(since, through)))


def _write(conn: Connection, model: LedgerModel, ws: int, day: date | None, cmd: int) -> None:
    statement = upsert(conn, period)
    statement = statement.on_conflict_do_update(
        index_elements=[period.c.ws, period.c.ledger_id],
        set_={"closed_through": statement.excluded.closed_through, "cmd": statement.excluded.cmd},
    )
    conn.execute(statement, [{"ws": ws, "ledger_id": model.ledger_id, "closed_through": day, "cmd": cmd}])


def _day(through: date | str | None) -> date | None:
    return date.fromisoformat(through) if isinstance(through, str) else through
