"""Work: the books while one plan is being made: balances, layers and days as the entries so far leave them. Pure.

Nothing outside ``plan`` sees one: it starts from a frozen state and ends in a frozen plan.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from builder.changes import Intent
from builder.errors import Problem
from builder.ledger.definition import CostModel, GrainModel, Key, LedgerModel, field_context
from builder.ledger.outcome import Journal
from builder.ledger.parts import Part
from builder.ledger.state import CountPoint, Edge, Entry, EntryKind, Layer, LedgerState, Row, Takers, Trail
from builder.record import Value

At = tuple[int, Key]


@dataclass(slots=True)
class Moves:
    """What one day brought to one row."""

    ins: list[int]
    outs: list[int]

    def net(self, place: int) -> int:
        return self.ins[place] + self.outs[place]


@dataclass(slots=True)
class Done:
    """What became of one intent: its entries, and how much of a late cost found no unit to stay with; ``strayed`` is what of that
    went on from where it began before it was lost, ``gone`` what corrected whoever took over the cost of what is not there."""

    intent: Intent
    entries: list[Entry] = field(default_factory=list)
    rest: int = 0
    strayed: int = 0
    gone: int = 0
    onward: list[Part] = field(default_factory=list)


class Books:
    """One ledger's books under work."""

    def __init__(self, model: LedgerModel, state: LedgerState) -> None:
        self.model, self.state = model, state
        self.rows: dict[At, list[int]] = {}
        self.moves: dict[At, dict[date, Moves]] = {}
        self.layers: dict[Key, tuple[Layer, ...]] = {}
        self.seqs: dict[Key, int] = {}
        self.methods: dict[Key, str] = {}
        self.count_days: dict[Key, date] = {}
        self.edges: list[Edge] = []
        self.counts: dict[At, list[CountPoint]] = {}
        self.entries: list[Entry] = []

    def row(self, grain: GrainModel, key: Key) -> list[int]:
        """The row as it stands, at this grain for the row's own key."""
        at = grain.number, key
        if at not in self.rows:
            self.rows[at] = list(self.before(grain, key))
        return self.rows[at]

    def before(self, grain: GrainModel, key: Key) -> tuple[int, ...]:
        """The row as it was before this plan."""
        row = self.state.rows.get((grain.number, key))
        return row.measures if row is not None else (0,) * len(self.model.measures)

    def last_day(self, grain: GrainModel, key: Key) -> date | None:
        row = self.state.rows.get((grain.number, key))
        return row.last_day if row is not None else None

    def open_layers(self, key: Key) -> tuple[Layer, ...]:
        if key not in self.layers:
            self.layers[key] = self.state.layers.get(key, ())
        return self.layers[key]

    def lane_row(self, key: Key) -> Row:
        return self.state.rows.get((self.model.lane.number, self.model.lane.of(key))) or Row(())

    def recost_from(self, lane: Key, stored: Row) -> date | None:
        """The first day from which a replay has something to work again: what came late was not there when later costs were found."""
        cost = self.model.cost
        if cost is None or self.model.ledger.order != "replay":
            return stored.recost_from
        late = [stored.recost_from] if stored.recost_from is not None else []
        for entry in self.entries:
            if self.model.lane.of(entry.key) == lane and self._is_late(entry, cost, stored.last_day):
                late.append(entry.business_date)
                late += [o.business_date for o in self._concerned(entry)]
        return min((d for d in late if d is not None), default=None)

    def _is_late(self, entry: Entry, cost: CostModel, last: date | None) -> bool:
        if entry.kind == "residue":
            return False
        if entry.kind == "true_up":
            # What it trued up may have been passed on, to profit or to another pool.
            return True
        is_before = last is not None and entry.business_date < last
        return (
            is_before
            or entry.kind == "reversal"
            or (not entry.measures[cost.quantity] and bool(entry.concerns))
        )

    def _concerned(self, entry: Entry) -> list[Entry]:
        if entry.measures[self.model.counted] or not entry.concerns:
            return []
        known = [e for es in self.state.origins.values() for e in es] + self.entries
        return [e for e in known if e.id == entry.concerns]

    def next_seq(self, key: Key) -> int:
        """The lane's next sequence number; a turnover ledger has no lane and no order."""
        if self.model.is_turnover:
            return 0
        lane = self.model.lane.of(key)
        self.seqs[lane] = self.seqs.get(lane, self.lane_row(key).seq) + 1
        return self.seqs[lane]

    def record(self, entry: Entry) -> None:
        """Lay an entry on every grain."""
        self.entries.append(entry)
        for grain in self.model.grains:
            key = grain.of(entry.key)
            row = self.row(grain, key)
            days = self.moves.setdefault((grain.number, key), {})
            width = len(entry.measures)
            moves = days.setdefault(entry.business_date, Moves([0] * width, [0] * width))
            for place, amount in enumerate(entry.measures):
                row[place] += amount
                (moves.ins if amount > 0 else moves.outs)[place] += amount

    def closing_before(self, grain: GrainModel, key: Key, day: date) -> tuple[int, ...]:
        """The row's balance at the end of ``day``, without this plan."""
        last = self.last_day(grain, key)
        if last is None or last <= day:
            return self.before(grain, key)
        known = [d for d in self.state.days.get((grain.number, key), ()) if d.day <= day]
        return known[-1].measures if known else (0,) * len(self.model.measures)

    def closing(self, grain: GrainModel, key: Key, day: date) -> tuple[int, ...]:
        """The row's balance at the end of ``day``, with this plan so far."""
        moved = [m for d, m in self.moves.get((grain.number, key), {}).items() if d <= day]
        before = self.closing_before(grain, key, day)
        return tuple(b + sum(m.net(i) for m in moved) for i, b in enumerate(before))


class Work:
    """A plan in the making."""

    def __init__(
        self,
        models: Mapping[str, LedgerModel],
        states: Mapping[str, LedgerState],
        settings: Mapping[str, Any],
        new_id: Callable[[], int],
    ) -> None:
        self.settings: dict[str, Value] = {path: None for model in models.values() for path in model.settings}
        self.settings.update({f"setting.{k}": v for k, v in settings.items()})
        self.new_id = new_id
        self.books = {key: Books(model, states.get(key, LedgerState())) for key, model in models.items()}
        self.problems: list[Problem] = []
        self.shortages: list[Problem] = []
        self._days: set[tuple[Any, ...]] = set()
        self.journals: dict[tuple[Any, ...], Journal] = {}
        self.parts: dict[tuple[int, int], int] = {}
        self.done: list[Done] = []
        self.paths: dict[int, str] = {}
        self.exempt: dict[int, tuple[str, ...]] = {}
        self.sharing: dict[tuple[Any, ...], list[Intent]] = {}
        self.trails: Mapping[int, Trail] = {}
        self.emptied: Mapping[tuple[str, Key], Trail] = {}
        self.takers: Mapping[int, Takers] = {}

    def refuse(self, code: str, intent: Intent, **params: Any) -> None:
        params = {"ledger": intent.ledger, "line_no": intent.line_no, **params}
        self.problems.append(Problem(code, intent.path, params))

    def refuse_day(self, code: str, intent: Intent, **params: Any) -> None:
        """What is wrong with the date of a document, once: it is the date of all its lines."""
        said = (code, intent.entity, intent.record_id, intent.business_date, *params.values())
        if said not in self._days:
            self._days.add(said)
            params = {"ledger": intent.ledger, "day": intent.business_date, **params}
            self.problems.append(Problem(code, "/business_date", params))

    def context(
        self, books: Books, key: Key, positions: tuple[int, ...], row: Any = None
    ) -> dict[str, Value]:
        """Names that an expression sees: settings, the key's dimensions with their fields, and a row's measures."""
        names: dict[str, Value] = dict(self.settings)
        names.update(field_context(books.model, key, positions, books.state.fields))
        if row is not None:
            names.update(books.model.exact(row))
        return names

    def journal(self, intent: Intent, reverses: int | None = None) -> Journal:
        """The journal that the intent's entries belong to; one per posting of a document."""
        name = (intent.entity, intent.record_id, intent.posting, intent.posting_rev, reverses)
        if name not in self.journals:
            self.journals[name] = Journal(
                self.new_id(),
                intent.ledger,
                intent.entity,
                intent.record_id,
                intent.posting,
                intent.posting_rev,
                intent.business_date,
                reverses,
            )
        return self.journals[name]

    def entry(
        self,
        done: Done,
        key: Key,
        measures: list[int] | tuple[int, ...],
        *,
        kind: EntryKind = "normal",
        concerns: int = 0,
        day: date | None = None,
        reverses: int | None = None,
        as_id: int | None = None,
        seq: int | None = None,
        ledger: str | None = None,
    ) -> Entry:
        """Make an entry for the intent and lay it on the books of its ledger, or of another that it reaches."""
        intent = done.intent
        books = self.books[ledger or intent.ledger]
        journal = self.journal(intent, reverses)
        slot = journal.id, intent.line_id
        part = self.parts[slot] = self.parts.get(slot, -1) + 1
        made = Entry(
            as_id if as_id is not None else self.new_id(),
            journal.id,
            books.model.key,
            intent.line_id,
            part,
            kind,
            key,
            day or intent.business_date,
            seq if seq is not None else books.next_seq(key),
            tuple(measures),
            concerns,
            intent.reason,
        )
        self.paths[made.id] = intent.path
        if intent.exempt:
            self.exempt[made.id] = intent.exempt
        books.record(made)
        if books.model.key == intent.ledger:
            done.entries.append(made)
        return made
