"""Queries: filters answer as they do in memory, pages meet without gap or overlap, counts are capped, scopes and archives hide."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from builder.errors import InvalidError
from builder.metadata.filter import matches
from builder.record import Record
from builder.runtime.reporting.buckets import bucketed
from builder.storage import query as queries
from builder.storage.database import Database
from builder.storage.groups import Grouping
from builder.storage.query import FilterContext, Page, Query
from tests.folding import figure as figure_over
from tests.storage.world import NOW, TODAY, World

FILTERS = FilterContext(today=TODAY, user_id=7, org_units=(4, 5))


@pytest.fixture
def world(shared_database: Database) -> World:
    return World(shared_database)


def ask(world: World, entity: str, **more: Any) -> Page:
    with world.database.snapshot() as conn:
        return queries.page(conn, world.maps, world.package, world.ws, Query(entity, **more), FILTERS)


def find(world: World, entity: str, where: Mapping[str, Any] | None, **more: Any) -> tuple[Record, ...]:
    with world.database.snapshot() as conn:
        return queries.find(conn, world.maps, world.package, world.ws, entity, where, FILTERS, **more)


def figure(
    world: World, op: str, field: str, where: Mapping[str, Any] | None = None, entity: str = "order"
) -> Decimal | None:
    with world.database.snapshot() as conn:
        return queries.aggregate(conn, world.maps, world.package, world.ws, entity, op, field, where, FILTERS)


def is_(field: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


PEOPLE: Sequence[Mapping[str, Any]] = (
    {"code": "A1", "name": "Alpha", "level": "A", "active": True, "tags": ("new", "big")},
    {
        "code": "a2",
        "name": "alphabet",
        "level": "B",
        "active": False,
        "met_at": datetime(2026, 3, 2, 23, tzinfo=UTC),
    },
    {
        "code": "B1",
        "name": "五常大米",
        "level": None,
        "active": None,
        "met_at": datetime(2026, 3, 3, 0, tzinfo=UTC),
    },
    {"code": "B2", "name": "100%_pure", "secret": "x", "tags": ("big",), "remark": "long text"},
)
CONDITIONS: Sequence[Mapping[str, Any]] = (
    is_("level", "=", "A"),
    is_("level", "!=", "A"),
    is_("level", "in", ["A", "B"]),
    is_("level", "not_in", ["A"]),
    is_("level", "in", []),
    is_("level", "in", ["A", None]),
    is_("level", "is_empty"),
    is_("level", "not_empty"),
    is_("level", "=", None),
    is_("name", "contains", "ALPHA"),
    is_("name", "contains", "%_"),
    is_("name", "contains", "大米"),
    is_("name", "starts_with", "alpha"),
    is_("name", "starts_with", "五常"),
    is_("name", "starts_with", "100"),
    is_("name", ">", "B"),
    is_("code", "between", ["A1", "B1"]),
    is_("active", "=", True),
    is_("active", "!=", True),
    is_("active", "in", [False]),
    is_("active", "=", "true"),
    is_("met_at", "=", "2026-03-02"),
    is_("met_at", "<=", "2026-03-02"),
    is_("met_at", ">", "2026-03-02"),
    is_("met_at", "between", ["2026-03-03", None]),
    is_("met_at", ">=", "2026-03-02T23:00:00+00:00"),
    is_("met_at", "<", "nonsense"),
    is_("tags", "=", "big"),
    is_("tags", "contains", "new"),
    is_("tags", "!=", "big"),
    is_("tags", "in", ["new", "old"]),
    is_("tags", "not_in", ["new"]),
    is_("tags", "is_empty"),
    is_("tags", "=", ["big"]),
    is_("tags", "=", ["new", "big"]),
    is_("remark", "contains", "LONG"),
    is_("remark", "is_empty"),
    {"not": is_("level", "=", "A")},
    {"not": {"or": [is_("level", "=", "A"), is_("active", "=", False)]}},
    {"and": [is_("level", "!=", "B"), {"or": [is_("tags", "=", "big"), is_("name", "contains", "大")]}]},
    {"and": []},
    {"or": []},
    {},
)


@pytest.fixture
def people(world: World) -> World:
    for values in PEOPLE:
        blank = {"level": None, "active": None, "met_at": None, "tags": None, "secret": None, "remark": None}
        world.add("customer", {**blank, **values})
    return world


def test_filters_answer_as_they_do_in_memory(people: World) -> None:
    everybody = find(people, "customer", None)
    assert len(everybody) == len(PEOPLE)
    for where in CONDITIONS:
        expected = [str(r.values["code"]) for r in everybody if matches(where, r.values)]
        assert [r.values["code"] for r in find(people, "customer", where)] == expected, where
        listed = ask(people, "customer", where=where, sort=(("code", False),))
        assert [r.values["code"] for r in listed.items] == sorted(expected), where
        assert listed.count == len(expected), where


ORDERS: Sequence[tuple[str, str, str | None]] = (
    ("1", "10.00", "A1"),
    ("2", "20.50", "A1"),
    ("3", "-5.25", "B1"),
    ("4", "0.00", None),
)


@pytest.fixture
def orders(people: World) -> World:
    codes = {str(r.values["code"]): r.id for r in find(people, "customer", None)}
    for at, (number, total, code) in enumerate(ORDERS):
        people.add(
            "order",
            {
                "number": number,
                "total": Decimal(total),
                "customer": codes[code] if code else None,
                "due": TODAY + timedelta(days=at),
            },
            state="draft" if at < 2 else "approved",
            owner_id=7 if at % 2 else 0,
            org_unit_id=4 + at,
            business_date=TODAY - timedelta(days=at),
            lines={
                "lines": [
                    {"item": f"i{at}", "qty": Decimal(at), "amount": Decimal(total)},
                    {"item": "x", "qty": None},
                ]
            },
        )
    return people


def numbers(world: World, where: Mapping[str, Any], **more: Any) -> list[Any]:
    return [r.values["number"] for r in find(world, "order", where, **more)]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (is_("total", ">", "10.001"), ["2"]),
        (is_("total", ">=", "9.999"), ["1", "2"]),
        (is_("total", "<", "0.001"), ["3", "4"]),
        (is_("total", "=", "10"), ["1"]),
        (is_("total", "=", "10.001"), []),
        (is_("total", "!=", "10.001"), ["1", "2", "3", "4"]),
        (is_("total", ">", "99999999999999999999999"), []),
        (is_("total", "between", [Decimal("-6"), 0]), ["3", "4"]),
        (is_("state", "=", "approved"), ["3", "4"]),
        (is_("state", "in", ["draft"]), ["1", "2"]),
        (is_("state", "=", "nowhere"), []),
        (is_("owner", "=", {"actor": "id"}), ["2", "4"]),
        (is_("owner", "is_empty"), ["1", "3"]),
        (is_("owner", "!=", 7), ["1", "3"]),
        (is_("org_unit", "in", {"actor": "org_units"}), ["1", "2"]),
        (is_("due", "<=", {"today": 1}), ["1", "2"]),
        (is_("due", "within", "next_7_days"), ["1", "2", "3", "4"]),
        (is_("business_date", "within", "yesterday"), ["2"]),
        (is_("customer.level", "=", "A"), ["1", "2"]),
        (is_("customer.level", "!=", "A"), ["3", "4"]),
        (is_("customer_level", "=", "A"), ["1", "2"]),
        (is_("customer.tags", "=", "big"), ["1", "2"]),
        (is_("customer.name", "contains", "大米"), ["3"]),
        (is_("customer", "is_empty"), ["4"]),
        (is_("lines.item", "=", "i2"), ["3"]),
        (is_("lines.qty", ">=", 2), ["3", "4"]),
        (is_("lines.item", "!=", "x"), []),
        (is_("created_at", ">=", NOW.isoformat()), ["1", "2", "3", "4"]),
        (is_("created_at", "=", "2026-03-01"), []),
        (is_("id", "in", []), []),
        (is_("total", "=", {"parameter": "nobody"}), []),
    ],
)  # fmt: skip
def test_conditions_on_documents(orders: World, where: Mapping[str, Any], expected: list[str]) -> None:
    assert numbers(orders, where) == expected


def test_lines_are_found_by_their_header(orders: World) -> None:
    found = find(orders, "order_line", {"and": [is_("parent.state", "=", "draft"), is_("item", "!=", "x")]})
    assert [line.values["item"] for line in found] == ["i0", "i1"]
    assert len(find(orders, "order_line", is_("parent.customer.level", "=", "A"))) == 4


def test_a_field_that_is_none_is_unknown(world: World) -> None:
    with pytest.raises(InvalidError) as caught:
        find(world, "order", is_("nothing", "=", 1))
    assert caught.value.problems[0].code == "FIELD_UNKNOWN"


SORTS = (
    (),
    (("number", False),),
    (("total", True),),
    (("customer", False), ("total", True)),
    (("customer.name", True),),
    (("customer.level", False), ("due", False)),
    (("due", True),),
    (("business_date", False),),
    (("created_at", True),),
    (("state", True), ("number", False)),
)


@pytest.mark.parametrize("sort", SORTS)
def test_pages_meet_without_gap_or_overlap(orders: World, sort: tuple[tuple[str, bool], ...]) -> None:
    for number in range(5, 12):
        orders.add(
            "order",
            {"number": str(number), "total": Decimal(number % 3), "due": None, "customer": None},
            state="draft",
        )
    everything = ask(orders, "order", sort=sort, limit=500)
    for limit, where in itertools.product((1, 3, 4), (None, is_("state", "=", "draft"))):
        expected = [r.id for r in everything.items if where is None or r.state == "draft"]
        found: list[int] = []
        cursor = None
        while True:
            page = ask(orders, "order", sort=sort, where=where, limit=limit, cursor=cursor, count="none")
            found.extend(r.id for r in page.items)
            cursor = page.next
            if cursor is None:
                break
        assert found == expected, (limit, where)


def test_empty_values_come_last_in_both_directions(orders: World) -> None:
    for down in (False, True):
        listed = ask(orders, "order", sort=(("customer.name", down),)).items
        assert listed[-1].values["number"] == "4"


def test_a_cursor_of_another_order_or_none_at_all_is_refused(orders: World) -> None:
    cursor = ask(orders, "order", sort=(("number", False),), limit=1).next
    for text in (cursor, "nonsense", "e30"):
        with pytest.raises(InvalidError):
            ask(orders, "order", sort=(("total", False),), cursor=text)


def test_counts_are_capped_unless_they_are_asked_for(orders: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "CAP", 3)
    capped = ask(orders, "order")
    exact = ask(orders, "order", count="exact")
    none = ask(orders, "order", count="none")
    assert [(p.count, p.capped) for p in (capped, exact, none)] == [(3, True), (4, False), (None, False)]


@pytest.mark.parametrize("few", [0, 2000])
def test_either_index_may_drive(orders: World, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(queries, "FEW", few)
    for count in ("none", "capped"):
        page = ask(orders, "order", where=is_("state", "=", "approved"), sort=(("total", True),), count=count)
        assert [r.values["number"] for r in page.items] == ["4", "3"]


def test_a_scope_hides_from_list_and_count(orders: World) -> None:
    page = ask(orders, "order", scope=is_("org_unit", "in", [4]))
    assert ([r.values["number"] for r in page.items], page.count) == (["1"], 1)


def test_archived_records_are_apart(orders: World) -> None:
    first = orders.one("order", find(orders, "order", is_("number", "=", "1"))[0].id)
    orders.change(first, archived_at=NOW)
    assert numbers(orders, {}) == ["2", "3", "4"]
    assert [r.values["number"] for r in ask(orders, "order", archived=True).items] == ["1"]
    assert len(find(orders, "order_line", is_("item", "=", "x"))) == 3


def test_a_list_reads_the_values_of_paths_it_asks_for(orders: World) -> None:
    page = ask(
        orders,
        "order",
        sort=(("number", False),),
        fields=("number", "customer.name", "customer.remark", "customer_level"),
    )
    assert [(r.values["customer.name"], r.values["customer_level"]) for r in page.items] == [
        ("Alpha", "A"), ("Alpha", "A"), ("五常大米", None), (None, None),
    ]  # fmt: skip
    tags = ask(orders, "customer", sort=(("code", False),), fields=("tags", "remark")).items
    assert [(r.values["code"], r.values["tags"], r.values["remark"]) for r in tags] == [
        ("A1", ("new", "big"), None), ("B1", None, None), ("B2", ("big",), "long text"), ("a2", None, None),
    ]  # fmt: skip


def test_records_of_a_decision_are_left_out(orders: World) -> None:
    first = find(orders, "order", is_("number", "=", "1"))[0]
    assert numbers(orders, {}, exclude=(first.id,), sort=(("number", True),), limit=2) == ["4", "3"]


def test_figures_are_exact(orders: World) -> None:
    assert figure(orders, "count", "id") == 4
    assert figure(orders, "sum", "total") == Decimal("25.25")
    assert figure(orders, "min", "total") == Decimal("-5.25")
    assert figure(orders, "max", "total", is_("customer.level", "=", "A")) == Decimal("20.50")
    assert figure(orders, "avg", "total") == Decimal("25.25") / 4
    assert figure(orders, "sum", "total", is_("number", "=", "9")) is None
    assert figure(orders, "count", "id", is_("number", "=", "9")) == 0
    assert figure(orders, "sum", "qty", is_("parent.state", "=", "approved"), entity="order_line") == Decimal(
        "5.000"
    )
    with pytest.raises(InvalidError):
        figure(orders, "sum", "number")


def test_dates_are_compared_as_days(orders: World) -> None:
    assert numbers(orders, is_("due", "in", [date(2026, 3, 2), "2026-03-05", "nonsense"])) == ["1", "4"]


def test_long_lists_of_the_engine_are_one_value(people: World) -> None:
    wanted = ["A1", *(f"none{n}" for n in range(5000))]
    assert len(find(people, "customer", is_("code", "in", wanted))) == 1


@pytest.mark.parametrize(
    "keys",
    [
        (("state", None),),
        (("customer.level", None), ("state", None)),
        (("business_date", "month"),),
        (("due", "day"), ("customer", None)),
        (("created_at", "year"),),
        (("customer.met_at", "month"),),
        ((("total"), None),),
        (),
    ],
)
def test_groups_are_those_that_rows_fold_to(orders: World, keys: tuple[tuple[str, str | None], ...]) -> None:
    figures = (("count", "total"), ("sum", "total"), ("min", "total"), ("max", "total"), ("avg", "total"))
    paths = {path for path, _ in keys} - {"state", "business_date", "created_at", "due", "customer", "total"}
    with orders.database.snapshot() as conn:
        made = queries.grouped(
            conn,
            orders.maps,
            orders.package,
            orders.ws,
            "order",
            Grouping(keys, figures),
            is_("number", "!=", "9"),
            FILTERS,
        )
        rows = queries.page(
            conn, orders.maps, orders.package, orders.ws, Query("order", fields=tuple(paths)), FILTERS
        ).items
    expected: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        values = {
            **row.values,
            "state": row.state,
            "business_date": row.business_date,
            "created_at": row.created_at,
        }
        expected.setdefault(tuple(bucketed(values[path], period) for path, period in keys), []).append(
            values["total"]
        )
    assert made is not None
    assert {g.keys: g.figures for g in made} == {
        key: tuple(figure_over(op, totals) for op, _ in figures) for key, totals in expected.items()
    }


def test_what_is_worked_out_on_demand_is_not_grouped_here(orders: World) -> None:
    with orders.database.snapshot() as conn:
        for keys, figures in (
            ((("lines.item", None),), ()),
            ((("nothing", None),), ()),
            ((), (("sum", "number"),)),
        ):
            asked = Grouping(keys, figures)
            assert (
                queries.grouped(conn, orders.maps, orders.package, orders.ws, "order", asked, None, FILTERS)
                is None
            )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("total", "1e999999"), ("total", "-1e999"), ("total", "NaN"), ("total", [1, [2]]), ("total", {"a": 1, "b": 2}),
        ("number", "a\0b"), ("number", "\ud800"), ("customer", "1" * 5000), ("customer", 1 << 70), ("due", "9999-12-31"),
        ("created_at", "9999-12-31"), ("created_at", "x"), ("state", 5), ("customer.level", ["A"]), ("customer.active", 1),
    ],
)  # fmt: skip
def test_no_value_is_too_strange_to_be_compared(orders: World, field: str, value: Any) -> None:
    for op in ("=", "!=", "<", "<=", ">", ">=", "contains", "starts_with"):
        assert isinstance(find(orders, "order", is_(field, op, value)), tuple), op
    for op in ("in", "not_in"):
        assert isinstance(find(orders, "order", is_(field, op, [value, value])), tuple)
    assert isinstance(find(orders, "order", is_(field, "between", [value, None])), tuple)


@pytest.mark.parametrize(
    "where",
    [is_("total", "in", "abc"), is_("total", "between", [1]), is_("total", "between", 5), {"and": 5}, {"or": [5]}, {"field": 5}, is_("total", "like")],
)  # fmt: skip
def test_a_filter_that_is_none_is_refused(world: World, where: Any) -> None:
    with pytest.raises(InvalidError):
        find(world, "order", where)
