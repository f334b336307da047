"""What if: a draft's guards and costing methods over real history, before it is published."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from builder.errors import Problem
from builder.ledger.state import Entry
from builder.ledger.what_if import Happened, refused
from builder.ledger.work import Books
from builder.metadata.loading import load_trusted
from builder.runtime.what_if import rehearse
from tests.ledger.goods import DAY, MAIN, PEN, stock
from tests.runtime.depot import depot_nodes
from tests.runtime.test_replay import Depot
from tests.runtime.world import World


@pytest.fixture
def depot(empty: World) -> Depot:
    empty.install(depot_nodes("append"), "depot")
    return Depot(empty).start()


def tried(depot: Depot, **changes: Any) -> list[Problem]:
    """What the draft with that stock ledger would have done differently."""
    nodes = depot_nodes("append")
    nodes["ledger", "stock"] = {**nodes["ledger", "stock"], **changes}
    with depot.world.reading() as ctx:
        return list(rehearse(ctx, load_trusted(nodes)))


def guards(slack: str) -> list[dict[str, Any]]:
    [guard] = depot_nodes()["ledger", "stock"]["guards"]
    return [{**guard, "slack": slack}]


def test_a_guard_says_which_documents_it_would_have_refused(depot: Depot) -> None:
    depot.post("receipt", 3, quantity=5, amount=50)
    first = depot.post("issue", 6, quantity=3)
    depot.post("issue", 7, quantity=1)
    [found] = tried(depot, guards=guards("on_hand - 3"))
    assert (found.code, found.severity) == ("WHAT_IF_GUARD", "warning")
    assert found.path == "ledgers/stock.json#/guards/0"
    assert found.params["count"] == 2
    assert found.params["first"].startswith(first["number"])


def test_a_guard_that_nothing_broke_says_nothing(depot: Depot) -> None:
    depot.post("receipt", 3, quantity=5, amount=50)
    depot.post("issue", 6, quantity=3)
    assert tried(depot, guards=guards("on_hand - 1")) == []
    assert tried(depot) == []


def test_what_was_there_before_the_month_counts(depot: Depot) -> None:
    depot.world.later(days=60)
    depot.post("receipt", 3, quantity=5, amount=50)
    depot.world.later(days=30)
    values = {"lines": [depot.line(quantity=2)]}
    depot.world.create("issue", values, submit=True)
    assert tried(depot, guards=guards("on_hand - 3")) == []
    assert tried(depot, guards=guards("on_hand - 4"))[0].params["count"] == 1


def test_another_method_says_what_it_comes_to(depot: Depot) -> None:
    depot.post("receipt", 3, quantity=5, amount=50)
    depot.post("receipt", 4, quantity=5, amount=100)
    depot.post("issue", 6, quantity=5)
    costing = {"quantity": "on_hand", "value": "value", "method": "fifo"}
    [found] = tried(depot, costing=costing)
    assert found.code == "WHAT_IF_COST"
    assert (found.params["issued"], found.params["issued_then"]) == (75, 50)
    assert (found.params["there"], found.params["there_then"]) == (75, 100)


def test_nothing_is_written(depot: Depot) -> None:
    depot.post("receipt", 3, quantity=5, amount=50)
    depot.post("issue", 6, quantity=3)
    sent: list[str] = []
    with depot.world.reading() as ctx:
        event.listen(ctx.conn.engine, "before_cursor_execute", lambda *a: sent.append(a[2]))
        nodes = depot_nodes("append")
        nodes["ledger", "stock"] = {**nodes["ledger", "stock"], "guards": guards("on_hand - 9")}
        assert rehearse(ctx, load_trusted(nodes))
    assert not [s for s in sent if s.split()[0] in ("INSERT", "UPDATE", "DELETE")]


def test_ten_thousand_entries_are_judged_one_by_one() -> None:
    model = stock()
    guard = replace(model.guards[0])
    past = []
    for number in range(10_000):
        qty = 10_000 if number % 2 == 0 else -10_000
        made = Entry(
            number, number, "stock", number, 0, "normal", (PEN, MAIN, 0), DAY, number, (qty, 0, 0, 0)
        )
        past.append(Happened(made, "p", number, 1, number))
    past[999] = replace(past[999], entry=replace(past[999].entry, measures=(-30_000, 0, 0, 0)))
    found = list(refused(Books(model, None), guard, past, {}, {}))  # type: ignore[arg-type] # looks at no state
    # From the one that took too much, every second one finds less than there was before it.
    assert [r.record_id for r in found] == list(range(999, 10_000, 2))
