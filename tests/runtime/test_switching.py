"""Switching a costing method at the boundary of a period: what is there goes over as it stands, and everything later follows the new one."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from builder.commands import ClosePeriod, SwitchMethod
from builder.errors import BuilderError, ForbiddenError, InvalidError, RefusedError
from builder.ledger.cost_path import cost_path
from builder.ledger.switch_reads import methods_of, switches
from builder.ledger.switching import turn_of
from builder.ledger.trace import Tracer
from builder.runtime import switching
from builder.runtime.verifying import verify_all
from builder.storage.tables.ledgers import entry, journal, layer
from tests.runtime.depot import depot_nodes
from tests.runtime.shop import Nodes
from tests.runtime.test_replay import Depot
from tests.runtime.world import WS, World


def nodes(order: str = "append", method: str = "moving_average") -> Nodes:
    """One pool for goods wherever they lie; places are what units are told apart by, and each of the goods has a standard price."""
    found = depot_nodes(order, method)
    stock = found["ledger", "stock"]
    variance = {**stock["measures"][1], "uid": "ledger.stock.variance", "key": "variance"}
    costing = {**stock["costing"], "identity": "place", "standard": "goods.price", "variance": "variance"}
    changed = {"cost_key": ["goods"], "costing": costing, "measures": [*stock["measures"], variance]}
    found["ledger", "stock"] = {**stock, **changed, "close_role": "clerk"}
    return found


@pytest.fixture
def depot(empty: World) -> Depot:
    empty.install(nodes(), "depot")
    return filled(Depot(empty).start())


def filled(depot: Depot) -> Depot:
    """19 pens worth 285.00: 9 in Main, 10 in East."""
    depot.post("receipt", 6, quantity=10, amount=100)
    depot.post("receipt", 7, "East", quantity=10, amount=200)
    depot.post("issue", 8, quantity=1)
    return depot


def close(depot: Depot, day: int) -> None:
    depot.world.send(ClosePeriod("depot", "stock", f"2026-01-{day:02}"))


def switch(depot: Depot, to: str, **more: Any) -> Mapping[str, Any]:
    actor, options = more.pop("actor", None), {k: more.pop(k) for k in ("key", "dry_run") if k in more}
    return depot.world.send(SwitchMethod("depot", "stock", to, **more), actor=actor, **options)


def pool(depot: Depot, measure: str = "value") -> Any:
    """An exact decimal, compared with whole numbers too."""
    return depot.world.balance("stock", measure, depot.of(depot.goods))


def method(depot: Depot) -> str:
    with depot.world.reading() as ctx:
        return methods_of(ctx.conn, ctx.app.ledgers["stock"], WS)[depot.of(depot.goods),]


def layers(depot: Depot) -> list[tuple[int, int]]:
    """What is there, and what is lacking; standards are no goods."""
    with depot.world.reading() as ctx:
        goods = (layer.c.qty_left != 0, layer.c.kind != "standard")
        rows = ctx.conn.execute(select(layer).where(*goods).order_by(layer.c.order_seq))
        return [(r.qty_left, r.value_left) for r in rows]


def refused(depot: Depot, to: str = "fifo", **more: Any) -> list[str]:
    with pytest.raises(InvalidError) as error:
        switch(depot, to, **more)
    return [p.code for p in error.value.problems]


def test_one_method_after_the_other_and_posting_goes_on(depot: Depot) -> None:
    close(depot, 10)
    answer = switch(depot, "fifo", reason="The tax office asked for it")
    assert (answer["from_day"], answer["value_before"], answer["difference"]) == (
        "2026-01-11",
        "285.00",
        "0.00",
    )
    assert (method(depot), layers(depot)) == ("fifo", [(1900, 28500)])
    depot.post("receipt", 12, quantity=10, amount=300)
    depot.post("issue", 12, quantity=15)
    assert pool(depot) == 360
    close(depot, 12)
    switch(depot, "batch")
    assert (method(depot), layers(depot)) == ("batch", [(400, 10286), (1000, 25714)])
    depot.post("issue", 14, "East", quantity=5)
    assert pool(depot) == Decimal("231.43")
    depot.world.update("goods", depot.of(depot.goods), {"price": "12"})
    close(depot, 14)
    switch(depot, "standard")
    assert (method(depot), pool(depot), pool(depot, "variance")) == ("standard", 108, Decimal("123.43"))
    depot.post("issue", 16, "East", quantity=1)
    assert pool(depot) == 96
    close(depot, 16)
    switch(depot, "moving_average")
    depot.post("receipt", 18, quantity=8, amount=160)
    depot.post("issue", 19, quantity=4)
    assert (method(depot), pool(depot), layers(depot)) == ("moving_average", 192, [])
    assert depot.findings() == []
    assert verify_all(depot.world.engine).findings == ()


def test_a_new_unit_value_books_the_difference_as_variance(depot: Depot) -> None:
    close(depot, 10)
    answer = switch(depot, "fifo", unit="20")
    [row] = answer["pools"]
    assert (row["from"], row["quantity"], row["value_after"], row["difference"]) == (
        "moving_average",
        "19.00",
        "380.00",
        "95.00",
    )
    assert (pool(depot), pool(depot, "variance"), layers(depot)) == (380, -95, [(1900, 38000)])
    assert depot.findings() == []


def test_looking_first_writes_nothing(depot: Depot) -> None:
    close(depot, 10)
    answer = switch(depot, "fifo", unit="20", dry_run=True)
    assert (answer["dry_run"], answer["count"], answer["value_after"]) == (True, 1, "380.00")
    assert (method(depot), pool(depot)) == ("moving_average", 285)


def test_only_what_was_chosen_is_switched(depot: Depot) -> None:
    other = depot.name("goods", code="ink", name="Ink")
    pen, depot.goods = depot.goods, other
    depot.post("receipt", 6, quantity=2, amount=8)
    close(depot, 10)
    chosen = {"field": "goods.name", "op": "=", "value": "Ink"}
    assert switch(depot, "fifo", filter=chosen)["count"] == 1
    assert method(depot) == "fifo"
    depot.goods = pen
    assert method(depot) == "moving_average"
    assert refused(depot, filter={"field": "place", "op": "=", "value": depot.places["Main"]}) == [
        "SWITCH_FILTER"
    ]
    assert switch(depot, "fifo")["count"] == 1
    assert refused(depot) == ["SWITCH_NOTHING"]


def test_everything_in_the_way_is_said_by_name(depot: Depot) -> None:
    assert refused(depot) == ["SWITCH_OPEN"]
    close(depot, 7 + 1)
    depot.post("issue", 12, quantity=1)
    with pytest.raises(RefusedError) as error:
        switch(depot, "fifo")
    [problem] = error.value.problems
    assert (problem.code, problem.params["name"]) == ("SWITCH_WITHIN_PERIOD", "Pen")
    assert (problem.params["day"].isoformat(), error.value.code) == ("2026-01-12", "SWITCH_REFUSED")
    close(depot, 12)
    assert refused(depot, "standard") == ["STANDARD_MISSING"]
    assert refused(depot, "guess") == ["COSTING_UNKNOWN"]
    assert refused(depot, unit="-1") == ["SWITCH_UNIT"]
    assert refused(depot, unit="NaN") == ["SWITCH_UNIT"]


def test_a_ledger_that_tells_no_units_apart_is_not_costed_by_them(empty: World) -> None:
    empty.install(depot_nodes("append"), "depot")
    depot = filled(Depot(empty).start())
    close(depot, 10)
    assert refused(depot, "batch") == ["SWITCH_NO_IDENTITY"]
    assert switch(depot, "fifo")["count"] == 2
    assert depot.findings() == []


def test_more_gone_out_than_was_there_is_settled_first(empty: World) -> None:
    free = nodes()
    free["ledger", "stock"] = {**free["ledger", "stock"], "guards": []}
    empty.install(free, "depot")
    depot = Depot(empty).start()
    depot.post("receipt", 6, quantity=1, amount=10)
    depot.post("issue", 7, quantity=3)
    known = ("PERIOD_SHORT", "PERIOD_NEGATIVE")
    depot.world.send(ClosePeriod("depot", "stock", "2026-01-10", reason="Known", accept=known))
    assert refused(depot) == ["SWITCH_SHORT"]


def test_the_same_request_switches_once(depot: Depot) -> None:
    close(depot, 10)
    first = switch(depot, "fifo", key="once")
    assert switch(depot, "fifo", key="once") == first
    with depot.world.reading() as ctx:
        count = select(func.count()).where(journal.c.posting_uid == "engine.switch")
        assert ctx.conn.execute(count).scalar_one() == 1
        assert len(switching.turns(ctx, "stock")) == 1


def test_who_may_close_may_switch_and_it_is_kept_who_did(depot: Depot) -> None:
    close(depot, 10)
    other = depot.world.person("other")
    with pytest.raises(BuilderError):
        switch(depot, "fifo", actor=other)
    clerk = depot.world.person("clerk", "clerk")
    switch(depot, "fifo", actor=clerk, reason="Agreed with the auditor")
    with depot.world.reading() as ctx:
        [turn] = switching.turns(ctx, "stock")
    assert (turn.to, turn.day, turn.lanes, turn.reason) == (
        "fifo",
        "2026-01-11",
        1,
        "Agreed with the auditor",
    )
    assert (turn.by, turn.keys) == (clerk.user_id, ((depot.of(depot.goods),),))


def test_who_sees_no_value_cannot_switch(empty: World) -> None:
    blind = nodes()
    clerk = next(r for r in blind["roles", "roles"]["roles"] if r["key"] == "clerk")
    clerk["ledgers"][0]["measures"] = ["on_hand"]
    empty.install(blind, "depot")
    depot = filled(Depot(empty).start())
    close(depot, 10)
    with pytest.raises(BuilderError) as error:
        switch(depot, "fifo", actor=depot.world.person("clerk", "clerk"))
    assert error.value.status == 404


def issued(depot: Depot) -> int:
    """The last issue."""
    with depot.world.reading() as ctx:
        model = ctx.app.ledgers["stock"]
        last = select(func.max(entry.c.entry_id)).where(entry.c.ledger_id == model.ledger_id, entry.c.m1 < 0)
        return int(ctx.conn.execute(last).scalar_one())


def test_costs_keep_their_path_through_a_switch(depot: Depot) -> None:
    before = issued(depot)
    close(depot, 10)
    switch(depot, "fifo")
    depot.post("issue", 12, quantity=4)
    last = issued(depot)
    with depot.world.reading() as ctx:
        tracer = Tracer(ctx.conn, ctx.app.ledgers, ctx.app.package, WS, by="cost")
        [turn] = switches(ctx.conn, ctx.app.ledgers["stock"], WS)
        came = [n.qty for n in tracer.trace([last], "backward").nodes.values() if n.qty > 0]
        assert sorted(came) == [1000, 1000]
        assert turn.id in tracer.trace([last], "backward").nodes
        # What went out before the switch is followed as it was costed then.
        assert len([n for n in tracer.trace([before], "backward").nodes.values() if n.qty > 0]) == 2
        path = cost_path(tracer, [last])
        assert path.unit_cost == 15


def freight(depot: Depot, receipt: Any, day: int, amount: int) -> None:
    depot.post("freight", day, receipt_line=receipt["lines"][0]["id"], amount=amount)


@pytest.mark.parametrize(("was", "to"), [("moving_average", "fifo"), ("fifo", "batch"), ("batch", "fifo")])
def test_freight_of_a_receipt_from_before_a_switch_finds_its_units(empty: World, was: str, to: str) -> None:
    empty.install(nodes("append", was), "depot")
    depot = Depot(empty).start()
    late = depot.post("receipt", 6, quantity=10, amount=100)
    depot.post("issue", 8, quantity=2)
    close(depot, 10)
    switch(depot, to)
    depot.post("issue", 12, quantity=4)
    assert pool(depot) == 40
    freight(depot, late, 14, 20)
    assert pool(depot) == 48
    depot.post("issue", 15, quantity=4)
    assert (pool(depot), depot.findings()) == (0, [])


def test_freight_finds_its_part_of_what_was_mixed_before_the_switch(empty: World) -> None:
    """9.5 of its 10 were in the pool of 19, which is 15 now."""
    empty.install(nodes(), "depot")
    depot = Depot(empty).start()
    late = depot.post("receipt", 6, quantity=10, amount=100)
    depot.post("receipt", 7, "East", quantity=10, amount=200)
    depot.post("issue", 8, quantity=1)
    close(depot, 10)
    switch(depot, "fifo")
    depot.post("issue", 12, quantity=4)
    close(depot, 13)
    switch(depot, "batch")
    assert pool(depot) == 225
    freight(depot, late, 14, 20)
    assert (pool(depot), depot.findings()) == (240, [])


@pytest.mark.parametrize("was", ["moving_average", "fifo"])
def test_freight_goes_on_with_what_moved_after_a_switch(empty: World, was: str) -> None:
    empty.install({**depot_nodes("append", was)}, "depot")
    depot = Depot(empty).start()
    late = depot.post("receipt", 6, quantity=10, amount=100)
    depot.post("move", 8, quantity=2, to="East")
    depot.world.send(ClosePeriod("depot", "stock", "2026-01-10"))
    switch(depot, "fifo" if was == "moving_average" else "moving_average")
    depot.post("move", 12, quantity=4, to="East")
    freight(depot, late, 14, 20)
    assert (depot.value("Main"), depot.value("East")) == (48, 72)
    assert depot.findings() == []


def test_freight_of_a_receipt_from_before_a_switch_is_replayed_from_there_on(empty: World) -> None:
    empty.install(nodes("replay"), "depot")
    depot = Depot(empty).start()
    late = depot.post("receipt", 6, quantity=10, amount=100)
    close(depot, 10)
    switch(depot, "fifo")
    depot.post("issue", 12, quantity=4)
    freight(depot, late, 14, 20)
    assert (pool(depot), depot.profit()) == (72, 48)
    depot.post("issue", 13, quantity=6)
    assert (pool(depot), depot.profit()) == (0, 120)
    assert depot.findings() == []


def test_what_was_issued_before_can_be_taken_back_after(depot: Depot) -> None:
    made = depot.post("issue", 9, quantity=2)
    close(depot, 10)
    switch(depot, "fifo")
    depot.world.send(ClosePeriod("depot", "stock", None, reopen=True, reason="Forgotten"))
    depot.world.fire("issue", depot.of(made["id"]), "unapprove")
    assert (pool(depot), pool(depot, "on_hand")) == (285, 19)
    assert depot.findings() == []


@pytest.mark.parametrize(("to", "left"), [("fifo", 240), ("batch", 222), ("moving_average", 231)])
def test_what_comes_late_is_worked_again_from_the_switch_on(empty: World, to: str, left: int) -> None:
    empty.install(nodes("replay", "fifo" if to == "moving_average" else "moving_average"), "depot")
    depot = filled(Depot(empty).start())
    close(depot, 10)
    switch(depot, to, unit="20")
    depot.post("issue", 14, quantity=9)
    depot.post("receipt", 12, quantity=1, amount=40)
    assert (pool(depot), pool(depot, "on_hand")) == (left, 11)
    assert depot.findings() == []
    with pytest.raises(RefusedError, match="PERIOD_SWITCHED"):
        depot.world.send(ClosePeriod("depot", "stock", None, reopen=True, reason="Forgotten"))
    close(depot, 14)
    depot.world.send(ClosePeriod("depot", "stock", "2026-01-10", reopen=True, reason="Forgotten"))


def test_a_switch_and_postings_at_the_same_moment_come_one_after_the_other(depot: Depot) -> None:
    close(depot, 10)
    start = threading.Barrier(5)

    def posting() -> str:
        start.wait(60)
        depot.post("issue", 12, quantity=1)
        return "ok"

    def switching_() -> str:
        start.wait(60)
        try:
            return str(switch(depot, "fifo")["to"])
        except RefusedError as error:
            return error.problems[0].code

    with ThreadPoolExecutor(5) as threads:
        found = [threads.submit(work) for work in (switching_, *[posting] * 4)]
        turned, *posted = (f.result(60) for f in found)
    assert posted == ["ok"] * 4
    assert (turned, method(depot)) in {("fifo", "fifo"), ("SWITCH_WITHIN_PERIOD", "moving_average")}
    assert (pool(depot), pool(depot, "on_hand")) == (225, 15)
    assert verify_all(depot.world.engine).findings == ()


def test_a_switch_is_taken_back_as_long_as_nothing_was_posted(depot: Depot) -> None:
    close(depot, 10)
    switch(depot, "fifo", unit="20")
    switch(depot, "moving_average", unit="15")
    assert (method(depot), pool(depot), pool(depot, "variance"), layers(depot)) == (
        "moving_average",
        285,
        0,
        [],
    )
    switch(depot, "batch")
    depot.post("issue", 12, quantity=1)
    assert refused(depot) == ["SWITCH_WITHIN_PERIOD"]
    assert depot.findings() == []


def test_two_switches_at_the_same_moment_come_one_after_the_other(depot: Depot) -> None:
    close(depot, 10)
    start = threading.Barrier(2)

    def work(to: str) -> str:
        start.wait(60)
        return str(switch(depot, to)["to"])

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(work, ("batch", "fifo"))) == ["batch", "fifo"]
    with depot.world.reading() as ctx:
        first, last = (
            turn_of(e.reason)
            for e in sorted(switches(ctx.conn, ctx.app.ledgers["stock"], WS), key=lambda e: e.seq)
            if not e.part
        )
    assert (first[0], first[1], last[1]) == ("moving_average", last[0], method(depot))
    assert verify_all(depot.world.engine).findings == ()


def test_a_person_without_the_right_is_refused(depot: Depot) -> None:
    close(depot, 10)
    nobody = depot.world.person("nobody", "clerk")
    depot.world.send(ClosePeriod("depot", "stock", "2026-01-11"), actor=nobody)
    with pytest.raises(ForbiddenError):
        depot.world.send(SwitchMethod("depot", "profit", "fifo"), actor=nobody)
