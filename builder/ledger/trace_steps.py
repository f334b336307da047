"""Steps of a trace: what one entry went into, or came from, by what is stored: edges, returns, late costs, and the lines of documents.

The recursive query is one statement a direction. A step is a set of selects over the id of an entry that was reached.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    tuple_,
    union_all,
)

from builder.ledger.definition import LedgerModel
from builder.metadata.package import Package
from builder.storage.columns import PG
from builder.storage.sql.arrays import one_of
from builder.storage.tables.ledgers import edge, entry, journal

Direction: TypeAlias = Literal["forward", "backward"]
How: TypeAlias = Literal["edge", "line", "return", "late", "pool"]
By: TypeAlias = Literal["goods", "cost"]

MOVED = ("normal", "reclass")
"""Kinds of entries that a document's own lines may join: a count's gain did not come of its losses."""


@dataclass(frozen=True, slots=True)
class Flow:
    """So much of ``from_`` went into ``to`` (None: no row says how much). ``how`` names what says so."""

    from_: int
    to: int
    how: How
    qty: int | None = None
    value: int | None = None


@dataclass(frozen=True, slots=True)
class Pairs:
    """Postings of which one's results become the other's measures: by the same line, or by the ``whole`` document."""

    line: frozenset[tuple[str, str]]
    whole: frozenset[tuple[str, str]]


def pairs_of(package: Package) -> Pairs:
    """The pairs that the package declares, each both ways."""
    line: set[tuple[str, str]] = set()
    whole: set[tuple[str, str]] = set()
    for entity in package.entities:
        by_key = {p.key: p for p in entity.postings}
        for posting in entity.postings:
            source = by_key.get(posting.depends_on or "")
            if source is None:
                continue
            found = line if source.each == posting.each else whole
            found |= {(source.uid, posting.uid), (posting.uid, source.uid)}
    return Pairs(frozenset(line), frozenset(whole))


@dataclass(frozen=True)
class Steps:
    """Builds the selects for one app's ledgers."""

    models: Mapping[str, LedgerModel]
    pairs: Pairs
    ws: int
    by: By

    def reach(
        self, conn: Connection, starts: Collection[int], direction: Direction, most: int
    ) -> tuple[set[int], list[Flow]]:
        """Every entry that the starts lead to over any number of steps (each once, so that circles end; at most ``most``), and the flows
        between them, in one query."""
        first = select(entry.c.entry_id.label("id")).where(
            entry.c.ws == self.ws, one_of(entry.c.entry_id, starts)
        )
        reach = first.cte("reach", recursive=True)
        steps = [s.with_only_columns(s.selected_columns.id) for s in self.steps(reach.c.id, direction)]
        if conn.dialect.name == PG:
            # PostgreSQL takes one recursive term alone, SQLite knows no LATERAL.
            beyond = union_all(*(s.correlate(reach) for s in steps)).lateral("beyond")
            reach = reach.union(select(beyond.c.id).select_from(reach.join(beyond, literal(True))))
        else:
            reach = reach.union(*steps)
        ids = {row.id for row in conn.execute(select(reach.c.id).limit(most))}
        return ids, self._flows(conn, ids, direction)

    def _flows(self, conn: Connection, ids: Collection[int], direction: Direction) -> list[Flow]:
        """The flows between them, looked up from the ids alone, so that no planner begins at the other end."""
        found: list[Flow] = []
        for row in conn.execute(union_all(*self.steps(ids, direction))) if ids else ():
            if row.id in ids:
                ends = (row.here, row.id) if direction == "forward" else (row.id, row.here)
                found.append(Flow(*ends, row.how, row.qty, row.value))
        return found

    def steps(self, at: Any, direction: Direction) -> list[Select[Any]]:
        """Selects of (id, qty, value, how, here) over what lies one step beyond ``at``."""
        found = [
            self._edges(at, direction),
            self._returns(at, direction),
            self._late(at, direction),
            self._lines(at, direction),
        ]
        return [*found, self._lines(at, direction, whole=True)] if self.pairs.whole else found

    def _edges(self, at: Any, direction: Direction) -> Select[Any]:
        here, there = edge.c.from_entry, edge.c.to_entry
        if direction == "backward":
            here, there = there, here
        taken = entry.alias("taken")
        statement = select(
            there.label("id"), edge.c.qty, edge.c.value, literal("edge").label("how"), here.label("here")
        ).where(edge.c.ws == self.ws, _at(here, at))
        other = and_(taken.c.ws == self.ws, taken.c.entry_id == edge.c.to_entry)
        stands = and_(other, taken.c.kind != "reversal", ~self._undone(taken))
        statement = statement.where(exists().where(stands))
        if self.by == "goods" and self._picked:
            source = entry.alias("source")
            unpicked = and_(source.c.entry_id == edge.c.from_entry, self._pick(source) == 0)
            statement = statement.where(exists().where(source.c.ws == self.ws, unpicked))
        return statement

    def _returns(self, at: Any, direction: Direction) -> Select[Any]:
        back, origin = entry.alias("back"), entry.alias("origin")
        here, there = (origin, back) if direction == "forward" else (back, origin)
        statement = select(
            there.c.entry_id.label("id"),
            func.abs(self.sign(back)).label("qty"),
            _none("value"),
            literal("return").label("how"),
            here.c.entry_id.label("here"),
        ).select_from(back.join(origin, _concerns(back, origin)))
        apart = self.sign(back) * self.sign(origin) < 0
        return statement.where(
            back.c.ws == self.ws,
            back.c.kind == "normal",
            _at(here.c.entry_id, at),
            apart,
            ~self._undone(back),
        )

    def _late(self, at: Any, direction: Direction) -> Select[Any]:
        """A late cost goes into what it concerns."""
        late, origin = entry.alias("late"), entry.alias("about")
        here, there = (late, origin) if direction == "forward" else (origin, late)
        statement = select(
            there.c.entry_id.label("id"),
            _none("qty"),
            self.worth(late).label("value"),
            literal("late").label("how"),
            here.c.entry_id.label("here"),
        ).select_from(late.join(origin, _concerns(late, origin)))
        return statement.where(
            late.c.ws == self.ws,
            late.c.kind == "normal",
            self.quantity(late) == 0,
            self.quantity(origin) != 0,
            _at(here.c.entry_id, at),
            ~self._undone(late),
        )

    def _lines(self, at: Any, direction: Direction, *, whole: bool = False) -> Select[Any]:
        """What left by a line of a document came in by the same line, or (``whole``) by the same document: transfers, production,
        reclassification. A line is looked up by itself, so that long documents cost no more than short ones."""
        gone, come = entry.alias("gone"), entry.alias("come")
        by, to = journal.alias("gone_by"), journal.alias("come_by")
        here, there = (gone, come) if direction == "forward" else (come, gone)
        here_by, there_by = (by, to) if direction == "forward" else (to, by)
        document = [there_by.c[n] == here_by.c[n] for n in ("ws", "entity_id", "record_id", "posting_rev")]
        joined = here.join(here_by, _of(here, here_by))
        if whole:
            joined = joined.join(there_by, and_(*document)).join(there, _of(there, there_by))
        else:
            same_line = and_(there.c.ws == here.c.ws, there.c.line_id == here.c.line_id)
            joined = joined.join(there, same_line).join(there_by, and_(_of(there, there_by), *document))
        statement = select(
            there.c.entry_id.label("id"),
            func.abs(self.sign(come)).label("qty"),
            self.worth(come).label("value"),
            literal("line").label("how"),
            here.c.entry_id.label("here"),
        ).select_from(joined)
        return statement.where(
            here.c.ws == self.ws,
            _at(here.c.entry_id, at),
            self.sign(gone) < 0,
            self.sign(come) > 0,
            gone.c.kind.in_(MOVED),
            come.c.kind.in_(MOVED),
            self._paired(gone, come, by, to, whole=whole),
            ~self._undone(there),
        )

    def _paired(self, gone: Any, come: Any, by: Any, to: Any, *, whole: bool) -> ColumnElement[bool]:
        postings = tuple_(by.c.posting_uid, to.c.posting_uid)
        if whole:
            return postings.in_(sorted(self.pairs.whole))
        reclassed = and_(gone.c.kind == "reclass", come.c.kind == "reclass")
        return or_(reclassed, postings.in_(sorted(self.pairs.line))) if self.pairs.line else reclassed

    def _undone(self, table: Any) -> Any:
        undoing = entry.alias()
        return exists().where(
            undoing.c.ws == self.ws,
            undoing.c.concerns_entry == table.c.entry_id,
            undoing.c.kind == "reversal",
        )

    @property
    def _picked(self) -> Sequence[LedgerModel]:
        """Ledgers whose goods are told apart by a dimension that their cost does not know."""
        return [
            m
            for m in self.models.values()
            if m.issue is not None and not (m.cost is not None and m.issue.pick in m.cost.grain.positions)
        ]

    def _pick(self, table: Any) -> Any:
        whens = [
            (table.c.ledger_id == m.ledger_id, table.c[f"k{m.dimensions[m.issue.pick].number}"])
            for m in self._picked
            if m.issue is not None
        ]
        return case(*whens, else_=0)

    def quantity(self, table: Any) -> Any:
        """The counted measure of an entry, whichever its ledger."""
        return self._measure(table, {m.ledger_id: m.measures[m.counted].number for m in self.models.values()})

    def worth(self, table: Any) -> Any:
        return self._measure(
            table, {m.ledger_id: number for m in self.models.values() if (number := worth_of(m))}
        )

    def sign(self, table: Any) -> Any:
        """The quantity; of an entry without one its value."""
        return func.coalesce(func.nullif(self.quantity(table), 0), self.worth(table))

    def _measure(self, table: Any, numbers: Mapping[int, int]) -> Any:
        by_number: dict[int, list[int]] = {}
        for ledger_id, number in numbers.items():
            by_number.setdefault(number, []).append(ledger_id)
        whens = [
            (table.c.ledger_id.in_(sorted(ids)), table.c[f"m{n}"]) for n, ids in sorted(by_number.items())
        ]
        return case(*whens, else_=0) if whens else literal_column("0", BigInteger())


def worth_of(model: LedgerModel) -> int:
    """The number of the measure that says what an entry is worth; 0 where there is none."""
    if model.cost is not None:
        return model.measures[model.cost.value].number
    kinds = {m.key: m.kind for m in model.ledger.measures}
    return next((m.number for m in model.measures if kinds[m.key] == "value"), 0)


def _at(column: Any, at: Any) -> ColumnElement[bool]:
    """The column is ``at``: another column, or one of some ids."""
    return one_of(column, at) if isinstance(at, set) else column == at


def _of(made: Any, by: Any) -> ColumnElement[bool]:
    return and_(by.c.ws == made.c.ws, by.c.journal_id == made.c.journal_id)


def _concerns(one: Any, other: Any) -> ColumnElement[bool]:
    return and_(one.c.ws == other.c.ws, one.c.concerns_entry == other.c.entry_id)


def _none(name: str) -> Any:
    return null().cast(BigInteger).label(name)
