"""Seeded mistakes: ways in which engines like this one have gone wrong, put into it at run time. Each must be noticed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Connection

from builder.changes import Intent
from builder.ledger import counts, guards, journal, lanes, picks, plan, returns, valuing
from builder.ledger.columns import GRAIN_KEY, MEASURE
from builder.ledger.costing import batch, fifo, moving_average, shortage, standard
from builder.ledger.costing.shape import Outcome, divide
from builder.ledger.definition import LedgerModel
from builder.ledger.needs import Needs, needed
from builder.ledger.writing import update_of
from builder.storage.prepared import Prepared
from builder.storage.tables import ledgers as t

Patch = pytest.MonkeyPatch
MUTANTS: dict[str, Callable[[Patch], None]] = {}
METHODS = (moving_average, fifo, batch, standard)
UNIT = 10_000


def mutant(mistake: Callable[[Patch], None]) -> Callable[[Patch], None]:
    MUTANTS[mistake.__name__] = mistake
    return mistake


@mutant
def rounded_unit_cost(patch: Patch) -> None:
    """A unit cost is rounded to the cent first, and then multiplied."""

    def share(value: int, part: int, whole: int) -> int:
        return divide(divide(value * UNIT, whole) * part, UNIT)

    for method in (moving_average, fifo, batch):
        patch.setattr(method, "share", share)


@mutant
def no_residue_rule(patch: Patch) -> None:
    """What is left of a value when the last unit goes stays in the pool."""

    def leave(outcome: Outcome) -> Outcome:
        return outcome

    for method in METHODS:
        patch.setattr(method, "close_to_zero", leave)


@mutant
def check_then_update(patch: Patch) -> None:
    """A balance is written as it was worked out, whatever became of the row since."""
    keys = ("ws", "ledger_id", "grain", *GRAIN_KEY)
    columns = (*MEASURE, "ver", "last_day")
    patch.setattr(journal, "_UPDATE_ROWS", Prepared(update_of(t.balance, keys, *columns)))
    lane = (*columns, "seq", "method", "last_count_day", "recost_from")
    patch.setattr(journal, "_UPDATE_LANES", Prepared(update_of(t.balance, keys, *lane)))


@mutant
def unsorted_keys(patch: Patch) -> None:
    """Lanes are locked one by one in the order of the document's lines; here two writers meet half-way."""
    half_way = threading.Barrier(2)
    one_order = lanes._locked

    def lock(
        conn: Connection, models: Mapping[str, LedgerModel], ws: int, intents: Sequence[Intent]
    ) -> Needs:
        for place, intent in enumerate(intents):
            if place == 1:
                half_way.wait(timeout=20)
            one_order(conn, ws, needed(conn, models, ws, [intent]))
        return needed(conn, models, ws, intents)

    patch.setattr(lanes, "lock", lock)


@mutant
def lock_ignored(patch: Patch) -> None:
    """Lanes are looked up, not locked."""

    def look(conn: Connection, ws: int, needs: Needs) -> set[Any]:
        return set(needs.lanes) - set(lanes._missing(conn, ws, needs))

    patch.setattr(lanes, "_locked", look)


@mutant
def key_ignored(patch: Patch) -> None:
    """A posting that is repeated counts as a new one."""
    numbers, named = count(1), journal._journal

    def journal_of(*args: Any) -> dict[str, Any]:
        return {**named(*args), "posting_rev": next(numbers)}

    patch.setattr(journal, "_journal", journal_of)


@mutant
def return_at_current_cost(patch: Patch) -> None:
    """Goods come back at what such goods cost now."""
    original = returns._part

    def at_current(*args: Any) -> Any:
        return replace(original(*args), valued=False)

    patch.setattr(returns, "_part", at_current)


@mutant
def count_as_difference(patch: Patch) -> None:
    """What was counted is added to what was there."""
    original = counts.difference

    def added(work: Any, done: Any, piece: Any) -> Any:
        found, grain, seen = original(work, done, piece)
        counted = work.books[done.intent.ledger].model.counted
        return found.with_measure(counted, seen), grain, seen

    patch.setattr(counts, "difference", added)


@mutant
def first_expired_ignores_holds(patch: Patch) -> None:
    """A batch on hold is picked like any other."""

    def on_hand(_work: Any, books: Any, issue: Any, key: Any) -> int:
        amount: int = books.row(issue.grain, key)[books.model.counted]
        return amount

    patch.setattr(picks, "_available", on_hand)


@mutant
def only_today_is_guarded(patch: Patch) -> None:
    """A late document is judged by what there is now, not by the days between."""

    def now(books: Any, grain: Any, key: Any) -> Any:
        yield None, books.before(grain, key), tuple(books.row(grain, key))

    patch.setattr(guards, "timeline", now)


@mutant
def last_in_first_out(patch: Patch) -> None:
    """Issues take the newest layer."""
    original = fifo._take

    def newest(layers: Any, it: Any, wanted: int) -> Any:
        return original(tuple(reversed(layers)), it, wanted)

    patch.setattr(fifo, "_take", newest)


@mutant
def shortages_are_not_trued_up(patch: Patch) -> None:
    """What was sold before it was there keeps its provisional cost."""

    def settle(*args: Any) -> Any:
        layers, _, edges, left, worth = shortage.settle(*args)
        return layers, (), edges, left, worth

    patch.setattr(moving_average, "settle", settle)
    patch.setattr(fifo, "settle", settle)


@mutant
def counts_are_not_shifted(patch: Patch) -> None:
    """A document dated before a count changes what was counted."""
    patch.setattr(valuing, "shift", lambda _books, _entry: None)


@mutant
def half_to_even(patch: Patch) -> None:
    """A half cent is rounded to the even cent."""

    def share(value: int, part: int, whole: int) -> int:
        return value if part == whole else round(value * part / whole)

    patch.setattr(moving_average, "share", share)


@mutant
def worsening_is_allowed_where_it_is_broken(patch: Patch) -> None:
    """A guard that fails already says nothing any more."""
    original = guards.refused_slack

    def lenient(books: Any, guard: Any, names: Any, before: Any, after: Any) -> Any:
        found = original(books, guard, names, before, after)
        zero = (0,) * len(before)
        was_broken = original(books, guard, names, zero, before) is not None
        return None if was_broken else found

    patch.setattr(guards, "refused_slack", lenient)


@mutant
def days_do_not_move_on(patch: Patch) -> None:
    """A late document changes its own day's closing alone."""
    original = plan.daily_changes

    def still(books: Any) -> Any:
        return [replace(c, shifts=False) for c in original(books)]

    patch.setattr(plan, "daily_changes", still)
