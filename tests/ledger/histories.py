"""Playing histories: acts become documents of a company and lines of a clerk, and what both say is compared."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine

from builder.changes import Intent
from builder.commands import Override
from builder.ledger.compile import compile_ledger
from builder.ledger.definition import LedgerModel
from builder.ledger.outcome import Plan
from builder.ledger.verify import verify
from builder.metadata.ledger import Costing, Dimension, Grain, Guard, Ledger, Measure
from tests.ledger.clerk import PROVISIONAL, STANDARD, Act, Clerk, Line, tell
from tests.ledger.memory import MemoryLedgers
from tests.ledger.store import PACKAGE, WS, LedgerStore

METHODS = [
    ("moving_average", False),
    ("moving_average", True),
    ("fifo", False),
    ("fifo", True),
    ("batch", False),
    ("batch", True),
    ("standard", False),
]
OVERRIDES = [Override("enough", "promised"), Override("batch_enough", "promised")]


def goods(method: str, by_place: bool, late: str = "rest", order: str = "append") -> LedgerModel:
    """Goods at cost by item (and place), by batch where the method needs it. One lane per item."""
    overridden: Any = {"policy": "override", "override": "oversell"}
    return compile_ledger(
        Ledger(
            "stock",
            "stock",
            "Stock",
            (
                Dimension("item", "item", "Item", entity="item"),
                Dimension("place", "place", "Place", entity="place"),
                Dimension("batch", "batch", "Batch", entity="batch", required=False),
            ),
            (
                Measure("on_hand", "on_hand", "On hand", scale=4),
                Measure("value", "value", "Value", scale=2, kind="value"),
                Measure("aside", "aside", "Aside", scale=2, kind="value"),
            ),
            (
                Grain("item", "item", ("item",)),
                Grain("place", "place", ("item", "place")),
                Grain("batch", "batch", ("item", "place", "batch")),
            ),
            guards=(
                Guard("any", "any", "item", "on_hand + 1000000", "never"),
                Guard("enough", "enough", "place", "on_hand", "{shortage} short", **overridden),
                Guard("batch_enough", "batch_enough", "batch", "on_hand", "{shortage} short", **overridden),
            ),
            costing=Costing(
                "on_hand",
                "value",
                method=method,  # type: ignore[arg-type]
                residue="aside",
                variance="aside",
                provisional="setting.provisional",
                standard="setting.standard",
                identity="batch" if method == "batch" else "",
                late=late,  # type: ignore[arg-type]
            ),
            cost_key=(
                "item",
                *(["place"] if by_place else []),
                *(["batch"] if method == "batch" else []),
            ),
            order=order,  # type: ignore[arg-type]
        )
    )


def decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


class Company:
    """Posts acts to a ledger the way documents do."""

    def __init__(self, store: MemoryLedgers) -> None:
        self.store = store
        store.settings.update(provisional=decimal(PROVISIONAL), standard=decimal(STANDARD))
        self.entries: dict[int, list[Any]] = {}
        self.owner: dict[int, int] = {}
        self.revs: dict[int, int] = {}
        self.now: dict[int, Act] = {}

    def do(self, number: int, act: Act) -> bool:
        intents = getattr(self, f"_{act.op}", self._plain)(number, act)
        may = ("oversell",) if act.op == "short" else ()
        plan = self.store.post(*intents, overrides=OVERRIDES if may else (), may=may)
        if plan.problems:
            if act.op == "amend":
                self.revs[self.owner[number]] -= 1
            assert {p.code for p in plan.problems} <= {"GUARD", "PERIOD_CLOSED"}, plan.problems
            return False
        self.entries[number] = list(plan.entries)
        return True

    def intent(self, number: int, act: Act, place: int = 0, **measures: Any) -> Intent:
        document = self.owner.setdefault(number, number)
        return Intent(
            ledger="stock",
            posting="stock",
            entity="document",
            record_id=document + 2000,
            line_id=document + 5000,
            line_no=1,
            business_date=date(2026, 3, act.day),
            dimensions={"item": act.item, "place": place or act.place, "batch": act.batch or None},
            measures={k: Decimal(v) if isinstance(v, int) else decimal(v) for k, v in measures.items()},
            posting_rev=self.revs.get(document, 0),
            path=f"/{number}",
        )

    def _plain(self, number: int, act: Act) -> list[Intent]:
        self.now[number] = act
        if act.op == "receive":
            return [self.intent(number, act, on_hand=act.qty, value=act.money)]
        return [self.intent(number, act, on_hand=-act.qty)]

    def _transfer(self, number: int, act: Act) -> list[Intent]:
        self.now[number] = act
        out = self.intent(number, act, on_hand=-act.qty)
        into = replace(
            self.intent(number, act, act.to),
            posting="into",
            depends_on="stock",
            dependent={"on_hand": "-on_hand", "value": "-value"},
        )
        return [out, into]

    def _count(self, number: int, act: Act) -> list[Intent]:
        self.now[number] = act
        return [replace(self.intent(number, act, on_hand=act.qty), count=True)]

    def _late(self, number: int, act: Act) -> list[Intent]:
        self.now[number] = act
        about = self.now[act.of]
        late = replace(act, item=about.item, place=about.place, batch=about.batch)
        return [replace(self.intent(number, late, value=act.money), cost_of=self.owner[act.of] + 5000)]

    def _return(self, number: int, act: Act) -> list[Intent]:
        self.now[number] = act
        about = self.now[act.of]
        back = replace(act, item=about.item, place=about.place, batch=about.batch)
        return [replace(self.intent(number, back, on_hand=act.qty), cost_of=self.owner[act.of] + 5000)]

    def _reverse(self, number: int, act: Act) -> list[Intent]:
        return self._undoing(act.of)

    def _undoing(self, of: int) -> list[Intent]:
        """What the journals of that document's present version say, newest first, each on its own day."""
        store, document, rev = self.store, self.owner[of] + 2000, self.revs.get(self.owner[of], 0)
        own = {
            j.id: j
            for j in store.journals
            if (j.record_id, j.posting_rev) == (document, rev) and not j.reverses
        }
        act = self.now[of]
        return [
            replace(
                self.intent(of, act),
                posting=own[e.journal_id].posting,
                line_id=e.line_id,
                business_date=e.business_date,
                dimensions={},
                measures={},
                reverses=e.id,
            )
            for e in reversed(store.entries["stock"])
            if e.journal_id in own
        ]

    def _amend(self, number: int, act: Act) -> list[Intent]:
        back = self._undoing(act.of)
        document = self.owner[number] = self.owner[act.of]
        self.revs[document] = self.revs.get(document, 0) + 1
        return [*back, *self._plain(number, replace(self.now[act.of], qty=act.qty))]


# ---- histories

OPS = (
    ["receive"] * 5
    + ["issue"] * 5
    + ["transfer"] * 2
    + ["count", "reverse", "amend", "late", "return", "short"]
)
STEPS = 50
Choice = tuple[Any, ...]


def choices_of(seed: int, steps: int = STEPS) -> list[Choice]:
    """The same dice for the same seed, everywhere."""
    dice = random.Random(seed)
    return [
        (
            dice.choice(OPS),
            dice.randrange(100),
            dice.choice((11, 11, 12)),
            dice.choice((21, 21, 22)),
            dice.choice((31, 32)),
            dice.randint(1, 9),
            dice.randrange(10000),
        )
        for _ in range(steps)
    ]


def acts_of(clerk: Clerk, number: int, choice: Choice, has_shorts: bool) -> Act | None:
    """The choice as an act that makes sense now; None where there is nothing to speak of."""
    op, when, item, place, batch, qty, money = choice
    # Mostly the days go on; sometimes something comes late.
    today = 2 + number // 3
    day = today if when < 75 else 1 + when % today
    act = Act(op, day, item, place, batch if clerk.method == "batch" else 0, qty, Fraction(money, 100))
    if op == "short":
        return act if has_shorts else replace(act, op="issue")
    if op not in ("reverse", "amend", "late", "return"):
        return act
    of = _candidates(clerk, op)
    if not of:
        return None
    chosen = of[when % len(of)]
    about = clerk.standing[chosen]
    if op == "return":
        gone = sum(clerk.standing[n].qty for n in clerk.standing if clerk.standing[n].of == chosen)
        qty = min(qty, about.qty - gone)
    return replace(
        act,
        item=about.item,
        place=about.place,
        batch=about.batch,
        qty=qty,
        of=chosen,
        day=max(day, about.day) if op == "return" else day,
    )


def _candidates(clerk: Clerk, op: str) -> list[int]:
    """What the act may speak of: what others speak of stays until they are taken back."""
    standing = clerk.standing
    spoken = {a.of for a in standing.values()}
    if op == "late":
        return [n for n, a in standing.items() if a.op == "receive"]
    if op == "return":
        back = {n: sum(a.qty for a in standing.values() if a.of == n and a.op == "return") for n in standing}
        return [n for n, a in standing.items() if a.op == "issue" and back[n] < a.qty]
    free = [n for n in standing if n not in spoken]
    return free if op == "reverse" else [n for n in free if standing[n].op in ("receive", "issue")]


class SenselessError(Exception):
    """An act speaks of one that does not stand."""


class DisagreementError(AssertionError):
    """What the ledger and the clerk differ in, and the acts until then."""

    def __init__(self, problem: Exception, acts: Sequence[Act]) -> None:
        self.acts = list(acts)
        what = next(iter(str(problem).splitlines()), "")
        super().__init__(f"{type(problem).__name__}: {what}\n\n{tell(acts)}")


def play(store: MemoryLedgers, clerk: Clerk, choices: Sequence[Choice], has_shorts: bool) -> None:
    """Both do what the choices say, and must agree on what is allowed and what comes out."""
    perform(store, clerk, (partial(acts_of, clerk, choice=c, has_shorts=has_shorts) for c in choices))


def perform(store: MemoryLedgers, clerk: Clerk, acts: Iterable[Callable[[int], Act | None]]) -> None:
    """Acts one by one, each known when its number is."""
    company, done = Company(store), list[Act]()
    try:
        for known_at in acts:
            act = known_at(len(done))
            if act is not None:
                done.append(act)
                step(clerk, company, done)
        store.check()
        adds_up(store, clerk.unsure)
    except Exception as problem:
        raise DisagreementError(problem, done) from problem


def step(clerk: Clerk, company: Company, done: Sequence[Act]) -> None:
    number, act = len(done) - 1, done[-1]
    allowed, fits = company.do(number, act), clerk.do(number, act)
    assert allowed == fits, f"the ledger {'takes' if allowed else 'refuses'} the last act, the clerk does not"
    if allowed:
        compare(clerk, company, number)


def shortest(acts: Sequence[Act], fails: Callable[[Sequence[Act]], str | None]) -> str:
    """The story of the fewest of these acts in which something still differs."""
    left, story, size = list(acts), fails(acts) or "", len(acts) // 2
    while size:
        at, before = 0, len(left)
        while at < len(left):
            without = leave_out(left, set(range(at, at + size)))
            shorter = fails(without)
            if shorter is None:
                at += size
            else:
                left, story = without, shorter
        size = size if size == 1 and len(left) < before else size // 2
    return story


def leave_out(acts: Sequence[Act], gone: set[int]) -> list[Act]:
    """The acts without those, and without what speaks of them."""
    for number, act in enumerate(acts):
        if act.of in gone:
            gone.add(number)
    numbers = {old: new for new, old in enumerate(n for n in range(len(acts)) if n not in gone)}
    return [replace(acts[n], of=numbers.get(acts[n].of, -1)) for n in numbers]


def failing(method: str, by_place: bool, seed: int) -> str | None:
    """The shortest story of a history in which ledger and clerk differ; None where they agree."""

    def fails(acts: Sequence[Act]) -> str | None:
        clerk = Clerk(method, by_place)

        def makes_sense(act: Act, _number: int) -> Act:
            if act.of >= 0 and act.of not in clerk.standing:
                raise SenselessError
            return act

        if any(a.of < 0 and a.op in ("reverse", "amend", "late", "return") for a in acts):
            return None
        try:
            perform(MemoryLedgers(goods(method, by_place)), clerk, (partial(makes_sense, a) for a in acts))
        except DisagreementError as problem:
            return None if isinstance(problem.__cause__, SenselessError) else str(problem)
        return None

    try:
        play(MemoryLedgers(goods(method, by_place)), Clerk(method, by_place), choices_of(seed), seed % 3 == 0)
    except DisagreementError as problem:
        return shortest(problem.acts, fails) or str(problem)
    return None


def must_agree(method: str, by_place: bool, seed: int) -> None:
    story = failing(method, by_place, seed)
    if story is not None:
        pytest.fail(f"history {seed}: {story}", pytrace=False)


def compare(clerk: Clerk, company: Company, number: int) -> None:
    """The act's lines: where, how many, and at what value, as far as the clerk is sure of it."""
    mine = [as_seen(x) for x in clerk.lines if x.act == number]
    theirs = [as_booked(e) for e in company.entries[number]]
    is_unsure = bool({x[0] for x in (*mine, *theirs)} & clerk.unsure)
    seen, booked = (sums(lines, only_quantities=is_unsure) for lines in (mine, theirs))
    assert seen == booked, f"the clerk writes {said(seen)}, the ledger {said(booked)}"


def said(lines: Sequence[tuple[Any, ...]]) -> str:
    return "; ".join(
        " ".join(str(float(x)) if isinstance(x, Fraction) else str(x) for x in line) for line in lines
    )


def sums(lines: Sequence[tuple[Any, ...]], *, only_quantities: bool) -> list[tuple[Any, ...]]:
    """Sums by item, place, batch, day and direction: how many lines they are written in is each one's own business."""
    found: dict[tuple[Any, ...], list[Fraction]] = {}
    for line in lines:
        at = (*line[:4], (line[4] > 0) - (line[4] < 0))
        row = found.setdefault(at if not only_quantities else line[:4], [Fraction(0)] * 3)
        for i, amount in enumerate(line[4:]):
            row[i] += amount if not only_quantities or i == 0 else 0
    return sorted((*at, *row) for at, row in found.items() if any(row))


def as_seen(line: Line) -> tuple[Any, ...]:
    return line.item, line.place, line.batch, line.day, line.qty, line.value, line.aside


def as_booked(entry: Any) -> tuple[Any, ...]:
    qty, value, aside = entry.measures
    return (
        *entry.key,
        entry.business_date.day,
        Fraction(qty, 10000),
        Fraction(value, 100),
        Fraction(aside, 100),
    )


def adds_up(store: MemoryLedgers, unsure: Collection[int] = ()) -> None:
    """Layers add up to their pools, no layer is negative, no receipt gave more than it had, edges add up to their issue; every day
    opens with the day before's closing and closes with what came and went. Of items that the clerk is ``unsure`` of, the layers'
    values are not held against their pools: who bears the difference is not declared."""
    model = store.models["stock"]
    assert model.cost is not None
    grain = model.cost.grain
    for key, layers in store.layers["stock"].items():
        pool = store.rows["stock"][grain.number, key].measures
        sign = {"receipt": 1, "short": -1}
        assert all(x.qty >= 0 for x in layers.values()), ("a layer below zero", key)
        if model.cost.method in ("fifo", "batch"):
            assert sum(sign[x.kind] * x.qty for x in layers.values()) == pool[0], ("layers", key, pool)
            if key[0] not in unsure:
                assert sum(sign[x.kind] * x.value for x in layers.values()) == pool[1], ("values", key, pool)
    known = {e.id: e for e in store.entries["stock"]}
    took: dict[int, int] = {}
    for edge in store.edges["stock"]:
        took[edge.to_entry] = took.get(edge.to_entry, 0) + edge.qty
    for issue, qty in took.items():
        assert qty <= abs(known[issue].measures[0]) or known[issue].measures[0] > 0, ("edges", known[issue])
    for (number, key), days in store.days["stock"].items():
        before = (0, 0, 0)
        for day in sorted(days):
            ins, outs = store.flows["stock", number, key, day]
            before = tuple(b + i + o for b, i, o in zip(before, ins, outs, strict=True))  # type: ignore[assignment]
            assert days[day].measures == before, ("day", key, day)


class StoredLedgers(MemoryLedgers):
    """Posts to a database; memory repeats what was written, and both must hold."""

    def __init__(self, engine: Engine, *models: LedgerModel) -> None:
        self.db = LedgerStore(engine, *models)
        super().__init__(*self.db.models.values())
        self.db._ids, self.db.settings = self._ids, self.settings

    def post(self, *intents: Intent, overrides: Sequence[Override] = (), may: Sequence[str] = ()) -> Plan:
        made = self.db.post(*intents, overrides=overrides, may=may)
        if not made.is_refused:
            self.apply(made)
        return made

    def check(self) -> None:
        super().check()
        with self.db.snapshot() as conn:
            found = verify(conn, self.db.models, self.db.maps, PACKAGE, WS, self.settings)
        assert not found, found
