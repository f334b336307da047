"""Planning: intents and the state that the lanes protect become entries, balances, costs and picks, or refusals. Pure.

The same function decides under the locks, in the courtesy check before them, in dry runs and in what-if.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import count
from typing import Any

from builder.changes import Intent
from builder.commands import Override
from builder.ledger import counts, late, picks, reclass, returns, undoing, valuing
from builder.ledger.allocate import group_of, shared_out
from builder.ledger.definition import Key, LedgerModel
from builder.ledger.guards import judge
from builder.ledger.mirror import mirrored
from builder.ledger.outcome import BalanceChange, DailyChange, LayerChange, Plan
from builder.ledger.pieces import Piece, follow_nets, in_order, own_kinds, read, waits
from builder.ledger.state import Entry, Row, State
from builder.ledger.takeover import taken_over
from builder.ledger.work import Books, Done, Work
from builder.record import Value


def nobody(_permission: str) -> bool:
    """Nobody may override anything."""
    return False


def plan(
    models: Mapping[str, LedgerModel],
    state: State,
    intents: Sequence[Intent],
    *,
    settings: Mapping[str, Any],
    today: date,
    overrides: Sequence[Override] = (),
    may_override: Callable[[str], bool] = nobody,
    new_id: Callable[[], int] | None = None,
) -> Plan:
    """What the intents come to. Lines are worked in their order, dependent ones after those they depend on; guards are
    judged on the net, at the end. All refusals come together as ``problems``, each with its line's path.

    Without ``new_id`` entries and journals get negative ids: good for looking, not for writing."""
    numbers = count(-1, -1)
    work = Work(models, state.ledgers, settings, new_id or (lambda: next(numbers)))
    work.trails, work.emptied, work.takers = state.trails, state.emptied, state.takers
    ordered, circle = in_order(follow_nets(shared_out(models, intents)))
    for intent in ordered:
        if intent.shares:
            work.sharing.setdefault(group_of(intent), []).append(intent)
    for intent in circle:
        work.refuse("POSTING_CIRCLE", intent, posting=intent.posting)
    for intent in (_on_an_open_day(work, intent, today) for intent in ordered):
        if intent.reclass and not any(intent.measures.values()):
            continue  # Only its lane was to be locked.
        done = Done(intent)
        work.done.append(done)
        if _is_open(work, intent, today):
            _post(work, done)
            late.pass_on(work, done)
            late.flow(work, done)
    reclass.level(work)
    verdicts = judge(work, overrides, may_override)
    spoken = {p.path for p in verdicts.problems}
    excused = bool(verdicts.overrides)
    short = [p for p in work.shortages if p.path not in spoken and not excused]
    problems = (*work.problems, *verdicts.problems, *short)
    if problems:
        return Plan(problems=problems, crossings=verdicts.crossings)
    books = list(work.books.values())
    return Plan(
        journals=tuple(work.journals.values()),
        entries=tuple(e for b in books for e in b.entries),
        balances=tuple(c for b in books for c in balance_changes(b)),
        daily=tuple(c for b in books for c in daily_changes(b)),
        layers=tuple(c for b in books for c in layer_changes(b)),
        edges=tuple((b.model.key, e) for b in books for e in b.edges),
        count_points=tuple((b.model.key, c) for b in books for found in b.counts.values() for c in found),
        results=_results(work),
        overrides=verdicts.overrides,
        crossings=verdicts.crossings,
    )


def _on_an_open_day(work: Work, intent: Intent, today: date) -> Intent:
    """What a document goes on to say after its day was closed, such as the rest of an order that is given up, is of the day on which it
    says so: what it had posted stays as it was."""
    closed = work.books[intent.ledger].state.closed_through
    is_late = intent.goes_on and closed is not None and intent.business_date <= closed
    return replace(intent, business_date=today) if is_late else intent


def _is_open(work: Work, intent: Intent, today: date) -> bool:
    """Whether the ledger takes the intent's date."""
    books = work.books[intent.ledger]
    closed = books.state.closed_through
    if closed is not None and intent.business_date <= closed:
        work.refuse_day("PERIOD_CLOSED", intent, closed_through=closed)
        return False
    if intent.business_date > today and books.model.ledger.future == "refuse":
        work.refuse_day("FUTURE_DATE", intent, today=today)
        return False
    return True


def _post(work: Work, done: Done) -> None:
    intent = done.intent
    books = work.books[intent.ledger]
    if intent.reverses is not None:
        _reverse(work, done, intent.reverses)
        return
    if intent.reclass:
        reclass.move(work, done)
        return
    piece = read(work, done)
    if piece is None or not _takes(work, books, piece.key):
        return
    if intent.revalue is not None:
        valuing.revalue(work, done, piece, intent.revalue)
        return
    if intent.count:
        _count(work, done, books, piece)
        return
    made: list[tuple[Piece, Entry]] = []
    for part in _parts(work, done, piece):
        entry = valuing.post(work, done, part) if any(part.measures) or waits(work, intent) else None
        if entry is not None:
            made.append((part, entry))
    if intent.depends_on is not None:
        late.connect(work, done, made)


def _takes(work: Work, books: Books, key: Key) -> bool:
    """Whether the ledger enters anything for these records. What it refuses stays worked without entries, so that what depends on it
    finds nothing of its own line rather than what the other lines came to."""
    return books.model.takes is None or books.model.enters(work.context(books, key, tuple(range(len(key)))))


def _reverse(work: Work, done: Done, id: int) -> None:
    entry = work.books[done.intent.ledger].state.reversible.get(id)
    if entry is None:
        work.refuse("ENTRY_MISSING", done.intent, entry=id)
        return
    undoing.undo(work, done, entry)


def _count(work: Work, done: Done, books: Books, piece: Piece) -> None:
    found, grain, counted = counts.difference(work, done, piece)
    for part in picks.pick(work, done, found):
        valuing.post(work, done, part)
    if done.entries:
        mine = [e for e in done.entries if e.kind == "count"]
        counts.remember(books, grain, mine[-1], counted)


def _parts(work: Work, done: Done, piece: Piece) -> list[Piece]:
    intent = done.intent
    if intent.cost_of is not None:
        return returns.at_original(work, done, piece, intent.cost_of)
    if intent.depends_on is not None:
        parts = taken_over(work, done, piece) if intent.picked else mirrored(work, done, piece)
        if parts:
            return parts
    return picks.pick(work, done, piece)


def balance_changes(books: Books) -> list[BalanceChange]:
    """Every row that the books moved, as it will be."""
    if books.model.is_turnover:
        return []
    found: list[BalanceChange] = []
    lane = books.model.lane
    for (number, key), days in sorted(books.moves.items()):
        stored = books.state.rows.get((number, key))
        last = max(d for d in (*days, stored.last_day if stored else None) if d is not None)
        row = Row(tuple(books.rows[number, key]), (stored.ver if stored else 0) + 1, last)
        if number == lane.number:
            row = _lane_row(books, key, row, stored or Row(()))
        found.append(BalanceChange(books.model.key, number, key, row, stored.ver if stored else None))
    return found


def _lane_row(books: Books, key: Key, row: Row, stored: Row) -> Row:
    return Row(
        row.measures,
        row.ver,
        row.last_day,
        books.seqs.get(key, stored.seq),
        books.methods.get(key, stored.method),
        books.count_days.get(key, stored.last_count_day),
        books.recost_from(key, stored),
    )


def daily_changes(books: Books) -> list[DailyChange]:
    """What moved on each day at each row whose days are kept."""
    model = books.model
    if not model.keeps_days:
        return []
    kept = {g.number: g for g in model.grains if g.daily}
    found: list[DailyChange] = []
    for (number, key), days in sorted(books.moves.items()):
        grain = kept.get(number)
        if grain is None:
            continue
        for day, moves in sorted(days.items()):
            last = books.last_day(grain, key)
            later = max((d for d in (*days, last) if d is not None), default=day)
            closing = () if model.is_turnover else books.closing(grain, key, day)
            shifts = not model.is_turnover and later > day
            found.append(
                DailyChange(model.key, number, key, day, tuple(moves.ins), tuple(moves.outs), closing, shifts)
            )
    return found


def layer_changes(books: Books) -> list[LayerChange]:
    """Layers that are not as they were."""
    found: list[LayerChange] = []
    for key, layers in sorted(books.layers.items()):
        stored = {x.entry_id: x for x in books.state.layers.get(key, ())}
        for layer in layers:
            before = stored.get(layer.entry_id)
            if before != layer:
                found.append(LayerChange(books.model.key, key, layer, before is None))
    return found


def _results(work: Work) -> dict[tuple[str, int], dict[str, Value]]:
    """What comes back into lines: measures as absolute amounts (of a count with their sign), dimensions as the (first) picked id."""
    found: dict[tuple[str, int], dict[str, Value]] = {}
    for done in work.done:
        model = work.books[done.intent.ledger].model
        for field, name in done.intent.results.items():
            at = done.intent.entity, done.intent.line_id
            found.setdefault(at, {})[field] = _result(model, done, name)
    return found


def _result(model: LedgerModel, done: Done, name: str) -> Value:
    dimension = next((i for i, d in enumerate(model.dimensions) if d.key == name), None)
    if dimension is not None:
        return next((e.key[dimension] for e in done.entries if e.key[dimension]), None)
    if name.startswith("rest."):
        return model.measures[model.place(name.removeprefix("rest."))].exact(done.rest + done.gone)
    place = model.place(name)
    amount = model.measures[place].exact(
        sum(e.measures[place] for e in done.entries if e.kind in own_kinds(model))
    )
    if model.cost is not None and place == model.cost.value and (done.strayed or done.gone):
        # What went on and was lost further on is no more with any unit than what was lost at once.
        amount -= model.measures[place].exact(done.strayed + done.gone)
    return amount if done.intent.count else abs(amount)
