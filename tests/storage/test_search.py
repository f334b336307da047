"""Search: two characters are enough, pinyin and initials too, and a field that somebody may not read finds nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from builder.changes import RecordChange
from builder.storage import query as queries
from builder.storage import search
from builder.storage.database import Database
from builder.storage.query import FilterContext, Query
from builder.storage.reindexing import reindex
from builder.storage.tables.records import search as words
from builder.storage.tokens import asked_of, normal, tokens_of
from tests.storage.world import TODAY, World, slot_map

OPEN = ("code", "name")
FILTERS = FilterContext(today=TODAY)


@pytest.fixture
def world(shared_database: Database) -> World:
    made = World(shared_database)
    made.add("customer", {"code": "SKU-100", "name": "五常大米 5kg", "secret": "毛利高"})
    made.add("customer", {"code": "SKU-200", "name": "重庆火锅底料"})
    made.add("customer", {"code": "SKU-300", "name": "Basmati Rice"})
    made.add("customer", {"code": "X", "name": "冷榨亚麻籽油500ml"})
    return made


def found(world: World, q: str, fields: tuple[str, ...] = OPEN, **more: object) -> list[str]:
    with world.database.snapshot() as conn:
        asked = Query("customer", q=q, search_fields=fields, sort=(("code", False),), **more)  # type: ignore[arg-type]
        page = queries.page(conn, world.maps, world.package, world.ws, asked, FILTERS)
    assert page.count == len(page.items) or page.next
    return [str(r.values["code"]) for r in page.items]


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("大米", ["SKU-100"]),
        ("米", ["SKU-100"]),
        ("亚麻籽", ["X"]),
        ("麻亚", []),
        ("dami", ["SKU-100"]),
        ("wcdm", ["SKU-100"]),
        ("chongqing", ["SKU-200"]),
        ("cqhg", ["SKU-200"]),
        ("RICE", ["SKU-300"]),
        ("bas", ["SKU-300"]),
        ("sku-1", ["SKU-100"]),
        ("sku", ["SKU-100", "SKU-200", "SKU-300"]),
        ("大米 sku", ["SKU-100"]),
        ("大米 200", []),
        ("５ＫＧ", ["SKU-100"]),
        ("500ml", ["X"]),
        ("???", []),
        ('" OR tokens:*', []),
    ],
)  # fmt: skip
def test_what_people_type_finds_what_they_mean(world: World, q: str, expected: list[str]) -> None:
    assert found(world, q) == expected


def test_a_hidden_field_finds_nothing(world: World) -> None:
    assert found(world, "毛利") == []
    assert found(world, "毛利", (*OPEN, "secret")) == ["SKU-100"]
    assert found(world, "大米", ()) == []


def test_another_workspace_is_not_found(world: World) -> None:
    other = World(world.database)
    other.add("customer", {"code": "O", "name": "大米"})
    assert found(world, "大米") == ["SKU-100"]
    assert found(other, "大米") == ["O"]


def test_words_follow_their_record(world: World) -> None:
    with world.database.snapshot() as conn:
        (rice,) = queries.find(
            conn,
            world.maps,
            world.package,
            world.ws,
            "customer",
            {"field": "code", "op": "=", "value": "SKU-100"},
            FILTERS,
        )
    changed = world.change(rice, values={"name": "小米", "secret": None})
    assert (found(world, "大米"), found(world, "小米")) == ([], ["SKU-100"])
    world.write(RecordChange(changed, None))
    assert found(world, "小米") == []


def test_search_filter_and_scope_work_together(world: World) -> None:
    scope = {"field": "code", "op": "!=", "value": "SKU-200"}
    assert found(world, "sku", scope=scope, where={"field": "name", "op": "contains", "value": "rice"}) == [
        "SKU-300"
    ]


def test_a_page_of_hits_goes_on(world: World) -> None:
    with world.database.snapshot() as conn:
        asked = Query("customer", q="sku", search_fields=OPEN, sort=(("code", False),), limit=2)
        first = queries.page(conn, world.maps, world.package, world.ws, asked, FILTERS)
        second = queries.page(
            conn, world.maps, world.package, world.ws, replace(asked, cursor=first.next), FILTERS
        )
    assert [r.values["code"] for r in (*first.items, *second.items)] == ["SKU-100", "SKU-200", "SKU-300"]


def test_every_beginning_of_a_word_is_found_by_its_tokens() -> None:
    text = normal("五常大米 Rice-500ML")
    held = set(tokens_of(7, 9, text, spoken=True))
    for q in (
        "r",
        "ri",
        "ric",
        "rice",
        "5",
        "50",
        "500m",
        "五",
        "常大",
        "w",
        "wu",
        "wuchang",
        "damirice"[:4],
    ):
        assert all(any(held >= set(way) for way in word.alternatives) for word in asked_of(7, 9, q)), q
    for elsewhere in ((8, 9), (7, 10)):
        assert not any(held >= set(way) for word in asked_of(*elsewhere, "rice") for way in word.alternatives)


@pytest.mark.parametrize("common", [1, 2000])
def test_common_words_are_found_like_rare_ones(
    world: World, monkeypatch: pytest.MonkeyPatch, common: int
) -> None:
    monkeypatch.setattr(search, "COMMON", common)
    for q in ("sku", "大米", "dami", "rice", "亚麻籽", "大米 sku", "大米 200"):
        assert found(world, q) == {
            "sku": ["SKU-100", "SKU-200", "SKU-300"],
            "rice": ["SKU-300"],
            "亚麻籽": ["X"],
            "大米 200": [],
        }.get(q, ["SKU-100"])


def test_a_field_that_becomes_searchable_is_found_in_old_records(world: World) -> None:
    customer = world.package.entities[0]
    fields = tuple(replace(f, searchable=f.key in {"remark", "name"}) for f in customer.fields)
    before = world.add("customer", {"code": "R", "name": "n", "remark": "周末送货"})
    world.package = replace(
        world.package, entities=(replace(customer, fields=fields), *world.package.entities[1:])
    )
    world.maps = slot_map(world.package)
    assert found(world, "送货", ("remark",)) == []
    at: int | None = 0
    while at is not None:
        with world.database.write() as conn:
            at = reindex(conn, world.maps, world.package, world.ws, "customer", after=at, limit=2)
    assert found(world, "送货", ("remark",)) == ["R"]
    assert before.values["code"] == "R"
    assert found(world, "dami", ("name",)) == ["SKU-100"]
    with world.database.snapshot() as conn:
        numbers = (
            conn.execute(select(words.c.field_no).where(words.c.ws == world.ws).distinct()).scalars().all()
        )
    assert sorted(numbers) == sorted(
        world.maps.entity("customer").places[key].field_no for key in ("name", "remark")
    )
