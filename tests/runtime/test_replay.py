"""Documents that come late: what they would have changed is booked as true-ups, in the same request or by a job."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from builder.commands import ClosePeriod, ReplayLedger
from builder.errors import ForbiddenError, RefusedError
from builder.ledger.verify import verify
from builder.runtime import jobs, replay_jobs
from builder.runtime.dispatch import Dispatcher
from builder.storage.tables.ledgers import entry
from tests.runtime.depot import depot_nodes
from tests.runtime.world import WS, World


@dataclass
class Depot:
    """Days are January's; the clock stands at the fifth and goes on to the twentieth."""

    world: World
    method: str = "moving_average"
    goods: str = ""
    places: dict[str, str] = field(default_factory=dict)

    def name(self, entity: str, **values: Any) -> str:
        answer = self.world.create(entity, values)
        return str(answer["id"])

    def start(self) -> Depot:
        self.goods = self.name("goods", code="pen", name="Pen")
        self.places = {name: self.name("place", name=name) for name in ("Main", "East")}
        self.world.later(days=15)
        return self

    def line(self, place: str = "Main", **more: Any) -> dict[str, Any]:
        return {"goods": self.goods, "place": self.places[place], **more}

    def post(self, entity: str, day: int, place: str = "Main", **line: Any) -> Any:
        if "to" in line:
            line["to"] = self.places[line["to"]]
        values = {"business_date": f"2026-01-{day:02}", "lines": [self.line(place, **line)]}
        return self.world.create(entity, values, submit=True)

    def value(self, place: str) -> Decimal | int:
        return self.world.balance("stock", "value", self.of(self.goods), self.of(self.places[place]))

    def of(self, shown: str) -> int:
        return self.world.id({"id": shown})

    def profit(self) -> Decimal | int:
        return self.world.balance("profit", "cost", self.of(self.goods))

    def findings(self) -> list[str]:
        with self.world.reading() as ctx:
            found = verify(ctx.conn, ctx.app.ledgers, ctx.app.maps, ctx.app.package, WS)
        return [f.code for f in found]

    def reasons(self) -> list[tuple[str, str]]:
        with self.world.reading() as ctx:
            rows = ctx.conn.execute(select(entry.c.kind, entry.c.reason).order_by(entry.c.entry_id))
            return [(r.kind, r.reason) for r in rows if r.reason]


@pytest.fixture(params=["moving_average", "fifo"])
def depot(empty: World, request: pytest.FixtureRequest) -> Depot:
    empty.install(depot_nodes(method=request.param), "depot")
    return Depot(empty, request.param).start()


def test_a_late_receipt_reaches_issues_moves_and_profit_in_the_same_request(depot: Depot) -> None:
    depot.post("receipt", 6, quantity=5, amount=50)
    depot.post("move", 8, quantity=5, to="East")
    depot.post("issue", 10, "East", quantity=2)
    assert depot.profit() == 20
    depot.post("receipt", 4, quantity=5, amount=100)
    whole = Decimal(depot.value("Main")) + depot.value("East") + depot.profit()
    assert whole == 150
    average = depot.value("Main") == 75
    each = 15 if average else 20
    assert [depot.value("East"), depot.profit()] == [3 * each, 2 * each]
    assert {k for k, _ in depot.reasons()} == {"true_up"}
    assert depot.findings() == []


def test_freight_is_on_what_was_sold_before_it_came(depot: Depot) -> None:
    made = depot.post("receipt", 6, quantity=5, amount=50)
    depot.post("issue", 7, quantity=4)
    line = made["lines"][0]["id"]
    depot.post("freight", 12, receipt_line=line, amount=10)
    assert [depot.value("Main"), depot.profit()] == [12, 48]
    assert {reason for _, reason in depot.reasons()} == {"late_cost", "replay"}
    assert depot.findings() == []


def test_a_cancelled_receipt_is_as_if_it_had_never_been(depot: Depot) -> None:
    late = depot.post("receipt", 4, quantity=5, amount=100)
    depot.post("receipt", 6, quantity=5, amount=50)
    depot.post("issue", 10, quantity=5)
    depot.world.fire("receipt", depot.of(late["id"]), "unapprove")
    assert [depot.value("Main"), depot.profit()] == [0, 50]
    assert depot.findings() == []


@pytest.mark.parametrize("deed", ["issue", "move"])
def test_what_was_taken_and_given_back_lies_in_its_layer_when_somebody_is_late(
    depot: Depot, deed: str
) -> None:
    depot.post("receipt", 6, quantity=7, amount=14)
    taken = depot.post(deed, 15, quantity=1, **({"to": "East"} if deed == "move" else {}))
    depot.world.fire(deed, depot.of(taken["id"]), "unapprove")
    depot.post("receipt", 10, quantity=3, amount=30)
    assert depot.findings() == []
    depot.post("issue", 18, quantity=7)
    assert depot.profit() == (14 if depot.method == "fifo" else Decimal("30.8"))
    assert depot.findings() == []


@pytest.mark.parametrize("is_closed", [False, True])
def test_a_late_cost_that_is_with_its_receipt_does_not_come_again(depot: Depot, is_closed: bool) -> None:
    made = depot.post("receipt", 6, quantity=4, amount=40)
    depot.post("freight", 18, receipt_line=made["lines"][0]["id"], amount=10)
    if is_closed:
        depot.world.send(ClosePeriod("depot", "stock", "2026-01-10"))
    depot.post("issue", 16, quantity=1)
    assert [depot.value("Main"), depot.profit()] == [Decimal("37.5"), Decimal("12.5")]
    depot.post("issue", 15, quantity=3)
    assert [depot.value("Main"), depot.profit()] == [0, 50]
    assert depot.findings() == []


@pytest.mark.parametrize("sold", [10, 4])
def test_a_late_cost_of_what_is_closed_and_sold_is_not_taken_back_into_nothing(
    depot: Depot, sold: int
) -> None:
    made = depot.post("receipt", 6, quantity=10, amount=100)
    depot.post("issue", 7, quantity=sold)
    freight = depot.post("freight", 12, receipt_line=made["lines"][0]["id"], amount=10)
    assert depot.profit() == 11 * sold
    depot.world.send(ClosePeriod("depot", "stock", "2026-01-08"))
    with pytest.raises(RefusedError) as error:
        depot.world.fire("freight", depot.of(freight["id"]), "unapprove")
    assert [p.code for p in error.value.problems] == ["LATE_COST_GONE"]
    assert (depot.value("Main"), depot.profit()) == (110 - 11 * sold, 11 * sold)
    assert depot.findings() == []


def test_a_late_cost_of_what_is_closed_and_there_is_taken_back(depot: Depot) -> None:
    made = depot.post("receipt", 6, quantity=10, amount=100)
    freight = depot.post("freight", 12, receipt_line=made["lines"][0]["id"], amount=10)
    depot.world.send(ClosePeriod("depot", "stock", "2026-01-08"))
    depot.world.fire("freight", depot.of(freight["id"]), "unapprove")
    depot.post("issue", 13, quantity=4)
    assert (depot.value("Main"), depot.profit()) == (60, 40)
    assert depot.findings() == []


def test_a_late_cost_that_moved_on_is_not_forgotten_by_a_later_replay(depot: Depot) -> None:
    made = depot.post("receipt", 6, quantity=4, amount=40)
    depot.post("move", 7, quantity=2, to="East")
    depot.post("freight", 18, receipt_line=made["lines"][0]["id"], amount=10)
    depot.post("issue", 16, quantity=1)
    assert [depot.value("Main"), depot.value("East"), depot.profit()] == [
        Decimal("12.5"),
        25,
        Decimal("12.5"),
    ]
    assert depot.findings() == []


def test_a_replay_that_finds_nothing_late_writes_nothing(depot: Depot) -> None:
    depot.post("receipt", 6, quantity=5, amount=50)
    answer = depot.world.send(ReplayLedger("depot", "stock"))
    assert (answer["lanes"], answer["waiting"]) == (0, 0)


def test_a_closed_period_is_left_as_it_is(depot: Depot) -> None:
    depot.post("receipt", 6, quantity=5, amount=50)
    depot.post("issue", 7, quantity=2)
    depot.world.send(ClosePeriod("depot", "stock", "2026-01-10"))
    made = depot.post("receipt", 14, quantity=5, amount=100)
    depot.post("issue", 15, quantity=1)
    depot.post("receipt", 12, quantity=2, amount=2)
    assert depot.findings() == []
    with depot.world.reading() as ctx:
        late = select(entry.c.business_date).where(entry.c.kind == "true_up")
        assert all(day.isoformat() > "2026-01-10" for day in ctx.conn.execute(late).scalars())
    assert made["id"]


def test_what_is_too_much_for_a_request_is_a_job_that_survives_its_worker(
    depot: Depot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Dispatcher, "_replay", lambda *_: None)
    depot.post("receipt", 6, quantity=5, amount=50)
    depot.post("issue", 10, quantity=2)
    depot.post("receipt", 4, quantity=5, amount=100)
    assert depot.world.send(ReplayLedger("depot", "stock", most=1))["waiting"] == 1
    with pytest.raises(RefusedError, match="PERIOD_BLOCKED"):
        depot.world.send(ClosePeriod("depot", "stock", "2026-01-12"))
    engine = depot.world.engine
    [job] = replay_jobs.start_waiting(engine)
    assert replay_jobs.start_waiting(engine) == ()
    with monkeypatch.context() as broken:
        broken.setattr("builder.storage.jobs.advance", lambda *_, **__: None)
        broken.setattr("builder.storage.jobs.finish", lambda *_, **__: None)
        jobs.run_step(engine)
    depot.world.later(minutes=10)
    jobs.run_step(engine)
    row = jobs.job_of(engine, depot.world.actor, job)
    assert (row.state, row.progress) == ("done", {"done": 1, "total": 1})
    assert depot.value("Main") + depot.profit() == 150
    assert depot.findings() == []


def test_who_may_not_close_may_not_replay(depot: Depot) -> None:
    clerk = depot.world.person("clerk", "clerk")
    with pytest.raises(ForbiddenError):
        depot.world.send(ReplayLedger("depot", "stock"), actor=clerk)


def test_late_documents_from_many_hands_come_to_the_same(depot: Depot) -> None:
    depot.post("receipt", 3, quantity=100, amount=500)
    start = threading.Barrier(4)

    def work(number: int) -> None:
        start.wait()
        for day in (12, 8, 10, 6):
            depot.post("receipt", day, quantity=3, amount=7 + number)
            depot.post("issue", day + 1, quantity=5)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    depot.world.send(ReplayLedger("depot", "stock", most=0))
    assert depot.findings() == []
    value = depot.value("Main") + depot.profit()
    assert value == 500 + sum(4 * (7 + n) for n in range(4))
    assert depot.world.send(ReplayLedger("depot", "stock"))["waiting"] == 0


DOCUMENTS: list[tuple[str, int, dict[str, Any]]] = [
    ("receipt", 2, {"quantity": 40, "amount": "123.45"}),
    ("receipt", 3, {"quantity": 7, "amount": "99.99"}),
    ("move", 4, {"quantity": 20, "to": "East"}),
    ("issue", 5, {"quantity": 3}),
    ("issue", 6, {"quantity": 4, "place": "East"}),
    ("receipt", 7, {"quantity": 5, "amount": "3.33"}),
    ("move", 8, {"quantity": 6, "place": "East", "to": "Main"}),
    ("issue", 9, {"quantity": 11}),
    ("receipt", 10, {"quantity": 9, "amount": "80.01", "place": "East"}),
    ("issue", 11, {"quantity": 13, "place": "East"}),
    ("issue", 12, {"quantity": 2}),
]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_order_of_entry_comes_to_what_the_order_of_dates_comes_to(depot: Depot, seed: int) -> None:
    """Two goods with the same documents, one entered in order and one not; each late one is worked from its own day on."""
    figures: list[list[Decimal]] = []
    first, *rest = DOCUMENTS
    shuffled = random.Random(seed).sample(rest, len(rest))
    for code, documents in (("in order", DOCUMENTS), ("late", [first, *shuffled])):
        depot.goods = depot.name("goods", code=code, name=code)
        waiting = list(documents)
        while waiting:
            waiting = [d for d in waiting if not _posted(depot, *d)]
        figures.append([Decimal(v) for v in (depot.value("Main"), depot.value("East"), depot.profit())])
    # Layers that a transfer brought along stay as they were told apart when it was entered: fifo may blend them by a cent.
    most = Decimal("0.02") if depot.method == "fifo" else Decimal(0)
    assert all(abs(a - b) <= most for a, b in zip(*figures, strict=True))
    assert sum(figures[0]) == sum(figures[1])
    assert depot.findings() == []


def _posted(depot: Depot, entity: str, day: int, line: dict[str, Any]) -> bool:
    """Whether the document could be posted yet: what has not come cannot go."""
    try:
        depot.post(entity, day, **dict(line))
    except RefusedError:
        return False
    return True
