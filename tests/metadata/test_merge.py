"""Three-way merge: what a template changed meets what the owner changed, and nothing of either is lost unseen."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builder.metadata.kinds import Nodes
from builder.metadata.loading import load
from builder.metadata.merge import ABSENT, merge
from builder.metadata.uids import with_uids
from tests.metadata.library import library

BASE = with_uids(library())
Place = tuple[Any, ...]


def _leaves(value: Any, at: Place = ()) -> list[Place]:
    """Every plain property of the library's nodes that may be changed by itself."""
    if isinstance(value, Mapping):
        return [
            p for k, v in value.items() if k not in {"uid", "key", "filter"} for p in _leaves(v, (*at, k))
        ]
    if isinstance(value, list):
        nodes = value and all(isinstance(v, Mapping) and "uid" in v for v in value)
        return [p for i, v in enumerate(value) for p in _leaves(v, (*at, i))] if nodes else []
    return [at]


PLACES = [(name, *p) for name, body in BASE.items() if name[0] != "data" for p in _leaves(body)]


def _edited(nodes: Nodes, places: Mapping[Place, Any]) -> dict[Any, Any]:
    result = copy.deepcopy(dict(nodes))
    for (name, *parts), value in places.items():
        holder: Any = result[name]
        for part in parts[:-1]:
            holder = holder[part]
        holder[parts[-1]] = value
    return result


def _at(nodes: Nodes, place: Place) -> Any:
    value: Any = nodes[place[0]]
    for part in place[1:]:
        value = value[part]
    return value


edits = st.dictionaries(st.sampled_from(PLACES), st.text("xyz", min_size=1, max_size=3), max_size=12)


@given(edits, edits)
@settings(max_examples=200, deadline=None)
def test_disjoint_changes_merge_silently_and_common_ones_are_always_reported(mine: Any, theirs: Any) -> None:
    merged = merge(BASE, _edited(BASE, mine), _edited(BASE, theirs))
    both = {p for p in mine if p in theirs and mine[p] != theirs[p]}
    really = {p for p in both if _at(BASE, p) not in (mine[p], theirs[p])}
    assert {(c.node, *c.parts) for c in merged.conflicts} == really
    for place, value in {**theirs, **mine}.items():
        assert _at(merged.nodes, place) == value


@given(edits)
@settings(max_examples=60, deadline=None)
def test_what_one_side_left_alone_is_the_others(changed: Any) -> None:
    other = _edited(BASE, changed)
    for nodes in (merge(BASE, other, BASE), merge(BASE, BASE, other), merge(BASE, other, other)):
        assert nodes.nodes == other
        assert nodes.conflicts == ()


@given(edits, edits)
@settings(max_examples=60, deadline=None)
def test_choosing_theirs_everywhere_leaves_no_conflict(mine: Any, theirs: Any) -> None:
    three = (BASE, _edited(BASE, mine), _edited(BASE, theirs))
    first = merge(*three)
    settled = merge(*three, {c.path: "theirs" for c in first.conflicts})
    assert settled.conflicts == ()
    for conflict in first.conflicts:
        assert _at(settled.nodes, (conflict.node, *conflict.parts)) == conflict.theirs


FEE = {"uid": "loan.fee", "key": "fee", "type": "money", "label": "Fee"}
NOTE = {"uid": "loan.note", "key": "note", "type": "text", "label": "Note"}


def _fields(nodes: Nodes) -> list[dict[str, Any]]:
    return list(nodes["entity", "loan"]["fields"])


def _with_fields(fields: list[dict[str, Any]]) -> Nodes:
    return {**BASE, ("entity", "loan"): {**BASE["entity", "loan"], "fields": fields}}


def test_additions_of_both_sides_stay_in_their_places() -> None:
    own = _fields(BASE)
    merged = merge(BASE, _with_fields([own[0], FEE, *own[1:]]), _with_fields([*own, NOTE]))
    assert merged.conflicts == ()
    assert [f["key"] for f in _fields(merged.nodes)] == [
        "number",
        "fee",
        *[f["key"] for f in own[1:]],
        "note",
    ]
    package, problems = load(merged.nodes)
    assert package is not None
    assert problems == ()


def test_what_the_owner_added_survives_an_upgrade_that_drops_everything_around_it() -> None:
    own = _fields(BASE)
    merged = merge(BASE, _with_fields([*own, FEE]), _with_fields(own[:1]))
    assert [f["key"] for f in _fields(merged.nodes)] == ["number", "fee"]
    added = {**BASE, ("view", "mine"): {"uid": "view.mine", "key": "mine"}}
    assert ("view", "mine") in merge(BASE, added, {}).nodes


def test_moving_and_adding_go_together() -> None:
    own = _fields(BASE)
    merged = merge(BASE, _with_fields([own[1], own[0], *own[2:]]), _with_fields([*own[:3], NOTE, *own[3:]]))
    keys = [f["key"] for f in _fields(merged.nodes)]
    assert keys[:2] == ["reader", "number"]
    assert keys[keys.index("librarian") + 1] == "note"


@pytest.mark.parametrize("is_mine", [True, False])
def test_deleted_on_one_side_and_changed_on_the_other_asks(is_mine: bool) -> None:
    own = _fields(BASE)
    gone, changed = _with_fields(own[:-1]), _with_fields([*own[:-1], {**own[-1], "label": "Books"}])
    merged = merge(BASE, gone if is_mine else changed, changed if is_mine else gone)
    (conflict,) = merged.conflicts
    assert conflict.what == ("i_deleted" if is_mine else "they_deleted")
    assert (conflict.mine is ABSENT, conflict.theirs is ABSENT) == (is_mine, not is_mine)
    assert len(_fields(merged.nodes)) == len(own) - is_mine


def test_deleted_by_the_template_and_untouched_goes() -> None:
    merged = merge(BASE, BASE, _with_fields(_fields(BASE)[:-1]))
    assert merged.conflicts == ()
    assert len(_fields(merged.nodes)) == len(_fields(BASE)) - 1


def test_a_filter_is_never_mixed_from_two() -> None:
    def view(where: Any) -> Nodes:
        return {**BASE, ("view", "loans"): {**BASE["view", "loans"], "filter": where}}

    mine = {"field": "state", "op": "=", "value": "void"}
    theirs = {"or": [{"field": "due_on", "op": "is_empty"}]}
    merged = merge(BASE, view(mine), view(theirs))
    assert [c.what for c in merged.conflicts] == ["both_changed"]
    assert merged.nodes["view", "loans"]["filter"] == mine


def test_a_renamed_definition_takes_the_templates_changes_with_it() -> None:
    mine = {("entity", "people") if n == ("entity", "reader") else n: b for n, b in BASE.items()}
    mine["entity", "people"] = {**BASE["entity", "reader"], "key": "people"}
    theirs = {**BASE, ("entity", "reader"): {**BASE["entity", "reader"], "title": "card"}}
    merged = merge(BASE, mine, theirs)
    assert merged.conflicts == ()
    assert ("entity", "reader") not in merged.nodes
    assert merged.nodes["entity", "people"]["title"] == "card"


def test_two_definitions_that_both_sides_called_the_same_are_reported() -> None:
    mine = {**BASE, ("view", "new"): {"uid": "view.a", "key": "new"}}
    theirs = {**BASE, ("view", "new"): {"uid": "view.b", "key": "new"}}
    merged = merge(BASE, mine, theirs)
    assert [(c.what, c.place) for c in merged.conflicts] == [("same_key", "views/new.json")]
    assert merged.nodes["view", "new"]["uid"] == "view.a"


def test_a_choice_may_be_something_else_altogether() -> None:
    one, other = ({**BASE, ("view", "loans"): {**BASE["view", "loans"], "page_size": n}} for n in (10, 20))
    (conflict,) = merge(BASE, one, other).conflicts
    assert conflict.place == "views/loans.json#/page_size"
    merged = merge(BASE, one, other, {conflict.path: {"value": 15}})
    assert merged.conflicts == ()
    assert merged.nodes["view", "loans"]["page_size"] == 15
