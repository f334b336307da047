"""Verify: everything kept beside the entries is computed again from the entries alone, and each row that differs is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, exists, func, literal, select

from builder.ledger.broken import broken_guards
from builder.ledger.columns import GRAIN_KEY, key_values, measures_of
from builder.ledger.definition import LANE, GrainModel, Key, LedgerModel
from builder.ledger.findings import Finding, named
from builder.ledger.rebuilt import rebuilt
from builder.ledger.seen import miscounted
from builder.metadata.package import Package
from builder.storage.slots import SlotMap
from builder.storage.tables.ledgers import balance, daily, edge, entry, journal, layer, period

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


def _entry_columns(model: LedgerModel, grain: GrainModel) -> list[Any]:
    return [entry.c[f"k{model.dimensions[p].number}"] for p in grain.positions]


def _sums(model: LedgerModel) -> list[Any]:
    return [func.sum(entry.c[f"m{m.number}"]).label(f"m{m.number}") for m in model.measures]


def _own(model: LedgerModel, ws: int) -> Any:
    return and_(entry.c.ws == ws, entry.c.ledger_id == model.ledger_id)


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
        .where(_own(model, ws), journal.c.journal_id.is_(None))
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
        .where(_own(model, ws), entry.c.kind == "reversal")
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
    for row in conn.execute(statement.where(_own(model, ws), *late)):
        name = {"entry": row.entry_id}
        yield Finding(
            "ENTRY_IN_CLOSED_PERIOD", model.key, "entry", name, closed.closed_through, row.business_date
        )


def _balances(conn: Connection, model: LedgerModel, grain: GrainModel, ws: int) -> Iterator[Finding]:
    columns = _entry_columns(model, grain)
    summed = select(*columns, *_sums(model), func.max(entry.c.business_date).label("last")).where(
        _own(model, ws)
    )
    expected = {
        tuple(r[: len(columns)]): (measures_of(model, r._mapping), _as_date(r.last))
        for r in conn.execute(summed.group_by(*columns) if columns else summed.group_by(literal(1)))
    }
    statement = select(balance).where(
        balance.c.ws == ws, balance.c.ledger_id == model.ledger_id, balance.c.grain == grain.number
    )
    for row in conn.execute(statement):
        key = tuple(row._mapping[n] for n in GRAIN_KEY[: len(columns)])
        measures, last = expected.pop(key, ((0,) * len(model.measures), None))
        found = measures_of(model, row._mapping)
        if found != measures:
            yield Finding("BALANCE", model.key, "balance", named(model, grain, key), measures, found)
        if row.last_day != last:
            yield Finding("LAST_DAY", model.key, "balance", named(model, grain, key), last, row.last_day)
    for key, (measures, _) in expected.items():
        yield Finding("BALANCE_MISSING", model.key, "balance", named(model, grain, key), measures)


def _as_date(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _lanes(conn: Connection, model: LedgerModel, ws: int) -> Iterator[Finding]:
    """The lane's sequence is at least the last that it gave."""
    columns = _entry_columns(model, model.lane)
    statement = select(*columns, func.max(entry.c.seq).label("seq")).where(_own(model, ws)).group_by(*columns)
    for row in conn.execute(statement):
        key = tuple(row[: len(columns)])
        own = [balance.c[n] == v for n, v in key_values(key).items()]
        lane = conn.execute(
            select(balance.c.seq).where(
                balance.c.ws == ws, balance.c.ledger_id == model.ledger_id, balance.c.grain == LANE, *own
            )
        ).scalar()
        if lane is None or lane < row.seq:
            yield Finding("LANE_SEQUENCE", model.key, "balance", named(model, model.lane, key), row.seq, lane)


def _days(conn: Connection, model: LedgerModel, grain: GrainModel, ws: int) -> Iterator[Finding]:
    """Each day's flows, and its closing as the sum of all days up to it."""
    stored = _stored_days(conn, model, grain, ws)
    running: dict[Key, tuple[int, ...]] = {}
    for key, day, ins, outs in _computed_days(conn, model, grain, ws):
        before = running.get(key, (0,) * len(model.measures))
        closing = tuple(b + i + o for b, i, o in zip(before, ins, outs, strict=True))
        running[key] = closing
        expected = (ins, outs, closing if not model.is_turnover else None)
        found = stored.pop((key, day), None)
        if found != expected:
            yield Finding("DAY", model.key, "daily", named(model, grain, key, day=day), expected, found)
    for (key, day), found in stored.items():
        yield Finding("DAY", model.key, "daily", named(model, grain, key, day=day), None, found)


def _computed_days(
    conn: Connection, model: LedgerModel, grain: GrainModel, ws: int
) -> Iterator[tuple[Key, date, tuple[int, ...], tuple[int, ...]]]:
    columns = [*_entry_columns(model, grain), entry.c.business_date]
    sides = []
    for compare in ("__gt__", "__lt__"):
        for m in model.measures:
            column = entry.c[f"m{m.number}"]
            sides.append(func.coalesce(func.sum(column).filter(getattr(column, compare)(0)), 0))
    width = len(model.measures)
    statement = select(*columns, *sides).where(_own(model, ws)).group_by(*columns).order_by(*columns)
    for row in conn.execute(statement):
        at = len(columns)
        ins, outs = tuple(map(int, row[at : at + width])), tuple(map(int, row[at + width :]))
        yield tuple(row[: at - 1]), row[at - 1], ins, outs


def _stored_days(
    conn: Connection, model: LedgerModel, grain: GrainModel, ws: int
) -> dict[tuple[Key, date], tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...] | None]]:
    statement = select(daily).where(
        daily.c.ws == ws, daily.c.ledger_id == model.ledger_id, daily.c.grain == grain.number
    )
    found = {}
    for row in conn.execute(statement):
        m = row._mapping
        key = tuple(m[n] for n in GRAIN_KEY[: len(grain.positions)])
        ins, outs = (measures_of(model, m, side) for side in FLOWS)
        closing = None if model.is_turnover else measures_of(model, m)
        found[key, row.day] = ins, outs, closing
    return found


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
    yield from _edges(conn, model, ws)


def _edges(conn: Connection, model: LedgerModel, ws: int) -> Iterator[Finding]:
    """No receipt gave more than it had: what its layer still has is not negative."""
    statement = select(layer.c.entry_id, layer.c.qty_left).where(
        layer.c.ws == ws, layer.c.ledger_id == model.ledger_id, layer.c.qty_left < 0
    )
    for row in conn.execute(statement):
        yield Finding("LAYER_NEGATIVE", model.key, "layer", {"entry": row.entry_id}, 0, row.qty_left)
    yield from _overdrawn(conn, model, ws)
    dangling = (
        select(edge.c.from_entry, edge.c.to_entry)
        .outerjoin(entry, and_(entry.c.ws == edge.c.ws, entry.c.entry_id == edge.c.from_entry))
        .where(edge.c.ws == ws, entry.c.entry_id.is_(None))
    )
    for row in conn.execute(dangling):
        yield Finding("EDGE_WITHOUT_ENTRY", model.key, "edge", dict(row._mapping))


def _overdrawn(conn: Connection, model: LedgerModel, ws: int) -> Iterator[Finding]:
    """What went out of a receipt by edges that stand, and what its layer still has, is no more than came in by it. What moved to
    another place of its pool has not gone out."""
    assert model.cost is not None
    undoing, to = entry.alias("undoing"), entry.alias("to")
    undone = exists().where(
        undoing.c.ws == ws, undoing.c.concerns_entry == edge.c.to_entry, undoing.c.kind == "reversal"
    )
    came = entry.c[f"m{model.measures[model.cost.quantity].number}"]
    onward, into = edge.alias("onward"), entry.alias("into")
    pool = [into.c[f"k{model.dimensions[p].number}"] for p in model.cost.grain.positions]
    stayed = exists().where(
        onward.c.ws == ws,
        onward.c.from_entry == to.c.entry_id,
        into.c.ws == ws,
        into.c.entry_id == onward.c.to_entry,
        into.c.ledger_id == to.c.ledger_id,
        *(column == to.c[column.name] for column in pool),
    )
    left = select(layer.c.qty_left).where(
        layer.c.ws == ws, layer.c.entry_id == entry.c.entry_id, layer.c.kind == "receipt"
    )
    taken = func.sum(edge.c.qty)
    statement = (
        select(entry.c.entry_id, came, taken, func.coalesce(left.scalar_subquery(), 0))
        .join(edge, and_(edge.c.ws == entry.c.ws, edge.c.from_entry == entry.c.entry_id))
        .join(to, and_(to.c.ws == edge.c.ws, to.c.entry_id == edge.c.to_entry))
        .where(_own(model, ws), came > 0, ~undone, ~stayed, to.c.kind != "reversal")
        .group_by(entry.c.entry_id, came)
        .having(taken > came)
    )
    for id, qty, gone, rest in conn.execute(statement):
        yield Finding("EDGES", model.key, "edge", {"entry": id}, int(qty), int(gone) + int(rest))
