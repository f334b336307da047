"""What leads round in a circle ends with its names, whichever way the circle goes: through approvals, over many records, through a balance."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import func, select

from builder.errors import InvalidError
from builder.metadata.checks import check
from builder.metadata.loading import load_trusted
from builder.rules.cause import DEPTH, MOVES, WIDTH
from builder.runtime.relay import TRIES, Relay
from builder.storage import outbox as stored
from builder.storage.tables.machinery import outbox, rule_run
from tests.runtime.shop import Nodes, _state, _transition, shop_nodes
from tests.runtime.world import WS, World


def round_trip(when: str | None = None) -> Nodes:
    """Orders that approvals without people move to and fro; with ``when`` until that fails."""

    def approval(key: str) -> dict[str, Any]:
        step = {
            "uid": f"flow.{key}.step",
            "kind": "auto",
            "label": "Note",
            "sets": {"remark": "CONCAT(remark, 'x')"},
        }
        found = {"uid": f"flow.{key}", "rejects_by": "reject", "nodes": [step]}
        return {**found, "when": when} if when else found

    nodes = shop_nodes()
    del nodes["rule", "deliver"]
    nodes["workflow", "order"] = {
        **nodes["workflow", "order"],
        "states": [
            _state("order", "draft", editable=True),
            _state("order", "here"),
            _state("order", "there"),
        ],
        "transitions": [
            _transition("order", "submit", ["draft"], "here", default=True),
            _transition("order", "reject", ["here", "there"], "draft"),
            _transition("order", "go", ["here"], "there", approval=approval("go")),
            _transition("order", "come", ["there"], "here", approval=approval("come")),
        ],
    }
    return nodes


def ordered(world: World) -> dict[str, Any]:
    goods = world.create("goods", {"code": "A", "name": "A", "price": "1"})["id"]
    values = {"lines": [{"goods": goods, "quantity": "1"}], "remark": "x"}
    return dict(world.create("order", values, submit=True))


def test_approvals_that_lead_round_by_themselves_are_not_published(empty: World) -> None:
    with pytest.raises(InvalidError) as refused:
        empty.install(round_trip(), "shop")
    assert {p.code for p in refused.value.problems} == {"E137"}


def test_approvals_whose_condition_always_holds_are_stopped_and_nothing_is_written(empty: World) -> None:
    empty.install(round_trip("total > 0"), "shop")
    with pytest.raises(InvalidError) as refused:
        ordered(empty)
    (problem,) = refused.value.problems
    assert (refused.value.code, problem.code) == ("RULE_LOOP", "APPROVAL_LOOP")
    assert "go → come → go" in problem.params["chain"]
    with empty.reading() as ctx:
        assert not ctx.reader.find("order")


def test_approvals_that_come_to_an_end_are_let_through(empty: World) -> None:
    """Ten ways to and fro are many, and no circle."""
    empty.install(round_trip("LEN(remark) < 12"), "shop")
    made = empty.id(ordered(empty))
    with empty.reading() as ctx:
        (order,) = ctx.reader.get("order", [made]).values()
    assert len(str(order.values["remark"])) == 12
    assert MOVES > 20


def waiting(world: World) -> int:
    own = outbox.c
    query = select(func.count()).where(own.kind == "rule", own.done_at.is_(None), own.parked_at.is_(None))
    with world.engine.database.snapshot() as conn:
        return int(conn.execute(query).scalar_one())


def drained(world: World) -> int:
    """How often rules ran until nothing waits any more."""
    relay, ran = Relay(world.engine, WS, jitter=lambda: Fraction(0)), 0
    while waiting(world):
        ran += sum(d.kind == "rule" and not d.error for d in relay.tick(1000))
        world.later(hours=2)
        assert ran < 5 * WIDTH
    return ran


def failed(world: World) -> set[str]:
    with world.engine.database.snapshot() as conn:
        return {row.error for row in stored.parked(conn, WS, limit=5000)}


def test_a_rule_that_wakes_itself_for_many_records_is_stopped_before_it_is_everywhere(empty: World) -> None:
    """Twelve goods, each of which changes all twelve: sixteen levels of that would be 12^16 runs."""
    update = {"uid": "rule.spread.up", "kind": "update", "values": {"price": "price + 1"}}
    spread = {
        "uid": "rule.spread",
        "key": "spread",
        "label": "Spread",
        "timing": "later",
        "when": {"kind": "record_changed", "entity": "goods", "fields": ["price"]},
        "then": [{"uid": "rule.spread.each", "kind": "each", "entity": "goods", "then": [update]}],
    }
    empty.install({**shop_nodes(), ("rule", "spread"): spread}, "shop")
    ids = [empty.id(empty.create("goods", {"code": f"G{n}", "name": "G", "price": "1"})) for n in range(12)]
    empty.update("goods", ids[0], {"price": "2"})
    assert drained(empty) == 1 + 12
    assert failed(empty) == {"RULE_LOOP, RULE_WIDTH"}


def test_rules_that_wake_each_other_through_a_balance_are_cut(empty: World) -> None:
    """Too little in stock: a receipt is approved; approved: it is taken back, and there is too little again."""
    draft = {"field": "state", "op": "=", "value": "draft"}
    approve = {"uid": "rule.up.approve", "kind": "transition", "transition": "approve"}
    up = {
        "uid": "rule.up",
        "key": "up",
        "label": "Up",
        "timing": "later",
        "when": {"kind": "threshold", "ledger": "stock", "grain": "goods", "slack": "on_hand - 5"},
        "then": [
            {"uid": "rule.up.each", "kind": "each", "entity": "receipt", "filter": draft, "then": [approve]}
        ],
    }
    down = {
        "uid": "rule.down",
        "key": "down",
        "label": "Down",
        "timing": "later",
        "when": {"kind": "transition", "entity": "receipt", "transition": "approve"},
        "if": "remark == 'plus'",
        "then": [{"uid": "rule.down.undo", "kind": "transition", "transition": "unapprove"}],
    }
    nodes = {**shop_nodes(), ("rule", "up"): up, ("rule", "down"): down}
    assert ("E130", "warning") in {(p.code, p.severity) for p in check(load_trusted(nodes))}
    empty.install(nodes, "shop")
    goods = empty.create("goods", {"code": "A", "name": "A", "price": "1"})["id"]
    empty.create("receipt", {"lines": [{"goods": goods, "quantity": "10"}], "remark": "plus"})
    empty.create("receipt", {"lines": [{"goods": goods, "quantity": "6"}]}, submit=True)
    empty.create("delivery", {"lines": [{"goods": goods, "quantity": "3"}]}, submit=True)
    assert drained(empty) <= DEPTH + 1
    assert failed(empty) == {"RULE_LOOP, RULE_DEPTH"}
    with empty.engine.database.snapshot() as conn:
        ran = conn.execute(select(func.count()).where(rule_run.c.outcome == "done")).scalar_one()
    assert ran <= DEPTH + 2
    assert TRIES == 10
