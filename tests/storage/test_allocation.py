"""Allocation: a field keeps its slot, nobody else gets it, and what fits nowhere still has a place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.errors import InvalidError
from builder.metadata.entity import Constraint, Entity, Field
from builder.storage.allocation import Allocation, SlotRow, allocate


def field(key: str, type_: str = "text", **more: Any) -> Field:
    return Field(f"uid.{key}", key, type_, key, **more)


def entity(*fields: Field, constraints: tuple[Constraint, ...] = (), title: str = "") -> Entity:
    return Entity("uid.e", "e", "document", "E", fields, constraints=constraints, title=title)


def live(made: Allocation) -> dict[str, str]:
    return {row.field_uid.removeprefix("uid."): row.slot for row in made.rows if row.state == "live"}


def again(made: Allocation, *fields: Field, **more: Any) -> Allocation:
    return allocate(entity(*fields, **more), made.rows, made.next_field_no)


def test_fields_go_where_their_kind_lives() -> None:
    made = allocate(
        entity(
            field("name"),
            field("price", "money"),
            field("day", "date"),
            field("item", "reference", entity="e"),
            field("note", "long_text"),
            field("tags", "tags"),
            field("lines", "lines", entity="e"),
            field("total", "rollup"),
        ),
        (),
        1,
    )
    assert live(made) == {
        "name": "t8",
        "price": "n6",
        "day": "d0",
        "item": "r0",
        "note": "ext",
        "tags": "multi",
    }
    assert made.next_field_no == 7


def test_what_is_searched_by_value_gets_an_index() -> None:
    made = allocate(
        entity(field("a"), field("code", unique=True), field("b", indexed=True), field("name"), title="name"),
        (),
        1,
    )
    assert live(made) == {"a": "t8", "code": "t0", "b": "t1", "name": "t2", "unique:uid.code": "u0"}


def test_local_fields_come_from_the_other_end() -> None:
    made = allocate(
        entity(field("a"), field("mine", local=True), field("key", local=True, indexed=True)), (), 1
    )
    assert live(made) == {"a": "t8", "mine": "t19", "key": "t7"}


def test_a_field_keeps_its_slot_and_number_when_others_come() -> None:
    first = allocate(entity(field("a"), field("b")), (), 1)
    second = again(first, field("c"), field("b"), field("d", indexed=True), field("a"))
    assert live(second) == {"a": "t8", "b": "t9", "c": "t10", "d": "t0"}
    assert {r.field_uid: r.field_no for r in second.rows} == {"uid.a": 1, "uid.b": 2, "uid.c": 3, "uid.d": 4}


def test_a_field_that_goes_leaves_its_slot_to_nobody_and_finds_it_when_it_comes_back() -> None:
    first = allocate(entity(field("a"), field("b")), (), 1)
    without = again(first, field("b"), field("c"))
    assert live(without) == {"b": "t9", "c": "t10"}
    back = again(without, field("a"), field("b"), field("c"))
    assert live(back) == {"a": "t8", "b": "t9", "c": "t10"}
    assert not back.moves
    assert not [row for row in back.rows if row.state == "retired"]


def test_another_kind_or_scale_moves_the_values_and_keeps_the_old_ones() -> None:
    first = allocate(entity(field("a", "decimal", scale=2)), (), 1)
    second = again(first, field("a", "decimal", scale=4))
    ((old, new),) = [(move.old, move.new) for move in second.moves]
    assert (old.slot, old.scale, new.slot, new.scale) == ("n6", 2, "n7", 4)
    assert new.field_no == old.field_no
    third = again(second, field("a", "text"))
    assert live(third) == {"a": "t8"}
    assert sorted(row.field_uid for row in third.rows if row.state == "retired") == ["uid.a~1", "uid.a~2"]
    assert third.moves[0].old.slot == "n7"


def test_what_fits_no_slot_lives_in_ext_and_stays_there() -> None:
    fields = [field(f"f{n}") for n in range(22)]
    made = allocate(entity(*fields), (), 1)
    slots = live(made)
    assert len({slot for slot in slots.values() if slot != "ext:t"}) == 20
    assert [key for key, slot in slots.items() if slot == "ext:t"] == ["f20", "f21"]
    assert set(again(made, *fields).rows) == set(made.rows)


def test_unique_keys_take_unique_slots_and_are_filled() -> None:
    key = Constraint("uid.k", "k", "x", unique=("a", "b"))
    made = allocate(entity(field("a", unique=True), field("b"), constraints=(key,)), (), 1)
    assert made.filled == ("u0", "u1")
    same = again(made, field("a", unique=True), field("b"), constraints=(key,))
    assert (same.filled, same.cleared) == ((), ())
    fewer = again(made, field("a"), field("b"), constraints=(key,))
    assert (fewer.filled, fewer.cleared) == ((), ("u0",))
    changed = allocate(
        entity(field("a", unique=True), field("b"), constraints=(key,)),
        made.rows,
        made.next_field_no,
        ["unique:uid.k"],
    )
    assert changed.filled == ("u1",)


def test_a_unique_slot_that_changes_its_key_is_filled_not_only_cleared() -> None:
    made = allocate(entity(field("a", unique=True), field("b")), (), 1)
    other = again(made, field("a"), field("b", unique=True))
    assert (other.filled, other.cleared) == (("u0",), ())


def test_more_unique_keys_than_slots_are_refused() -> None:
    fields = [field(f"f{n}", unique=True) for n in range(4)]
    with pytest.raises(InvalidError) as caught:
        allocate(entity(*fields), (), 1)
    assert [p.code for p in caught.value.problems] == ["UNIQUE_KEYS"]


KINDS = st.sampled_from(["text", "decimal", "date", "reference", "long_text", "tags", "choice", "boolean"])
DEFINITIONS = st.lists(st.dictionaries(st.integers(0, 40), KINDS, max_size=30), min_size=1, max_size=5)


@given(DEFINITIONS)
def test_whatever_versions_follow_no_two_fields_ever_share_a_slot_or_a_number(
    versions: list[dict[int, str]],
) -> None:
    rows: Iterable[SlotRow] = ()
    next_no = 1
    for version in versions:
        fields = [field(f"f{n}", kind) for n, kind in version.items()]
        made = allocate(entity(*fields), rows, next_no)
        own = [row for row in made.rows if row.slot[1:].isdigit()]
        assert len({row.slot for row in own}) == len(own)
        numbers: dict[int, set[str]] = {}
        for row in made.rows:
            numbers.setdefault(row.field_no, set()).add(row.field_uid.partition("~")[0])
        assert all(len(uids) == 1 for uids in numbers.values())
        assert set(live(made)) == {f"f{n}" for n in version}
        rows, next_no = made.rows, made.next_field_no
        unchanged = allocate(entity(*fields), rows, next_no)
        assert set(unchanged.rows) == set(rows)
        assert not unchanged.moves
