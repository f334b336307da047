"""Definitions that packages share are looked at once, and each package is told the same as alone."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

from builder.errors import Problem
from builder.metadata.catalog import template_nodes, template_source
from builder.metadata.checks import check
from builder.metadata.kinds import NodeName, Nodes
from builder.metadata.loading import load, load_read, read
from builder.metadata.once import Once

ITEM: NodeName = ("entity", "item")


def test_the_same_object_is_asked_about_once_and_one_that_looks_like_it_again() -> None:
    asked: list[NodeName] = []

    def answer(name: NodeName, body: Any) -> int:
        asked.append(name)
        return len(body)

    once, body = Once(), {"key": "item"}
    assert [once(answer, ITEM, body), once(answer, ITEM, body), once(answer, ITEM, {"key": "item"})] == [
        1,
        1,
        1,
    ]
    assert once(answer, ("entity", "other"), body) == 1
    assert asked == [ITEM, ITEM, ("entity", "other")]


def test_every_template_is_told_the_same_beside_others_as_alone() -> None:
    """In what the others extend something is wrong by itself, something else only beside what they have."""
    broken = dict(template_nodes("general") or {})
    item: Any = copy.deepcopy(broken[ITEM])
    item["fields"][0]["colour"] = "green"
    item["fields"][1]["visible_if"] = "nothing_of_that_name"
    item["fields"].append(item["fields"][2])
    broken[ITEM] = item
    nodes = {key: broken if key == "general" else template_nodes(key) or {} for key in ("general", "food")}
    once = Once()
    told = {key: _told(own, nodes, once) for key, own in nodes.items()}
    assert told == {key: _told(own, nodes) for key, own in nodes.items()}
    assert {"E010", "E101"} <= {p.code for p in told["general"]}
    assert {"E010", "E101"} <= {p.code for p in told["food"]}


def test_a_mended_definition_is_not_told_what_was_wrong_before() -> None:
    templates, once = cache(template_nodes), Once()
    good, _ = read(template_source("no_stock"))
    name = next(name for name in good if name[0] == "entity")
    assert "E010" in {p.code for p in _told({**good, name: {**good[name], "colour": "green"}}, {}, once)}
    package, problems = load_read((good, ()), templates, once)
    assert package is not None
    assert (*problems, *check(package, once)) == ()


def _told(own: Nodes, templates: dict[str, Nodes], once: Once | None = None) -> tuple[Problem, ...]:
    source = read(own)
    package, problems = load(own, templates.get) if once is None else load_read(source, templates.get, once)
    return (*problems, *(check(package, once) if package is not None else ()))
