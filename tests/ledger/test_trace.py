"""Trace: where an entry came from and what became of it, over any number of documents, both ways, on both databases."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import insert

from builder.ledger.outcome import Plan
from builder.ledger.trace import Trace, Tracer
from builder.ledger.trace_steps import Direction
from builder.metadata.entity import Entity, Posting
from builder.metadata.ledger import Costing
from builder.metadata.package import App, Package
from builder.storage.tables import ledgers as t
from tests.ledger.conftest import Opener
from tests.ledger.goods import CUP, EAST, MAIN, PEN, TEA, Writer, batched, stock
from tests.ledger.store import WS, LedgerStore

FIFO = Costing("on_hand", "value", method="fifo")
A, B = 31, 32


def transfer_package() -> Package:
    """A document whose second posting takes over what the first one found, line by line; and one that does so as a whole."""
    out = Posting("out", "out", "stock", each="lines")
    come = Posting("come", "come", "stock", each="lines", depends_on="out")
    made = Posting("made", "made", "stock", each="outputs", depends_on="out")
    document = Entity("delivery", "delivery", "document", "Delivery", (), postings=(out, come, made))
    return Package(App("app", "app", "App"), entities=(document,))


def traced(store: LedgerStore, starts: list[int], direction: Direction, **more: Any) -> Trace:
    depth = more.pop("depth", None)
    most = more.pop("most", 20_000)
    with store.snapshot() as conn:
        tracer = Tracer(conn, store.models, transfer_package(), WS, **more)
        return tracer.trace(starts, direction, depth=depth, most=most)


def only(plan: Plan, place: int = 0) -> int:
    assert not plan.problems
    return plan.entries[place].id


def reached(found: Trace) -> set[int]:
    return set(found.nodes) - set(found.starts)


def test_a_layer_is_followed_both_ways(opened: Opener) -> None:
    store, write = opened(stock(costing=FIFO)), Writer()
    first, second = only(store.post(write.receipt(4, 40))), only(store.post(write.receipt(6, 66)))
    sold, later = only(store.post(write.issue(5))), only(store.post(write.issue(2)))
    assert reached(traced(store, [first], "forward")) == {sold}
    assert reached(traced(store, [second], "forward")) == {sold, later}
    back = traced(store, [sold], "backward")
    assert {(f.from_, f.qty, f.value) for f in back.flows} == {(first, 40000, 4000), (second, 10000, 1100)}
    assert back.nodes[sold].value == -5100


def test_an_average_names_the_receipts_since_the_pool_was_empty(opened: Opener) -> None:
    store, write = opened(stock()), Writer()
    old = only(store.post(write.receipt(2, 20)))
    gone = only(store.post(write.issue(2)))
    one, two = only(store.post(write.receipt(3, 30))), only(store.post(write.receipt(5, 60)))
    sold = only(store.post(write.issue(4)))
    after = only(store.post(write.receipt(1, 9)))
    back = traced(store, [sold], "backward")
    assert reached(back) == {one, two}
    assert [p.span for p in back.pools.values()] == [1]
    assert reached(traced(store, [old], "forward")) == {gone}
    assert reached(traced(store, [two], "forward")) == {sold}
    assert reached(traced(store, [after], "forward")) == set()


def test_a_batch_is_followed_by_its_name_and_its_cost_by_its_layers(opened: Opener) -> None:
    store, write = opened(batched("manual", when=None, costing=FIFO)), Writer()
    a, b = only(store.post(write.receipt(5, 50, batch=A))), only(store.post(write.receipt(5, 60, batch=B)))
    sold = only(store.post(write.issue(3, batch=B)))
    assert reached(traced(store, [sold], "backward", by="goods")) == {b}
    assert reached(traced(store, [sold], "backward", by="cost")) == {a}


def test_a_transfer_and_a_production_join_what_left_to_what_came(opened: Opener) -> None:
    store, write = opened(stock(costing=FIFO)), Writer()
    bought = only(store.post(write.receipt(10, 100)))
    out = write.issue(4, posting="out")
    come = write(
        "stock", {"item": PEN, "place": EAST}, on_hand=4, line_id=out.line_id, posting="come",
        depends_on="out", dependent={"value": "-value"},
    )  # fmt: skip
    moved = store.post(out, come)
    parts = [write.issue(2, posting="out"), write.issue(2, posting="out", place=EAST)]
    product = write(
        "stock", {"item": CUP, "place": MAIN}, on_hand=1, posting="made", depends_on="out",
        dependent={"value": "-value"},
    )  # fmt: skip
    made = store.post(*parts, product)
    sold = only(store.post(write.issue(1, CUP)))
    back = traced(store, [sold], "backward")
    assert reached(back) >= {bought, *(e.id for e in made.entries)}
    assert {f.how for f in back.flows} == {"edge"}
    assert sold in traced(store, [bought], "forward").nodes
    assert {e.id for e in moved.entries} <= set(traced(store, [bought], "forward").nodes)
    assert traced(store, [sold], "backward", depth=1).truncated


def test_a_return_comes_of_what_was_sold_and_what_was_reversed_is_no_part(opened: Opener) -> None:
    store, write = opened(stock(costing=FIFO)), Writer()
    bought = only(store.post(write.receipt(10, 100)))
    issue = write.issue(4)
    sold = only(store.post(issue))
    back = only(store.post(write.receipt(1, 0, cost_of=issue.line_id)))
    taken_back = only(store.post(write.issue(2)))
    store.post(write("stock", {}, reverses=taken_back))
    assert {sold, back} <= reached(traced(store, [bought], "forward"))
    assert taken_back not in traced(store, [bought], "forward").nodes


def test_a_circle_ends(opened: Opener) -> None:
    store, write = opened(stock(costing=FIFO)), Writer()
    first, second = only(store.post(write.receipt(1, 1))), only(store.post(write.issue(1)))
    with store.write() as conn:
        conn.execute(insert(t.edge).values(ws=WS, from_entry=second, to_entry=first, qty=1, value=1))
    assert reached(traced(store, [first], "forward")) == {second}


def test_a_long_chain_is_one_question_and_a_bound_is_kept(opened: Opener) -> None:
    store, write = opened(stock(costing=FIFO)), Writer()
    first = only(store.post(write.receipt(1, 1, TEA)))
    chain = [first, *(first + 10_000 + i for i in range(2_000))]
    with store.write() as conn:
        row = conn.execute(t.entry.select().where(t.entry.c.entry_id == first)).one()._mapping
        conn.execute(insert(t.entry), [{**row, "entry_id": id, "part": id} for id in chain[1:]])
        edges = [{"ws": WS, "from_entry": a, "to_entry": b, "qty": 1, "value": 1} for a, b in pairwise(chain)]
        conn.execute(insert(t.edge), edges)
    found = traced(store, [first], "forward")
    assert max(n.depth for n in found.nodes.values()) == 2_000
    assert not found.truncated
    assert reached(traced(store, [chain[-1]], "backward")) == set(chain[:-1])
    short = traced(store, [first], "forward", most=100)
    assert (len(short.nodes), short.truncated) == (100, True)


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_nothing_known_leads_nowhere(opened: Opener, direction: Direction) -> None:
    found = traced(opened(stock()), [424242], direction)
    assert (found.nodes, found.flows, found.truncated) == ({}, (), False)
