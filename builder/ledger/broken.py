"""Broken guards: balances that a guard would not allow today, other than those that somebody was allowed to break."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from builder.ledger.columns import GRAIN_KEY, measures_of
from builder.ledger.definition import GrainModel, Key, LedgerModel
from builder.ledger.fields import dimension_fields
from builder.ledger.findings import Finding, named
from builder.ledger.guards import refused_slack
from builder.ledger.state import LedgerState
from builder.ledger.work import Books, Work
from builder.metadata.package import Package
from builder.storage.slots import SlotMap
from builder.storage.tables.ledgers import balance, guard_override


def broken_guards(
    conn: Connection,
    model: LedgerModel,
    maps: SlotMap,
    package: Package,
    ws: int,
    settings: Mapping[str, Any],
) -> Iterator[Finding]:
    """One finding per guard and balance."""
    for guard in model.guards:
        grain = guard.grain
        rows = conn.execute(
            select(balance).where(
                balance.c.ws == ws, balance.c.ledger_id == model.ledger_id, balance.c.grain == grain.number
            )
        ).all()
        keys = {tuple(r._mapping[n] for n in GRAIN_KEY[: len(grain.positions)]): r for r in rows}
        books, work = _looking(conn, model, maps, package, ws, settings, grain, list(keys))
        excused = _overridden(conn, model, ws, guard.guard.uid, len(grain.positions))
        nothing = (0,) * len(model.measures)
        for key, row in keys.items():
            measures = measures_of(model, row._mapping)
            names = work.context(books, key, grain.positions)
            slack = refused_slack(books, guard, names, nothing, measures)
            if slack is not None and key not in excused:
                name = {**named(model, grain, key), "guard": guard.guard.key}
                yield Finding("GUARD_BROKEN", model.key, "balance", name, 0, slack)


def _looking(
    conn: Connection,
    model: LedgerModel,
    maps: SlotMap,
    package: Package,
    ws: int,
    settings: Mapping[str, Any],
    grain: GrainModel,
    keys: Sequence[Key],
) -> tuple[Books, Work]:
    """Books that only look, with the fields of these rows' dimension records."""
    ids: dict[str, set[int]] = {}
    for position, values in zip(grain.positions, zip(*keys, strict=True), strict=False):
        if model.dimensions[position].key in model.fields:
            ids[model.dimensions[position].key] = {v for v in values if v}
    fields = dimension_fields(conn, maps, package, ws, model, ids)
    work = Work({model.key: model}, {model.key: LedgerState(fields=fields)}, settings, lambda: 0)
    return work.books[model.key], work


def _overridden(conn: Connection, model: LedgerModel, ws: int, guard_uid: str, width: int) -> set[Key]:
    statement = select(guard_override).where(
        guard_override.c.ws == ws,
        guard_override.c.ledger_id == model.ledger_id,
        guard_override.c.guard_uid == guard_uid,
    )
    return {tuple(r._mapping[n] for n in GRAIN_KEY[:width]) for r in conn.execute(statement)}
