"""Verify: everything kept beside the entries is computed again from the entries alone, and each row that differs is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, func, literal, select

from builder.ledger.broken import broken_guards
from builder.ledger.columns import GRAIN_KEY, measures_of
from builder.ledger.definition import LANE, GrainModel, Key, LedgerModel
from builder.ledger.drawn import overdrawn
from builder.ledger.findings import Finding, named
from builder.ledger.paired import paired
from builder.ledger.rebuilt import rebuilt
from builder.ledger.seen import miscounted
from builder.ledger.summed import AT_ONCE, key_columns, own_entries, summed_days, summed_rows
from builder.ledger.walked import walked
from builder.metadata.package import Package
from builder.storage.slots import SlotMap
from builder.storage.tables.ledgers import balance, daily, entry, journal, period

FLOWS = ("in", "out")


def verify(
    conn: Connection,
    models: Mapping[str, LedgerModel],
    maps: SlotMap,
    package: Package,
    ws: int,
    settings: Mapping[str, Any] | None = None,
) -> tuple[Finding, ...]:
    """Every difference in these ledgers: journals and their entries, balances, lanes, days, pools and layers, guards."""
    found: list[Finding] = []
    for model in sorted(models.values(), key=lambda m: m.ledger_id):
        found += _journals(conn, model, ws)
        found += _reversals(conn, model, ws)
        found += _closed(conn, model, ws)
        if not model.is_turnover:
            for grain in model.grains:
                found += _balances(conn, model, grain, ws)
            found += _lanes(conn, model, ws)
            found += _pools(conn, model, ws)
            found += miscounted(conn, model, ws)
            found += broken_guards(conn, model, maps, package, ws, settings or {})
        if model.keeps_days:
            for grain in model.grains:
                if grain.daily:
                    found += _days(conn, model, grain, ws)
    return tuple(found)


def _journals(conn: Connection, model: LedgerModel, ws: int) -> Iterator[Finding]:
    """Posted once, reversed once, and no entry without its journal."""
    own = and_(journal.c.ws == ws, journal.c.ledger_id == model.ledger_id)
    name = [journal.c.entity_id, journal.c.record_id, journal.c.posting_rev, journal.c.posting_uid]
    twice = select(*name, func.count().label("times")).where(own, journal.c.reverses.is_(None))
    for row in conn.execute(twice.group_by(*name).having(func.count() > 1)):
        yield Finding("POSTED_TWICE", model.key, "journal", dict(row._mapping), 1, row.times)
    undone = select(journal.c.reverses, func.count().label("times")).where(
        own, journal.c.reverses.is_not(None)
    )
    for row in conn.execute(undone.group_by(journal.c.reverses).having(func.count() > 1)):
        yield Finding("REVERSED_TWICE", model.key, "journal", dict(row._mapping), 1, row.times)
    joined = and_(journal.c.ws == entry.c.ws, journal.c.journal_id == entry.c.journal_id)
    orphans = (
        select(entry.c.entry_id)
        .outerjoin(journal, joined)
        .where(own_entries(model, ws), journal.c.journal_id.is_(None))
    )
    for row in conn.execute(orphans):
        yield Finding("ENTRY_WITHOUT_JOURNAL", model.key, "entry", {"entry": row.entry_id})


def _reversals(conn: Connection, model: LedgerModel, ws: int) -> Iterator[Finding]:
    """A reversal is exactly opposite to what it takes back."""
    origin = entry.alias("origin")
    differs = [entry.c[f"m{m.number}"] + origin.c[f"m{m.number}"] for m in model.measures]
    joined = and_(origin.c.ws == entry.c.ws, origin.c.entry_id == entry.c.concerns_entry)
    statement = (
        select(entry.c.entry_id, *differs)
        .join(origin, joined)
        .where(own_entries(model, ws), entry.c.kind == "reversal")
    )
    for row in conn.execute(statement):
        if any(row[1:]):
            yield Finding(
                "REVERSAL_NOT_OPPOSITE", model.key, "entry", {"entry": row.entry_id}, 0, tuple(row[1:])
            )


def _closed(conn: Connection, model: LedgerModel, ws: int) -> Iterator[Finding]:
    """No entry came into a closed period after its close."""
    own = and_(period.c.ws == ws, period.c.ledger_id == model.ledger_id, period.c.closed_through.is_not(None))
    closed = conn.execute(select(period.c.closed_through, period.c.cmd).where(own)).one_or_none()
    if closed is None:
        return
    joined = and_(journal.c.ws == entry.c.ws, journal.c.journal_id == entry.c.journal_id)
    statement = select(entry.c.entry_id, entry.c.business_date).join(journal, joined)
    late = (entry.c.business_date <= closed.closed_through, journal.c.cmd > closed.cmd)
    for row in conn.execute(statement.where(own_entries(model, ws), *late)):
        name = {"entry": row.entry_id}
        yield Finding(
            "ENTRY_IN_CLOSED_PERIOD", model.key, "entry", name, closed.closed_through, row.business_date
        )


def _balances(conn: Connection, model: LedgerModel, grain: GrainModel, ws: int) -> Iterator[Finding]:
    nothing = (0,) * len(model.measures)
    for key, expected, row in paired(summed_rows(conn, model, grain, ws), _kept(conn, model, grain, ws)):
        measures, last = expected or (nothing, None)
        if row is None:
            yield Finding("BALANCE_MISSING", model.key, "balance", named(model, grain, key), measures)
            continue
        found, day = row
        if found != measures:
            yield Finding("BALANCE", model.key, "balance", named(model, grain, key), measures, found)
        if day != last:
            yield Finding("LAST_DAY", model.key, "balance", named(model, grain, key), last, day)


def _kept(
    conn: Connection, model: LedgerModel, grain: GrainModel, ws: int
) -> Iterator[tuple[Key, tuple[tuple[int, ...], date | None]]]:
    """The rows as they are kept."""
    names = GRAIN_KEY[: len(grain.positions)]
    statement = select(balance).where(
        balance.c.ws == ws, balance.c.ledger_id == model.ledger_id, balance.c.grain == grain.number
    )
    ordered = statement.order_by(*(balance.c[n] for n in names)).execution_options(yield_per=AT_ONCE)
    for row in conn.execute(ordered):
        yield tuple(row._mapping[n] for n in names), (measures_of(model, row._mapping), row.last_day)


def _lanes(conn: Connection, model: LedgerModel, ws: int) -> Iterator[Finding]:
    """The lane's sequence is at least the last that it gave."""
    columns = key_columns(model, model.lane)
    given = (
        select(*columns, func.max(entry.c.seq))
        .where(own_entries(model, ws))
        .group_by(*(columns or [literal(1)]))
    )
    names = GRAIN_KEY[: len(columns)]
    kept = [balance.c[n] for n in names]
    lanes = select(*kept, balance.c.seq).where(
        balance.c.ws == ws, balance.c.ledger_id == model.ledger_id, balance.c.grain == LANE
    )
    pairs = paired(*(_by_key(conn, q, by) for q, by in ((given, columns), (lanes, kept))))
    for key, last, seq in pairs:
        if last is not None and (seq is None or seq < last):
            yield Finding("LANE_SEQUENCE", model.key, "balance", named(model, model.lane, key), last, seq)


def _by_key(conn: Connection, query: Any, by: list[Any]) -> Iterator[tuple[Key, int]]:
    for row in conn.execute(query.order_by(*by).execution_options(yield_per=AT_ONCE)):
        yield tuple(row[:-1]), row[-1]


def _days(conn: Connection, model: LedgerModel, grain: GrainModel, ws: int) -> Iterator[Finding]:
    """Each day's flows, and its closing as the sum of all days up to it."""
    nothing = (0,) * len(model.measures)
    current, running = None, nothing
    for (key, day), flows, found in paired(
        summed_days(conn, model, grain, ws), _stored_days(conn, model, grain, ws)
    ):
        expected = None
        if flows is not None:
            before = running if key == current else nothing
            running = tuple(b + i + o for b, i, o in zip(before, *flows, strict=True))
            current = key
            expected = (*flows, None if model.is_turnover else running)
        if found != expected:
            yield Finding("DAY", model.key, "daily", named(model, grain, key, day=day), expected, found)


def _stored_days(
    conn: Connection, model: LedgerModel, grain: GrainModel, ws: int
) -> Iterator[tuple[tuple[Key, date], tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...] | None]]]:
    names = GRAIN_KEY[: len(grain.positions)]
    statement = select(daily).where(
        daily.c.ws == ws, daily.c.ledger_id == model.ledger_id, daily.c.grain == grain.number
    )
    ordered = statement.order_by(*(daily.c[n] for n in names), daily.c.day)
    for row in conn.execute(ordered.execution_options(yield_per=AT_ONCE)):
        m = row._mapping
        ins, outs = (measures_of(model, m, side) for side in FLOWS)
        closing = None if model.is_turnover else measures_of(model, m)
        yield (tuple(m[n] for n in names), row.day), (ins, outs, closing)


def _pools(conn: Connection, model: LedgerModel, ws: int) -> Iterator[Finding]:
    """Zero means zero; and where layers are kept, each has what entries and edges leave it."""
    cost = model.cost
    if cost is None:
        return
    grain = cost.grain
    statement = select(balance).where(
        balance.c.ws == ws, balance.c.ledger_id == model.ledger_id, balance.c.grain == grain.number
    )
    for row in conn.execute(statement):
        key = tuple(row._mapping[n] for n in GRAIN_KEY[: len(grain.positions)])
        measures = measures_of(model, row._mapping)
        qty, value = measures[cost.quantity], measures[cost.value]
        if qty == 0 and value:
            yield Finding("VALUE_WITHOUT_QUANTITY", model.key, "balance", named(model, grain, key), 0, value)
    yield from rebuilt(conn, model, ws)
    yield from overdrawn(conn, model, ws)
    yield from walked(conn, model, ws)
