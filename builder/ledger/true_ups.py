"""True-ups: what a replay came to becomes a plan: value-only entries with their reasons, layers and edges as they would be. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from builder.changes import Intent
from builder.ledger.definition import Key, LedgerModel
from builder.ledger.outcome import BalanceChange, LayerChange, Plan
from builder.ledger.plan import balance_changes, daily_changes
from builder.ledger.replay import Correction, Replayed
from builder.ledger.state import Row, State
from builder.ledger.work import Books, Done, Work

POSTING = "engine.replay"
"""The posting (with the ledger's key behind it) under whose name a replay journals; it belongs to no document."""


def looking(corrections: Iterable[Correction]) -> tuple[Intent, ...]:
    """What is to be locked and read for the corrections, as intents that name their entries."""
    return tuple(_intent(c, 0) for c in corrections)


def _intent(correction: Correction, record_id: int) -> Intent:
    entry = correction.entry
    return Intent(
        ledger=entry.ledger,
        posting=f"{POSTING}.{entry.ledger}",
        entity="",
        record_id=record_id,
        line_id=entry.line_id,
        line_no=0,
        business_date=correction.day,
        dimensions={},
        measures={},
        reverses=entry.id,
        reason=correction.reason,
    )


def booked(
    models: Mapping[str, LedgerModel],
    state: State,
    replayed: Replayed,
    *,
    record_id: int,
    new_id: Callable[[], int],
    layers: Mapping[tuple[str, Key], frozenset[int]],
) -> Plan:
    """The plan that books the replay under ``record_id``. ``state`` holds the rows of everything corrected and of the lanes, ``layers``
    the entries whose layers are kept, by pool. Lanes that were worked wait for no replay any more."""
    work = Work({k: m for k, m in models.items() if k in state.ledgers}, state.ledgers, {}, new_id)
    for correction in replayed.corrections:
        _enter(work, correction, record_id)
    books = list(work.books.values())
    return Plan(
        journals=tuple(work.journals.values()),
        entries=tuple(e for b in books for e in b.entries),
        balances=tuple(c for b in books for c in _rows(b, replayed)),
        daily=tuple(c for b in books for c in daily_changes(b)),
        layers=tuple(_layers(replayed, layers)),
        edges=replayed.edges,
    )


def _enter(work: Work, correction: Correction, record_id: int) -> None:
    entry = correction.entry
    model = work.books[entry.ledger].model
    measures = [0] * len(model.measures)
    measures[correction.place] = correction.amount
    if correction.residue and model.cost is not None:
        place = model.cost.residue
        if place is None and entry.kind == "reversal":
            place = model.cost.variance
        if place is not None:
            measures[place] -= correction.amount
    work.entry(
        Done(replace(_intent(correction, record_id), reverses=None)),
        entry.key,
        measures,
        kind="residue" if correction.residue else "true_up",
        concerns=entry.id,
        day=correction.day,
    )


def _rows(books: Books, replayed: Replayed) -> Sequence[BalanceChange]:
    """Rows that moved; lanes that were worked are written in any case, because they wait no longer."""
    model = books.model
    worked = {lane for ledger, lane in replayed.lanes if ledger == model.key}
    found = list(balance_changes(books))
    moved = {c.key for c in found if c.grain == model.lane.number}
    for lane in sorted(worked - moved):
        stored = books.state.rows.get((model.lane.number, lane))
        if stored is not None and stored.recost_from is not None:
            found.append(
                BalanceChange(model.key, model.lane.number, lane, _waiting_no_more(stored, 1), stored.ver)
            )
    return [
        replace(c, row=_waiting_no_more(c.row, 0)) if c.grain == model.lane.number and c.key in worked else c
        for c in found
    ]


def _waiting_no_more(row: Row, later: int) -> Row:
    return replace(row, ver=row.ver + later, recost_from=None)


def _layers(replayed: Replayed, kept: Mapping[tuple[str, Key], frozenset[int]]) -> Iterable[LayerChange]:
    for (ledger, key), layers in sorted(replayed.layers.items()):
        known = kept.get((ledger, key), frozenset())
        for layer in layers:
            yield LayerChange(ledger, key, layer, layer.entry_id not in known)
