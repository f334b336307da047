"""Computations: rows become records, again and again without doubling, within the rights of who runs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from builder.commands import RunComputation
from builder.errors import ConflictError, InvalidError, NotFoundError
from builder.record import Record
from builder.runtime.commit import StaleError, commit
from builder.runtime.context import Context
from builder.runtime.decide import Undone, decide
from builder.runtime.handlers.computed import seen_of
from builder.runtime.relay import Relay
from tests.runtime.kitchen import kitchen_nodes
from tests.runtime.world import WS, World

Row = Mapping[str, Any]
CAKE, BASE, FLOUR = "Cake", "Base", "Flour"


@pytest.fixture
def kitchen(empty: World) -> World:
    """A cake of one base and flour; a base of flour with a loss of 20 %."""
    empty.install(kitchen_nodes(), "kitchen")
    ann = _made(empty, "cook", name="Ann")
    ben = _made(empty, "cook", name="Ben")
    dishes = {
        CAKE: _made(empty, "dish", name=CAKE, lead=1, cook=ann, work="2.00"),
        BASE: _made(empty, "dish", name=BASE, lead=2, pack="4", cook=ann, work="0.50"),
        FLOUR: _made(empty, "dish", name=FLOUR, lead=0, pack="0.100", cook=ben, price="1.20"),
    }
    for of, uses, per, loss in (
        (CAKE, BASE, "1", "0"),
        (BASE, FLOUR, "0.12", "20"),
        (CAKE, FLOUR, "0.05", "0"),
    ):
        _made(empty, "part", dish=dishes[of], uses=dishes[uses], per=per, loss=loss)
    return empty


def _made(world: World, entity: str, **values: Any) -> str:
    answer: str = world.create(entity, values)["id"]
    return answer


def _ids(world: World, entity: str = "dish") -> dict[str, str]:
    with world.reading() as ctx:
        found = ctx.reader.find(entity, None, limit=100)
        return {str(r.values["name"]): ctx.engine.database.show(r.id) for r in found}


def _wish(world: World, dish: str, count: str, day: str) -> str:
    return _made(world, "wish", dish=_ids(world)[dish], count=count, day=day)


def _run(world: World, key: str, only: tuple[str, ...] | None = None, **options: Any) -> Row:
    sent = options.pop("parameters", {})
    return world.send(RunComputation("kitchen", key, sent, only), **options)


def _tasks(world: World) -> list[tuple[str, Decimal, str, str]]:
    with world.reading() as ctx:
        names = {r.id: str(r.values["name"]) for r in ctx.reader.find("dish", None, limit=100)}
        tasks = [t.values for t in ctx.reader.find("task", None, limit=100) if t.archived_at is None]
        return sorted((names[t["dish"]], t["count"], str(t["day"]), str(t["start"])) for t in tasks)  # type: ignore[index, misc]


def test_needs_become_records_level_by_level(kitchen: World) -> None:
    _wish(kitchen, CAKE, "5", "2026-01-16")
    _made(kitchen, "shelf", dish=_ids(kitchen)[CAKE], count="2")
    answer = _run(kitchen, "plan")
    assert answer["counts"] == {"new": 4, "changed": 0, "same": 0, "gone": 0}
    assert _tasks(kitchen) == [
        (BASE, Decimal("4.000"), "2026-01-15", "2026-01-13"),
        (CAKE, Decimal("3.000"), "2026-01-16", "2026-01-15"),
        (FLOUR, Decimal("0.200"), "2026-01-15", "2026-01-15"),
        (FLOUR, Decimal("0.600"), "2026-01-13", "2026-01-13"),
    ]


def test_a_second_run_makes_nothing_and_a_changed_wish_changes_what_is_open(kitchen: World) -> None:
    wish = _wish(kitchen, CAKE, "3", "2026-01-16")
    _run(kitchen, "plan")
    before = _tasks(kitchen)
    assert _run(kitchen, "plan")["counts"] == {"new": 0, "changed": 0, "same": 4, "gone": 0}
    assert _tasks(kitchen) == before
    id = kitchen.engine.database.read_id(wish)
    assert id is not None
    kitchen.update("wish", id, {"count": "4"})
    answer = _run(kitchen, "plan")
    assert answer["counts"] == {"new": 0, "changed": 1, "same": 3, "gone": 0}, "four bases were made already"
    kitchen.update("wish", id, {"day": "2026-01-20"})
    counts = _run(kitchen, "plan")["counts"]
    assert counts == {"new": 3, "changed": 1, "same": 0, "gone": 3}, (
        "flour is needed on the 15th for another reason"
    )
    assert {task[2] for task in _tasks(kitchen) if task[0] == CAKE} == {"2026-01-20"}


def test_what_is_done_is_left_alone(kitchen: World) -> None:
    _wish(kitchen, BASE, "4", "2026-01-16")
    _run(kitchen, "plan")
    with kitchen.reading() as ctx:
        (base,) = [t for t in ctx.reader.find("task", None, limit=9) if t.values["count"] == 4]
    kitchen.update("task", base.id, {"done": True})
    assert _run(kitchen, "plan")["counts"]["new"] == 1, "the shelf does not know of it yet"


def test_a_look_writes_nothing(kitchen: World) -> None:
    _wish(kitchen, CAKE, "3", "2026-01-16")
    told = _run(kitchen, "plan", dry_run=True)
    assert told["counts"]["new"] == 4
    assert {row["outcome"] for row in told["rows"]} == {"new"}
    assert _tasks(kitchen) == []


def test_what_came_to_something_else_since_one_looked_is_refused_and_nothing_is_made(kitchen: World) -> None:
    wish = _wish(kitchen, CAKE, "3", "2026-01-16")
    _wish(kitchen, FLOUR, "1", "2026-01-19")
    told = _run(kitchen, "plan", dry_run=True)
    id = kitchen.engine.database.read_id(wish)
    assert id is not None
    kitchen.update("wish", id, {"count": "4"})
    with pytest.raises(ConflictError) as refused:
        kitchen.send(RunComputation("kitchen", "plan", {}, None, told["seen"]))
    assert refused.value.code == "COMPUTATION_CHANGED"
    assert _tasks(kitchen) == []
    flour = next(r for r in told["rows"] if r["values"]["day"] == "2026-01-19")
    chosen = RunComputation("kitchen", "plan", {}, (flour["key"],), seen_of([flour["seen"]]))
    kitchen.send(chosen)
    assert [task[0] for task in _tasks(kitchen)] == [FLOUR], "its row is as it was seen"
    with pytest.raises(ConflictError):
        kitchen.send(chosen)
    seen = _run(kitchen, "plan", dry_run=True)["seen"]
    kitchen.send(RunComputation("kitchen", "plan", {}, None, seen))
    assert _run(kitchen, "plan")["counts"]["same"] == 5


def test_a_question_that_nobody_asks_is_refused(kitchen: World) -> None:
    with pytest.raises(InvalidError) as refused:
        _run(kitchen, "lists", parameters={"until": "2026-01-31", "untill": "2026-02-28"})
    assert [(p.code, p.path) for p in refused.value.problems] == [("PROPERTY_UNKNOWN", "/parameters/untill")]
    with kitchen.reading() as ctx:
        assert not ctx.reader.find("task", None, limit=5)


def test_only_what_was_chosen_is_made_and_nothing_is_taken_away(kitchen: World) -> None:
    _wish(kitchen, CAKE, "3", "2026-01-16")
    told = _run(kitchen, "plan", dry_run=True)
    chosen = next(row["key"] for row in told["rows"] if row["values"]["count"] == "3.000")
    _run(kitchen, "plan", only=(chosen,))
    assert [task[0] for task in _tasks(kitchen)] == [CAKE]


def test_rows_with_equal_heads_become_lines_of_one_record_and_keep_them(kitchen: World) -> None:
    for dish, count in ((CAKE, "2"), (BASE, "3"), (FLOUR, "5"), (CAKE, "1")):
        _wish(kitchen, dish, count, "2026-01-16")
    _wish(kitchen, FLOUR, "9", "2026-02-16")
    answer = _run(kitchen, "lists", parameters={"until": "2026-01-31"})
    assert answer["counts"]["new"] == 2
    with kitchen.reading() as ctx:
        first = _lists(ctx)
    assert sorted(sorted(str(line.values["count"]) for line in r.lines["lines"]) for r in first.values()) == [
        ["3.000", "3.000"],
        ["5.000"],
    ]
    again = _run(kitchen, "lists", parameters={"until": "2026-02-28"})
    assert again["counts"] == {"new": 0, "changed": 1, "same": 1, "gone": 0}
    with kitchen.reading() as ctx:
        second = _lists(ctx)
    lines = {id: [line.id for line in r.lines["lines"]] for id, r in first.items()}
    assert {id: [line.id for line in r.lines["lines"]] for id, r in second.items()} == lines, (
        "lines stay the same lines"
    )
    assert Decimal("14.000") in [line.values["count"] for r in second.values() for line in r.lines["lines"]]


@pytest.mark.parametrize(
    ("keeps", "left", "outcome"), [((), None, "changed"), (("note",), "by hand", "same")]
)
def test_what_a_run_says_nothing_of_stays_where_it_keeps(
    empty: World, keeps: tuple[str, ...], left: str | None, outcome: str
) -> None:
    nodes = kitchen_nodes()
    noted = {"uid": "list.note", "key": "note", "type": "text", "label": "Note"}
    nodes["entity", "list"] = {
        **nodes["entity", "list"],
        "fields": [*nodes["entity", "list"]["fields"], noted],
    }
    map = {**nodes["computation", "lists"]["map"], "note": "None"}
    nodes["computation", "lists"] = {**nodes["computation", "lists"], "map": map, "keeps": list(keeps)}
    empty.install(nodes, "kitchen")
    _made(empty, "dish", name=CAKE, cook=_made(empty, "cook", name="Ann"))
    _wish(empty, CAKE, "2", "2026-01-16")
    _run(empty, "lists", parameters={"until": "2026-01-31"})
    with empty.reading() as ctx:
        (id,) = _lists(ctx)
    empty.update("list", id, {"note": "by hand"})
    counts = _run(empty, "lists", parameters={"until": "2026-01-31"})["counts"]
    with empty.reading() as ctx:
        assert (_lists(ctx)[id].values.get("note"), counts[outcome]) == (left, 1)


def test_one_that_only_fills_in_makes_nothing(empty: World) -> None:
    nodes = kitchen_nodes()
    nodes["computation", "lists"] = {**nodes["computation", "lists"], "creates": False}
    empty.install(nodes, "kitchen")
    ann = _made(empty, "cook", name="Ann")
    _made(empty, "dish", name=CAKE, cook=ann)
    _wish(empty, CAKE, "2", "2026-01-16")
    until = {"until": "2026-01-31"}
    assert _run(empty, "lists", parameters=until)["counts"] == {"new": 0, "changed": 0, "same": 0, "gone": 0}
    _made(empty, "list", cook=ann)
    assert _run(empty, "lists", parameters=until)["counts"]["changed"] == 1
    with empty.reading() as ctx:
        assert [len(r.lines["lines"]) for r in _lists(ctx).values()] == [1]


def _lists(ctx: Context) -> Mapping[int, Record]:
    return ctx.reader.get("list", [r.id for r in ctx.reader.find("list", None, limit=9)])


def test_a_condition_leaves_rows_out(kitchen: World) -> None:
    _wish(kitchen, FLOUR, "0.5", "2026-01-16")
    assert _run(kitchen, "lists", parameters={"until": "2026-01-31"})["counts"]["new"] == 0


def test_a_roll_up_says_what_things_are_worth(kitchen: World) -> None:
    """A base takes 0.15 kg gross at 1.20: 0.18 and 0.50 of work; a cake that base, 0.06 of flour and 2.00 of work."""
    _run(kitchen, "worths")
    with kitchen.reading() as ctx:
        names = {r.id: str(r.values["name"]) for r in ctx.reader.find("dish", None, limit=9)}
        found = {names[r.values["dish"]]: r.values["value"] for r in ctx.reader.find("worth", None, limit=9)}  # type: ignore[index]
    assert found == {BASE: Decimal("0.68"), CAKE: Decimal("2.74")}


def test_a_circle_a_missing_price_and_a_wrong_share_are_told_by_name(kitchen: World) -> None:
    ids = _ids(kitchen)
    sugar = _made(kitchen, "dish", name="Sugar")
    part = kitchen.engine.database.read_id(_made(kitchen, "part", dish=ids[BASE], uses=sugar, per="1"))
    assert part is not None
    assert _refused(kitchen, "worths") == [("COMPUTATION_UNPRICED", {"name": "Sugar"})]
    kitchen.update("part", part, {"uses": ids[CAKE]})
    ((code, params),) = _refused(kitchen, "plan")
    assert code == "COMPUTATION_CIRCLE"
    assert params["way"] in {f"{CAKE} → {BASE} → {CAKE}", f"{BASE} → {CAKE} → {BASE}"}
    assert _refused(kitchen, "worths")[0][0] == "COMPUTATION_CIRCLE"


def _refused(world: World, key: str) -> list[tuple[str, Mapping[str, Any]]]:
    with pytest.raises(InvalidError) as told:
        _run(world, key)
    return [(p.code, p.params) for p in told.value.problems]


def test_who_may_not_see_a_report_that_it_reads_does_not_find_it(kitchen: World) -> None:
    guest = kitchen.person("guest", "guest")
    with pytest.raises(NotFoundError):
        _run(kitchen, "plan", actor=guest)
    cook = kitchen.person("ann", "cook")
    _wish(kitchen, CAKE, "1", "2026-01-16")
    assert _run(kitchen, "plan", actor=cook)["counts"]["new"] == 4


@pytest.mark.parametrize("deed", ["update", "delete"])
def test_nobody_removes_by_it_what_they_may_not_remove(empty: World, deed: str) -> None:
    nodes = {key: dict(body) for key, body in kitchen_nodes().items()}
    cook = nodes["roles", "roles"]["roles"][0]
    own = {"field": "owner", "op": "=", "value": {"actor": "id"}}
    grants = [g for g in cook["grants"] if g["entity"] != "task"]
    rest = [d for d in ("read", "create", "update", "delete") if d != deed]
    grants.append({"uid": "cook.task", "entity": "task", "may": rest})
    owned = {"uid": "cook.own", "entity": "task", "may": sorted({"read", deed}), "scope": own}
    owner = {"uid": "role.owner", "key": "owner", "label": "Owner", "grants": [owned]}
    nodes["roles", "roles"] = {"roles": [{**cook, "grants": grants}, owner]}
    empty.install(nodes, "kitchen")
    _made(empty, "dish", name=FLOUR, lead=0, cook=_made(empty, "cook", name="Ben"))
    wish = empty.id({"id": _wish(empty, FLOUR, "1", "2026-01-16")})
    assert _run(empty, "plan")["counts"]["new"] == 1
    empty.update("wish", wish, {"count": "0"})
    ann = empty.person("ann", "cook", "owner")
    assert _run(empty, "plan", actor=ann)["counts"]["gone"] == 0
    assert _run(empty, "plan", dry_run=True)["counts"]["gone"] == 1


@pytest.mark.parametrize(("states", "is_changed"), [(["done"], False), (["open"], True), ([], True)])
def test_a_right_in_some_states_changes_nothing_in_others(
    empty: World, states: list[str], is_changed: bool
) -> None:
    nodes = {key: dict(body) for key, body in kitchen_nodes().items()}
    cook = nodes["roles", "roles"]["roles"][0]
    grants = [g for g in cook["grants"] if g["entity"] != "task"]
    may = ["read", "create", "update", "delete"]
    grants.append({"uid": "cook.task", "entity": "task", "may": may, "states": states})
    nodes["roles", "roles"] = {"roles": [{**cook, "grants": grants}]}
    nodes["workflow", "task"] = {
        "uid": "workflow.task",
        "key": "task",
        "entity": "task",
        "initial": "open",
        "states": [
            {"uid": f"workflow.task.{key}", "key": key, "label": key, "editable": True}
            for key in ("open", "done")
        ],
        "transitions": [
            {"uid": "workflow.task.t", "key": "finish", "label": "Finish", "from": ["open"], "to": "done"}
        ],
    }
    empty.install(nodes, "kitchen")
    _made(empty, "dish", name=FLOUR, lead=0, cook=_made(empty, "cook", name="Ben"))
    wish = empty.id({"id": _wish(empty, FLOUR, "1", "2026-01-16")})
    ann = empty.person("ann", "cook")
    assert _run(empty, "plan", actor=ann)["counts"]["new"] == 1
    empty.update("wish", wish, {"count": "2"})
    if is_changed:
        assert _run(empty, "plan", actor=ann)["counts"]["changed"] == 1
        return
    for dry_run in (True, False):
        with pytest.raises(InvalidError) as told:
            _run(empty, "plan", actor=ann, dry_run=dry_run)
        assert [(p.code, p.path) for p in told.value.problems] == [("STATE_CLOSED", "/rows/0")]
    assert [count for _, count, _, _ in _tasks(empty)] == [Decimal("1.000")]


def test_two_who_run_it_at_the_same_moment_make_nothing_twice(kitchen: World) -> None:
    _wish(kitchen, CAKE, "10", "2026-01-16")
    command = RunComputation("kitchen", "plan", {}, None)
    with kitchen.engine.database.snapshot() as conn:
        first, second = (
            decide(kitchen.engine, conn, kitchen.actor, command, kitchen.clock.now(), Undone())
            for _ in range(2)
        )
    commit(kitchen.engine, first, route="test", key="first", body_hash="1")
    with pytest.raises(StaleError):
        commit(kitchen.engine, second, route="test", key="second", body_hash="2")
    assert _run(kitchen, "plan")["counts"] == {"new": 0, "changed": 0, "same": 4, "gone": 0}


def test_two_rows_for_one_record_are_refused_by_their_words(kitchen: World) -> None:
    """What the rows are matched by must tell them apart."""
    _wish(kitchen, FLOUR, "1", "2026-01-16")
    _wish(kitchen, FLOUR, "1", "2026-01-19")
    nodes = dict(kitchen_nodes())
    nodes["computation", "plan"] = {**nodes["computation", "plan"], "match": ["dish"]}
    kitchen.install({**nodes, ("app", "app"): {**nodes["app", "app"], "key": "strict"}}, "strict")
    flour = _made(kitchen, "dish", name=FLOUR)
    for day in ("2026-01-16", "2026-01-19"):
        _made(kitchen, "wish", dish=flour, count="1", day=day)
    with pytest.raises(InvalidError) as told:
        kitchen.send(RunComputation("strict", "plan"))
    assert [(p.code, p.params["row"]) for p in told.value.problems] == [("COMPUTATION_TWICE", FLOUR)]


def replanning(**more: str) -> dict[tuple[str, str], Any]:
    """The kitchen with a rule that plans anew with every wish."""
    rule = {
        "uid": "rule.replan",
        "key": "replan",
        "label": "Plan anew",
        "when": {"kind": "record_created", "entity": "wish"},
        "then": [{"uid": "rule.replan.compute", "kind": "compute", "computation": "plan"}],
    }
    return {**kitchen_nodes(), ("rule", "replan"): {**rule, **more}}


def test_a_rule_computes_what_a_change_calls_for_in_the_same_decision(empty: World) -> None:
    empty.install(replanning(timing="later"), "kitchen")
    _made(empty, "wish", dish=_made(empty, "dish", name=CAKE), count="3", day="2026-01-16")
    assert [d.error for d in Relay(empty.engine, WS).drain()] == [""]
    assert [task[0] for task in _tasks(empty)] == [CAKE]


def _made_via(world: World) -> set[str | None]:
    with world.reading() as ctx:
        return {task.created_via for task in ctx.reader.find("task", None, limit=100)}


def test_what_a_person_computes_came_by_the_person(kitchen: World) -> None:
    _wish(kitchen, FLOUR, "1", "2026-01-16")
    _run(kitchen, "plan", actor=replace(kitchen.person("ann", "cook"), channel="phone"))
    assert _made_via(kitchen) == {"phone"}


def test_what_a_rule_computes_in_the_middle_of_what_a_person_does_came_by_the_rule(empty: World) -> None:
    empty.install(replanning(), "kitchen")
    wish = {"dish": _made(empty, "dish", name=CAKE), "count": "3", "day": "2026-01-16"}
    empty.create("wish", wish, actor=replace(empty.person("ann", admin=True), channel="desk"))
    assert _made_via(empty) == {"rule"}
