"""Periods: a ledger is closed through a day, after which nothing is posted on or before it; reopening takes that back.

Commit calls ``close`` and ``reopen`` while it holds the app's gate alone, so no posting is under way.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, and_, func, select

from builder.errors import Problem, RefusedError
from builder.ledger.columns import measures_of, upsert
from builder.ledger.definition import LANE, CostModel, LedgerModel
from builder.storage.tables.ledgers import balance, entry, layer, period


def closed_through(conn: Connection, model: LedgerModel, ws: int) -> date | None:
    """The last closed day, None where nothing is closed."""
    statement = select(period.c.closed_through).where(
        period.c.ws == ws, period.c.ledger_id == model.ledger_id
    )
    found: date | None = conn.execute(statement).scalar()
    return found


def close(conn: Connection, model: LedgerModel, ws: int, through: date | str | None, cmd: int) -> None:
    """Close through that day. Raises ``RefusedError`` where something is in the way, all of it named, or where the ledger is closed
    further already."""
    day = _day(through)
    already = closed_through(conn, model, ws)
    if day is None or (already is not None and already >= day):
        raise RefusedError(
            "PERIOD_ORDER", problems=[Problem("PERIOD_ORDER", "", {"closed_through": already})]
        )
    in_the_way = checklist(conn, model, ws, day)
    if in_the_way:
        raise RefusedError("PERIOD_BLOCKED", problems=in_the_way)
    _write(conn, model, ws, day, cmd)


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
    """What is in the way of closing: shortages nobody has covered, value without quantity, quantity issued at no cost, and
    histories that wait for a new costing. Documents that wait for approval are the caller's to look for."""
    cost = model.cost
    if cost is None or model.is_turnover:
        return _waiting(conn, model, ws)
    return (
        *_waiting(conn, model, ws),
        *_open_shortages(conn, model, ws, through),
        *_value_without_quantity(conn, model, cost, ws),
        *_issued_at_nothing(conn, model, cost, ws, through),
    )


def _write(conn: Connection, model: LedgerModel, ws: int, day: date | None, cmd: int) -> None:
    statement = upsert(conn, period)
    statement = statement.on_conflict_do_update(
        index_elements=[period.c.ws, period.c.ledger_id],
        set_={"closed_through": statement.excluded.closed_through, "cmd": statement.excluded.cmd},
    )
    conn.execute(statement, [{"ws": ws, "ledger_id": model.ledger_id, "closed_through": day, "cmd": cmd}])


def _day(through: date | str | None) -> date | None:
    return date.fromisoformat(through) if isinstance(through, str) else through


def _waiting(conn: Connection, model: LedgerModel, ws: int) -> tuple[Problem, ...]:
    here = balance.c
    statement = select(func.count()).where(
        here.ws == ws, here.ledger_id == model.ledger_id, here.grain == LANE, here.recost_from.is_not(None)
    )
    count = conn.execute(statement).scalar_one()
    return (Problem("PERIOD_RECOST", "", {"ledger": model.key, "count": count}),) if count else ()


def _open_shortages(conn: Connection, model: LedgerModel, ws: int, through: date) -> tuple[Problem, ...]:
    statement = (
        select(layer.c.entry_id, layer.c.qty_left, entry.c.line_id)
        .join(entry, and_(entry.c.ws == layer.c.ws, entry.c.entry_id == layer.c.entry_id))
        .where(layer.c.ws == ws, layer.c.ledger_id == model.ledger_id, layer.c.kind == "short")
        .where(layer.c.qty_left != 0, layer.c.order_day <= through)
        .order_by(layer.c.order_day, layer.c.order_seq)
    )
    measure = model.measures[model.counted]
    return tuple(
        Problem(
            "PERIOD_SHORT",
            f"/{model.key}/{row.entry_id}",
            {"line": row.line_id, "shortage": measure.exact(row.qty_left)},
        )
        for row in conn.execute(statement)
    )


def _value_without_quantity(
    conn: Connection, model: LedgerModel, cost: CostModel, ws: int
) -> tuple[Problem, ...]:
    quantity = balance.c[f"m{model.measures[cost.quantity].number}"]
    value = balance.c[f"m{model.measures[cost.value].number}"]
    statement = select(balance).where(
        balance.c.ws == ws,
        balance.c.ledger_id == model.ledger_id,
        balance.c.grain == cost.grain.number,
        quantity == 0,
        value != 0,
    )
    found = []
    for row in conn.execute(statement):
        key = {model.dimensions[p].key: row._mapping[f"k{i}"] for i, p in enumerate(cost.grain.positions, 1)}
        amount = model.measures[cost.value].exact(measures_of(model, row._mapping)[cost.value])
        found.append(Problem("PERIOD_VALUE", "", {"ledger": model.key, "dimensions": key, "value": amount}))
    return tuple(found)


def _issued_at_nothing(
    conn: Connection, model: LedgerModel, cost: CostModel, ws: int, through: date
) -> tuple[Problem, ...]:
    """Issues of something at no cost since the last close; a warning would be overlooked, so it is in the way."""
    quantity = entry.c[f"m{model.measures[cost.quantity].number}"]
    value = entry.c[f"m{model.measures[cost.value].number}"]
    conditions = [entry.c.ws == ws, entry.c.ledger_id == model.ledger_id, entry.c.kind == "normal"]
    since = closed_through(conn, model, ws)
    if since is not None:
        conditions.append(entry.c.business_date > since)
    undone = entry.alias("undone")
    stands = ~(
        select(undone.c.entry_id)
        .where(undone.c.ws == entry.c.ws, undone.c.concerns_entry == entry.c.entry_id)
        .where(undone.c.kind.in_(("reversal", "true_up")))
        .exists()
    )
    statement = select(entry.c.entry_id, entry.c.line_id).where(
        *conditions, quantity < 0, value == 0, entry.c.business_date <= through, stands
    )
    return tuple(
        Problem("PERIOD_NO_COST", f"/{model.key}/{row.entry_id}", {"line": row.line_id})
        for row in conn.execute(statement.order_by(entry.c.business_date, entry.c.entry_id))
    )
