"""Judging: a draft near one that was read before is judged exactly as if it were read from the start."""

from __future__ import annotations

from typing import Any

import pytest

from builder.designer.edits import entities, properties
from builder.designer.edits.change import applied, complete
from builder.designer.edits.keys import words_from
from builder.designer.judging import Judge, Judged
from builder.metadata.kinds import Nodes

NAME = ("entity", "item")


def changes_of(nodes: Nodes) -> dict[str, Any]:
    """Drafts next to the template: right ones and wrong ones."""
    field, _ = entities.add_field(nodes, "item", type="phone", label=words_from("电话", "Phone"))
    return {
        "a field": field,
        "a dangling name": properties.set_value(nodes, NAME, ("fields", 1, "visible_if"), ["no_such_thing"]),
        "what no schema allows": {NAME: {**nodes[NAME], "colour": "red"}},
        "a key that is not its file's": {NAME: {**nodes[NAME], "key": "other"}},
        "a definition that is gone": {NAME: None},
        "the app itself": {("app", "app"): {**nodes["app", "app"], "color": "red"}},
        "no app": {("app", "app"): None},
    }


@pytest.mark.parametrize(
    "what",
    [
        "a field",
        "a dangling name",
        "what no schema allows",
        "a key that is not its file's",
        "a definition that is gone",
        "the app itself",
        "no app",
    ],
)
def test_near_drafts_are_judged_as_if_read_from_the_start(templates: dict[str, Nodes], what: str) -> None:
    nodes = templates["general"]
    judge = Judge()
    assert judge(nodes).is_whole
    draft = applied(nodes, complete(nodes, changes_of(nodes)[what]))
    near, fresh = judge(draft), Judge()(draft)
    assert said(near) == said(fresh)
    assert near.package == fresh.package


def said(judged: Judged) -> set[tuple[str, str]]:
    return {(p.code, p.path) for p in judged.problems}
