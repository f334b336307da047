"""Records: what was written is read again, exactly; keys are unique; only what changed is touched."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from builder.changes import RecordChange
from builder.metadata.entity import Constraint
from builder.record import Ref
from builder.storage import records
from builder.storage.database import Database
from builder.storage.errors import DuplicateError, RetryError
from builder.storage.slots import UniqueKey
from builder.storage.tables.records import multi, state_span
from tests.storage.world import NOW, World


@pytest.fixture
def world(shared_database: Database) -> World:
    return World(shared_database)


def test_every_kind_of_value_comes_back_as_it_was(world: World) -> None:
    values = {
        "code": "K1",
        "name": "五常大米店",
        "level": "A",
        "secret": None,
        "remark": "first\nsecond",
        "tags": ("new", "big"),
        "active": True,
        "met_at": datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
    }
    made = world.add("customer", values, owner_id=3, org_unit_id=4, package_version=2)

    found = world.one("customer", made.id)

    assert {key: found.values[key] for key in values} == values
    assert found.values["made_at"] == NOW
    assert (found.owner_id, found.org_unit_id, found.package_version, found.version) == (3, 4, 2, 1)
    assert (found.created_at, found.updated_at, found.created_by) == (NOW, NOW, 7)


def test_a_document_comes_with_its_lines_in_order(world: World) -> None:
    lines = {"lines": [{"item": "b", "qty": Decimal("1.500")}, {"item": "a", "qty": Decimal("2.000")}]}
    made = world.add(
        "order", {"total": Decimal("12.34"), "due": date(2026, 3, 9)}, state="draft", lines=lines
    )

    found = world.one("order", made.id)

    assert (found.state, found.values["total"], found.values["due"]) == (
        "draft",
        Decimal("12.34"),
        date(2026, 3, 9),
    )
    assert [(line.line_no, line.values["item"], line.values["qty"]) for line in found.lines["lines"]] == [
        (1, "b", Decimal("1.500")),
        (2, "a", Decimal("2.000")),
    ]
    assert {line.parent_id for line in found.lines["lines"]} == {made.id}


def test_lines_are_kept_changed_added_and_removed(world: World) -> None:
    made = world.add("order", {}, lines={"lines": [{"item": "a"}, {"item": "b"}, {"item": "c"}]})
    before = world.one("order", made.id)
    first, second, _third = before.lines["lines"]
    fourth = first.but(
        id=next(world.ids), values={"item": "d", "qty": None, "amount": None}, line_no=3, version=0
    )
    changed = second.with_values({"qty": Decimal("5.000")})

    world.change(before, lines={"lines": (first, changed, fourth)})

    found = world.one("order", made.id).lines["lines"]
    assert [(line.values["item"], line.values["qty"]) for line in found] == [
        ("a", None),
        ("b", Decimal("5.000")),
        ("d", None),
    ]
    assert [line.version for line in found] == [1, 2, 1], "a line that stayed the same was not written"


def test_a_unique_key_is_taken_whatever_its_case_and_width(world: World) -> None:
    world.add("customer", {"code": "Ａb1", "name": "one"})

    with pytest.raises(DuplicateError) as caught:
        world.add("customer", {"code": " aB1 ", "name": "two"})

    assert world.maps.unique_fields(caught.value.entity_id or 0, caught.value.slot or "") == ("code",)


def test_archiving_frees_the_key_and_restoring_takes_it_again(world: World) -> None:
    first = world.add("customer", {"code": "K", "name": "one"})
    archived = world.change(first, archived_at=NOW)
    world.add("customer", {"code": "K", "name": "two"})

    with pytest.raises(DuplicateError):
        world.change(archived, archived_at=None)


def test_a_void_document_frees_its_number(world: World) -> None:
    first = world.add("order", {"number": "SO1"}, state="draft")
    world.change(first, state="voided")

    world.add("order", {"number": "SO1"}, state="draft")


def test_two_records_can_swap_their_keys(world: World) -> None:
    a = world.add("customer", {"code": "A", "name": "a"})
    b = world.add("customer", {"code": "B", "name": "b"})

    world.write(
        RecordChange(a, a.but(values={**a.values, "code": "B"}, version=2)),
        RecordChange(b, b.but(values={**b.values, "code": "A"}, version=2)),
    )

    found = world.get("customer", [a.id, b.id])
    assert (found[a.id].values["code"], found[b.id].values["code"]) == ("B", "A")


def test_a_compound_key_holds_within_its_document(world: World) -> None:
    world.add("order", {"number": "1"}, lines={"lines": [{"item": "a"}]})
    world.add("order", {"number": "2"}, lines={"lines": [{"item": "a"}]})

    with pytest.raises(DuplicateError):
        world.add("order", {"number": "3"}, lines={"lines": [{"item": "a"}, {"item": "A"}]})


def test_lock_tells_the_versions_of_what_is_there(world: World) -> None:
    one = world.change(world.add("customer", {"code": "1", "name": "n"}), values={"name": "m"})
    order = world.add("order", {})
    refs = [Ref("order", order.id), Ref("customer", one.id), Ref("customer", 999_999)]

    with world.database.write() as conn:
        found = records.lock(conn, world.maps, world.ws, refs)

    assert found == {Ref("order", order.id): 1, Ref("customer", one.id): 2}


def test_a_row_that_moved_is_never_overwritten(world: World) -> None:
    one = world.add("customer", {"code": "1", "name": "n"})
    world.change(one, values={"name": "m"})

    with pytest.raises(RetryError):
        world.change(one, values={"name": "o"})


def test_a_removed_record_takes_its_lines_and_values_along(world: World) -> None:
    order = world.add("order", {}, lines={"lines": [{"item": "a"}]})
    customer = world.add("customer", {"code": "1", "name": "n", "tags": ("x",)})

    world.write(RecordChange(world.one("order", order.id), None), RecordChange(customer, None))

    assert world.get("order", [order.id]) == {}
    assert world.get("order_line", [line.id for line in order.lines["lines"]]) == {}
    with world.database.snapshot() as conn:
        assert (
            conn.execute(select(func.count()).select_from(multi).where(multi.c.ws == world.ws)).scalar() == 0
        )


def test_tags_follow_their_record(world: World) -> None:
    one = world.add("customer", {"code": "1", "name": "n", "tags": ("x", "y")})
    world.change(one, values={"tags": ("y", "z")})

    with world.database.snapshot() as conn:
        found = (
            conn.execute(select(multi.c.value).where(multi.c.ws == world.ws).order_by(multi.c.value))
            .scalars()
            .all()
        )
    assert found == ["y", "z"]


def test_every_stay_in_a_state_is_kept(world: World) -> None:
    order = world.add("order", {}, state="draft")
    world.change(order, state="approved")

    with world.database.snapshot() as conn:
        spans = conn.execute(
            select(state_span.c.state, state_span.c.left_at)
            .where(state_span.c.ws == world.ws)
            .order_by(state_span.c.entered_cmd)
        ).all()
    assert [tuple(span) for span in spans] == [("s1", NOW), ("s2", None)]


def test_lines_are_archived_with_their_document(world: World) -> None:
    order = world.add("order", {}, lines={"lines": [{"item": "a"}]})
    before = world.one("order", order.id)
    world.change(before, archived_at=NOW)

    assert world.one("order", order.id).lines["lines"][0].archived_at == NOW


def test_a_field_that_moves_is_written_in_both_places(world: World) -> None:
    customer = world.maps.entity("customer")
    name = customer.places["name"]
    moving = replace(
        customer,
        shadows={"name": replace(name, slot="t19"), "remark": replace(customer.places["remark"], slot="t18")},
    )
    world.maps = replace(world.maps, entities={**world.maps.entities, "customer": moving})
    one = world.add("customer", {"code": "1", "name": "n", "remark": "r"})
    world.change(one, values={"name": "m"})

    table = customer.table
    with world.database.snapshot() as conn:
        row = conn.execute(
            select(table.c[name.slot or ""], table.c.t19, table.c.t18).where(table.c.id == one.id)
        ).one()
    assert tuple(row) == ("m", "m", "r")


def test_a_key_may_be_about_some_records_only(world: World) -> None:
    order = world.package.entities[1]
    constraint = Constraint(
        "order.due_once", "due_once", "twice", unique=("due",), when="total != None and total > 0"
    )
    world.package = replace(
        world.package,
        entities=(
            world.package.entities[0],
            replace(order, constraints=(constraint,)),
            world.package.entities[2],
        ),
    )
    key = UniqueKey("u1", "unique:order.due_once", ("due",), constraint.when)
    entity = world.maps.entity("order")
    world.maps = replace(
        world.maps, entities={**world.maps.entities, "order": replace(entity, unique=(*entity.unique, key))}
    )
    day = date(2026, 3, 9)
    world.add("order", {"due": day, "total": Decimal("0.00")})
    world.add("order", {"due": day, "total": Decimal("1.00")})
    world.add("order", {"due": day, "total": None})

    with pytest.raises(DuplicateError):
        world.add("order", {"due": day, "total": Decimal("2.00")})


def test_who_waits_for_a_lock_sees_what_the_first_one_wrote(world: World) -> None:
    one = world.add("customer", {"code": "1", "name": "n"})
    ref = Ref("customer", one.id)

    def second() -> int:
        with world.database.write() as conn:
            return records.lock(conn, world.maps, world.ws, [ref])[ref]

    with ThreadPoolExecutor(1) as pool:
        with world.database.write() as conn:
            assert records.lock(conn, world.maps, world.ws, [ref]) == {ref: 1}
            waiting = pool.submit(second)
            change = RecordChange(one, one.but(version=2))
            records.write(conn, world.maps, world.package, world.ws, [change], cmd=1, now=NOW, actor_id=7)
        assert waiting.result(timeout=10) == 2
