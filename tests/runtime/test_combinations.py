"""Combinations: each group's rows are combined in every way, become records once, and grow with what is added."""

from __future__ import annotations

from typing import Any

import pytest

from builder.commands import RunComputation
from builder.errors import InvalidError
from builder.runtime import combinations
from tests.runtime.kitchen import field, kitchen_nodes, ref
from tests.runtime.world import World

MENU = {
    "uid": "menu",
    "key": "menu",
    "kind": "master",
    "label": "Menu",
    "title": "name",
    "fields": [
        field("menu", "name", "text"),
        ref("menu", "cook"),
        field("menu", "starter", "reference", entity="dish"),
        field("menu", "main", "reference", entity="dish"),
        field("menu", "note", "text"),
    ],
}
MENUS = {
    "uid": "computation.menus",
    "key": "menus",
    "label": "Menus",
    "combine": {
        "report": "dishes",
        "by": "cook",
        "axes": {"starter": "lead == 0", "main": "lead == 1"},
    },
    "when": "starter.id != None and main.id != None",
    "entity": "menu",
    "map": {
        "cook": "cook",
        "starter": "starter.id",
        "main": "main.id",
        "name": "CONCAT(starter.lead, '+', main.lead)",
        "note": "'as made'",
    },
    "match": ["cook", "starter", "main"],
    "once": ["note"],
}


@pytest.fixture
def diner(empty: World) -> World:
    """Ann makes two starters and two mains, Ben one main alone."""
    nodes: dict[tuple[str, str], Any] = dict(kitchen_nodes(menus=MENUS))
    nodes["entity", "menu"] = MENU
    empty.install(nodes, "kitchen")
    ann = empty.create("cook", {"name": "Ann"})["id"]
    ben = empty.create("cook", {"name": "Ben"})["id"]
    for name, lead, cook in (
        ("Soup", 0, ann),
        ("Salad", 0, ann),
        ("Fish", 1, ann),
        ("Pie", 1, ann),
        ("Stew", 1, ben),
    ):
        empty.create("dish", {"name": name, "lead": lead, "cook": cook})
    return empty


def _run(world: World) -> dict[str, int]:
    answer: dict[str, int] = world.send(RunComputation("kitchen", "menus", {}, None))["counts"]
    return answer


def _menus(world: World) -> list[tuple[str, str, str]]:
    with world.reading() as ctx:
        dishes = {r.id: str(r.values["name"]) for r in ctx.reader.find("dish", None, limit=100)}
        menus = [r.values for r in ctx.reader.find("menu", None, limit=100)]
        return sorted((dishes[m["starter"]], dishes[m["main"]], str(m["note"])) for m in menus)  # type: ignore[index]


def test_every_combination_of_a_group_is_made_once(diner: World) -> None:
    assert _run(diner) == {"new": 4, "changed": 0, "same": 0, "gone": 0}, (
        "Ben has no starter: nothing of his is whole"
    )
    assert [(s, m) for s, m, _ in _menus(diner)] == [
        ("Salad", "Fish"),
        ("Salad", "Pie"),
        ("Soup", "Fish"),
        ("Soup", "Pie"),
    ]
    assert _run(diner) == {"new": 0, "changed": 0, "same": 4, "gone": 0}


def test_a_further_value_adds_what_is_missing_and_leaves_what_is_filled_in_once(diner: World) -> None:
    _run(diner)
    with diner.reading() as ctx:
        first = ctx.reader.find("menu", None, limit=1)[0]
        ann = first.values["cook"]
        cook = ctx.engine.database.show(ann)  # type: ignore[arg-type]
    diner.update("menu", first.id, {"note": "ours", "name": "typed"})
    diner.create("dish", {"name": "Curry", "lead": 1, "cook": cook})
    assert _run(diner) == {"new": 2, "changed": 1, "same": 3, "gone": 0}, (
        "the name follows, the note is its own"
    )
    assert sorted(note for _, _, note in _menus(diner)) == [*["as made"] * 5, "ours"]


def test_too_many_are_refused_before_they_are_made(diner: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(combinations, "MOST", 3)
    with pytest.raises(InvalidError) as refused:
        _run(diner)
    assert refused.value.code == "COMPUTATION_TOO_LARGE"
    assert _menus(diner) == []
