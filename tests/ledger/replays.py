"""Playing histories of ledgers that replay: whatever the order of entry, everything must come to what the order of dates comes to.

The company posts to a database, works again what was late after every act, and is held against a clerk who is given the acts that
stand, sorted by their days, and knows nothing of what was late, corrected or taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import Engine

from builder.changes import Intent
from builder.ledger import journal, lanes
from builder.ledger.compile import compile_ledger
from builder.ledger.definition import LedgerModel
from builder.ledger.pasts import StoredHistories
from builder.ledger.replay import replay
from builder.ledger.state import Entry, LedgerState, State
from builder.ledger.true_ups import booked, looking
from builder.ledger.valuing import scaled_unit
from builder.ledger.verify import verify
from builder.ledger.waiting import waiting
from builder.ledger.work import Books
from builder.metadata.entity import Entity, Posting
from builder.metadata.ledger import Dimension, Grain, Ledger, Measure
from builder.metadata.package import App, Package
from builder.runtime.recosting import _lane_rows
from tests.ledger.clerk import PROVISIONAL, Act, Clerk, tell
from tests.ledger.histories import Choice, Company, StoredLedgers, choices_of, decimal, goods
from tests.ledger.store import WS

ZERO = Fraction(0)
EACH = 6
"""The clerk is asked after so many acts, and at the end."""


def _posting(key: str, **more: Any) -> Posting:
    return Posting(key, key, more.pop("ledger", "stock"), **more)


def _postings() -> tuple[Posting, ...]:
    found = [
        _posting("receive", measures={"on_hand": "quantity", "value": "money"}),
        _posting("late", measures={"value": "money"}, cost_of="of"),
        _posting("transfer", measures={"on_hand": "quantity"}),
        _posting(
            "into", measures={"on_hand": "-result.on_hand", "value": "-result.value"}, depends_on="transfer"
        ),
    ]
    for op in ("issue", "short", "count", "return"):
        found.append(_posting(op, measures={"on_hand": "quantity"}))
        cost = {"cost": "-result.value"}
        found.append(_posting(f"{op}_cost", ledger="profit", measures=cost, depends_on=op))
    return tuple(found)


PACKAGE = Package(
    App("app", "app", "App"),
    entities=(Entity("document", "document", "document", "Document", (), postings=_postings()),),
)


def profit() -> LedgerModel:
    """What was sold, found missing or given back, at cost."""
    return compile_ledger(
        Ledger(
            "profit",
            "profit",
            "Profit",
            (Dimension("item", "item", "Item", entity="item"),),
            (Measure("cost", "cost", "Cost", kind="value"),),
            (Grain("item", "item", ("item",)),),
            kind="turnover",
        )
    )


class ReplayedLedgers(StoredLedgers):
    """Works again what is late after every post."""

    def __init__(self, engine: Engine, *models: LedgerModel) -> None:
        super().__init__(engine, *models)
        self.stated: dict[int, Decimal] = {}

    def recost(self) -> None:
        """One replay of everything that waits, written as the engine does it."""
        with self.db.write() as conn:
            seeds = {
                (m.key, lane): since
                for m in self.models.values()
                if m.cost is not None
                for lane, since in waiting(conn, m, WS).items()
            }
            if not seeds:
                return
            histories = StoredHistories(conn, self.models, PACKAGE, WS, self._said)
            done = replay(self.models, histories, seeds, closed=self.closed, provisional=self._provisional)
            intents = looking(done.corrections)
            state = lanes.read(conn, self.models, self.db.maps, PACKAGE, WS, intents)
            states = dict(state.ledgers)
            for ledger in {x for x, _ in done.lanes}:
                rows = _lane_rows(conn, self.models[ledger], WS, tuple(done.lanes))
                before = states.get(ledger, LedgerState())
                states[ledger] = replace(before, rows={**rows, **before.rows})
            made = booked(
                self.models,
                State(states),
                done,
                record_id=self.new_id(),
                new_id=self.new_id,
                layers=histories.kept,
            )
            cmd = next(self.db._cmds)
            journal.write(conn, self.models, self.db.maps, made, cmd=cmd, ws=WS, actor_id=5)
        self.apply(made)

    def _said(self, _entity: int, record: int, _posting: str, _line: int) -> Decimal | None:
        return self.stated.get(record)

    def _provisional(self, ledger: str, _key: Any) -> Fraction | None:
        model = self.models[ledger]
        assert model.cost is not None
        return scaled_unit(Books(model, LedgerState()), model.cost, decimal(PROVISIONAL))

    def close(self, day: int) -> None:
        """No entry on or before that day of March any more."""
        self.closed["stock"] = date(2026, 3, day)
        with self.db.write() as conn:
            self._close(conn, date(2026, 3, day))

    def _close(self, conn: Any, day: date) -> None:
        from builder.storage.tables.ledgers import period

        ledger = self.models["stock"].ledger_id
        conn.execute(period.delete().where(period.c.ws == WS, period.c.ledger_id == ledger))
        row = {"ws": WS, "ledger_id": ledger, "closed_through": day, "cmd": next(self.db._cmds)}
        conn.execute(period.insert().values(**row))

    def check(self) -> None:
        with self.db.snapshot() as conn:
            found = verify(conn, self.db.models, self.db.maps, PACKAGE, WS, self.settings)
        # Short sales are let through by an override.
        wrong = [f for f in found if not f.code.startswith("GUARD")]
        assert not wrong, wrong


class LateCompany(Company):
    """Every act has a posting of its own, and what is sold has its profit."""

    store: ReplayedLedgers

    def intent(self, number: int, act: Act, place: int = 0, **measures: Any) -> Intent:
        return replace(super().intent(number, act, place, **measures), posting=act.op, entity="document")

    def do(self, number: int, act: Act) -> bool:
        document = self.owner.get(act.of, act.of) if act.op == "amend" else number
        before = self.store.stated.get(document + 2000)
        if act.op == "late":
            self.store.stated[document + 2000] = decimal(act.money)
        done = super().do(number, act)
        if not done and act.op == "late" and before is None:
            self.store.stated.pop(document + 2000, None)
        if done:
            self.store.recost()
        return done

    def _with_profit(self, intent: Intent, op: str) -> list[Intent]:
        cost = replace(
            intent,
            ledger="profit",
            posting=f"{op}_cost",
            dimensions={"item": intent.dimensions["item"]},
            measures={},
            count=False,
            cost_of=None,
            depends_on=op,
            dependent={"cost": "-value"},
        )
        return [intent, cost]

    def _plain(self, number: int, act: Act) -> list[Intent]:
        [intent] = super()._plain(number, act)
        return [intent] if act.op == "receive" else self._with_profit(intent, act.op)

    def _transfer(self, number: int, act: Act) -> list[Intent]:
        return [
            replace(i, depends_on="transfer") if i.posting == "into" else i
            for i in super()._transfer(number, act)
        ]

    def _count(self, number: int, act: Act) -> list[Intent]:
        [intent] = super()._count(number, act)
        return self._with_profit(intent, "count")

    def _return(self, number: int, act: Act) -> list[Intent]:
        [intent] = super()._return(number, act)
        return self._with_profit(intent, "return")

    def _undoing(self, of: int) -> list[Intent]:
        store, document, rev = self.store, self.owner[of] + 2000, self.revs.get(self.owner[of], 0)
        own = {
            j.id: j
            for j in store.journals
            if (j.record_id, j.posting_rev) == (document, rev) and not j.reverses
        }
        entries = [e for es in store.entries.values() for e in es if e.journal_id in own]
        act = self.now[of]
        return [
            replace(
                self.intent(of, act),
                ledger=e.ledger,
                posting=own[e.journal_id].posting,
                line_id=e.line_id,
                business_date=e.business_date,
                dimensions={},
                measures={},
                reverses=e.id,
            )
            for e in sorted(entries, key=lambda e: -e.id)
        ]


# ---- what it must come to


def expected(method: str, by_place: bool, acts: Sequence[tuple[int, Act]]) -> Clerk:
    """A clerk who was told everything on its day. A late cost is on its receipt from the start."""
    clerk = Clerk(method, by_place)
    money: dict[int, Fraction] = {}
    for _, act in acts:
        if act.op == "late":
            money[act.of] = money.get(act.of, ZERO) + act.money
    for number, act in sorted(acts, key=lambda a: a[1].day):
        if act.op == "late":
            continue
        told = replace(act, money=act.money + money.get(number, ZERO)) if act.op == "receive" else act
        getattr(clerk, f"_{told.op}")(number, told)
    return clerk


def by_act(clerk: Clerk) -> dict[int, Fraction]:
    """What every act came to."""
    found: dict[int, Fraction] = {}
    for line in clerk.lines:
        if line.kind == "rest":
            continue
        root = line
        while root.kind in ("true_up", "shift") and root.about is not None:
            root = root.about
        found[root.act] = found.get(root.act, ZERO) + line.value
    return found


@dataclass
class Played:
    """A history as far as it came. ``standing`` are the acts by number, amended ones under the amending act's."""

    store: ReplayedLedgers
    method: str
    by_place: bool
    company: LateCompany = field(init=False)
    done: list[Act] = field(default_factory=list)
    standing: dict[int, Act] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    closed: int = 0

    def __post_init__(self) -> None:
        self.company = LateCompany(self.store)

    def do(self, act: Act) -> None:
        number = len(self.done)
        self.done.append(act)
        if act.op == "close":
            self.store.close(act.day)
            self.closed = act.day
            return
        if not self.company.do(number, act):
            return
        if act.op in ("reverse", "amend"):
            old = self.standing.pop(act.of)
            self.order.remove(act.of)
            if act.op == "amend":
                self.standing[number] = replace(old, qty=act.qty)
                self.order.append(number)
        else:
            self.standing[number] = act
            self.order.append(number)
        if number % EACH == 0:
            self.compare()

    def end(self) -> None:
        """The last word: what is kept beside the entries as well."""
        self.compare()
        self.store.check()

    def compare(self) -> None:
        """Nothing is lost, and every act came to what it comes to in order."""
        store = self.store
        paid = sum((a.money for a in self.standing.values() if a.op in ("receive", "late")), ZERO)
        sums = dict.fromkeys(("value", "aside", "cost"), ZERO)
        for entries in store.entries.values():
            for entry in entries:
                if entry.ledger == "profit":
                    sums["cost"] += Fraction(entry.measures[0], 100)
                else:
                    sums["value"] += Fraction(entry.measures[1], 100)
                    sums["aside"] += Fraction(entry.measures[2], 100)
        assert sum(sums.values()) == paid, (
            f"paid {float(paid)}, there is { {k: float(v) for k, v in sums.items()} }"
        )
        if not self.closed:
            self._compare_with_clerk()

    def _compare_with_clerk(self) -> None:
        acts = [(n, self.standing[n]) for n in self.order]
        clerk = expected(self.method, self.by_place, acts)
        if clerk.unsure or (self.by_place and self.method in ("fifo", "batch")):
            return
        if self._is_tied():
            return
        seen = {n: v for n, v in by_act(clerk).items() if v}
        booked = {n: v for n, v in self._booked().items() if v}
        assert seen == booked, f"the clerk: {_said(seen)}; the books: {_said(booked)}"

    def _is_tied(self) -> bool:
        """Whether something was corrected on the very day of a count: whether it comes before it or after, nobody has said."""
        days = {(a.item, a.day) for a in self.done if a.op == "count"}
        return any(
            (about.item, about.day) in days
            for a in self.done
            if a.op in ("reverse", "amend")
            for about in [self.company.now[a.of]]
        )

    def _booked(self) -> dict[int, Fraction]:
        entries = {e.id: e for e in self.store.entries["stock"]}
        numbers = {self.company.owner[n] + 5000: n for n in self.standing}
        found: dict[int, Fraction] = {}
        for entry in entries.values():
            root: Entry = entry
            while root.kind in ("true_up", "residue", "reversal", "count_shift") and root.concerns in entries:
                root = entries[root.concerns]
            if entry.kind == "residue":
                continue
            number = numbers.get(root.line_id, -1)
            act = self.standing.get(number)
            if act is not None and act.op == "late":
                number = act.of
            found[number] = found.get(number, ZERO) + Fraction(entry.measures[1], 100)
        return found


def _said(values: dict[int, Fraction]) -> str:
    return ", ".join(f"{n}: {float(v):.2f}" for n, v in sorted(values.items()))


# ---- histories

STEPS = 24


def acts_of(played: Played, choice: Choice, *, has_shorts: bool, closes: bool) -> Act | None:
    """The choice as an act that makes sense now."""
    op, when, item, place, batch, qty, money = choice
    number = len(played.done)
    today = 2 + number // 2
    day = today if when < 60 else 1 + (when * 7) % today
    if closes and when == 17:
        return Act("close", max(played.closed, today // 2))
    act = Act(op, day, item, place, batch if played.method == "batch" else 0, qty, Fraction(money, 100))
    if op == "short":
        return act if has_shorts else replace(act, op="issue")
    if op not in ("reverse", "amend", "late", "return"):
        return act
    of = _candidates(played, op)
    if not of:
        return None
    chosen = of[when % len(of)]
    about = played.standing[chosen]
    if op == "return":
        gone = sum(a.qty for a in played.standing.values() if a.of == chosen)
        qty = min(qty, about.qty - gone)
        day = max(day, about.day)
    return replace(act, item=about.item, place=about.place, batch=about.batch, qty=qty, of=chosen, day=day)


def _candidates(played: Played, op: str) -> list[int]:
    standing = {n: played.standing[n] for n in played.order}
    spoken = {a.of for a in standing.values()}
    if op == "late":
        return [n for n, a in standing.items() if a.op == "receive"]
    if op == "return":
        back = {n: sum(a.qty for a in standing.values() if a.of == n and a.op == "return") for n in standing}
        return [n for n, a in standing.items() if a.op == "issue" and back[n] < a.qty]
    free = [n for n in standing if n not in spoken]
    return free if op == "reverse" else [n for n in free if standing[n].op in ("receive", "issue")]


class WrongError(AssertionError):
    """What is wrong, and the acts until then."""

    def __init__(self, problem: Exception, acts: Sequence[Act]) -> None:
        self.acts = list(acts)
        super().__init__(f"{type(problem).__name__}: {str(problem)[:1500]}\n\n{tell(acts)}")


def opened(engine: Engine, method: str, by_place: bool) -> Played:
    models = (goods(method, by_place, "rest", order="replay"), profit())
    return Played(ReplayedLedgers(engine, *models), method, by_place)


def play(played: Played, seed: int, steps: int = STEPS) -> None:
    """A history of dice; raises with its story where something is wrong."""
    try:
        for choice in choices_of(seed, steps):
            act = acts_of(played, choice, has_shorts=seed % 3 == 0, closes=seed % 4 == 1)
            if act is not None:
                played.do(act)
        played.end()
    except Exception as problem:
        raise WrongError(problem, played.done) from problem


def tried(played: Played, acts: Sequence[Act]) -> str | None:
    """What is wrong with a history of given acts; None where nothing is, or where it makes no sense."""
    try:
        for act in acts:
            if act.of < 0 and act.op in ("reverse", "amend", "late", "return"):
                return None
            if act.of >= 0 and act.of not in played.standing:
                return None
            played.do(act)
        played.end()
    except Exception as problem:  # noqa: BLE001
        return f"{type(problem).__name__}: {str(problem)[:1500]}\n\n{tell(acts)}"
    return None
