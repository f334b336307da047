"""Lists over HTTP: filter, text, order, pages, fields, what is expanded and counted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.api.caller import Api, Ready, paths, refused

GOODS = "/apps/shop/goods"
ROWS = [
    {"code": "A", "name": "东北大米", "price": "2.50", "weight": "1.000", "made_on": "2026-01-01"},
    {"code": "B", "name": "Rice oil", "price": "10", "weight": "2.000", "made_on": "2026-01-05"},
    {"code": "C", "name": "Salt", "price": "2.50", "made_on": "2025-12-31"},
    {"code": "D", "name": "50% off_", "made_on": "2026-01-04"},
    {"code": "E", "name": "'; DROP TABLE records; --"},
]


@pytest.fixture(scope="module")
def filled(ready: Ready, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A shop with five goods and two orders of the clerk."""
    folder: Path = tmp_path_factory.mktemp("lists")
    with ready.copy(folder) as api:
        ids = [api.boss.make(GOODS, row)["id"] for row in ROWS]
        for quantity in ("1", "2"):
            body = {"lines": [{"goods": ids[0], "quantity": quantity}], "remark": f"order {quantity}"}
            api.clerk.make("/apps/shop/order", body)
        yield api


def codes(api: Api, query: Mapping[str, Any], path: str = GOODS) -> list[str]:
    return [item["code"] for item in api.boss.read(path, {"sort": "code", **query})["items"]]


def where(field: str, op: str, value: Any = None) -> str:
    return json.dumps({"field": field, "op": op, "value": value})


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (where("code", "=", "A"), "A"),
        (where("price", "=", "2.5"), "AC"),
        (where("price", "=", 2.5), "AC"),
        (where("price", "!=", "2.50"), "BDE"),
        (where("price", ">", "2.50"), "B"),
        (where("price", "<=", "2.50"), "AC"),
        (where("price", "between", ["2.51", "10"]), "B"),
        (where("code", "in", ["A", "E", "Z"]), "AE"),
        (where("code", "in", []), ""),
        (where("code", "not_in", ["A", "B"]), "CDE"),
        (where("price", "is_empty"), "DE"),
        (where("weight", "not_empty"), "AB"),
        (where("name", "contains", "rice"), "B"),
        (where("name", "contains", "%"), "D"),
        (where("name", "contains", "_"), "D"),
        (where("name", "contains", "'"), "E"),
        (where("name", "starts_with", "东北"), "A"),
        (where("made_on", "=", {"today": 0}), "B"),
        (where("made_on", ">=", {"today": -1}), "BD"),
        (where("made_on", "within", "this_month"), "ABD"),
        (where("made_on", "<", "2026-01-01"), "C"),
        (json.dumps({"and": [json.loads(where("price", "=", "2.5")), json.loads(where("code", "=", "C"))]}), "C"),
        (json.dumps({"or": [json.loads(where("code", "=", "B")), json.loads(where("code", "=", "C"))]}), "BC"),
        (json.dumps({"not": json.loads(where("price", "=", "2.50"))}), "BDE"),
        (json.dumps({"or": []}), ""),
        (json.dumps({"and": []}), "ABCDE"),
        ("{}", "ABCDE"),
        (where("made_on", "=", "2026-02-30"), ""),
        (where("price", "=", "abc"), ""),
        (where("code", "=", "' OR '1'='1"), ""),
        (where("code", "=", "1) OR (1=1"), ""),
        (where("code", "=", True), ""),
        (where("code", "=", "\u0000"), ""),
        (where("price", "=", "NaN"), ""),
        (where("price", "=", "1e999"), ""),
        (where("price", ">", 10**30), ""),
        (where("id", "=", "x"), ""),
        (where("owner", "=", 10**30), ""),
        (where("version", "=", "x"), ""),
    ],
)  # fmt: skip
def test_a_filter_lists_what_passes_it(filled: Api, condition: str, found: str) -> None:
    assert codes(filled, {"filter": condition}) == list(found)


def test_a_filter_follows_references(filled: Api) -> None:
    condition = where("order_line.goods.code", "=", "A")
    refused(filled.boss.get("/apps/shop/order", {"filter": condition}), 422)
    condition = where("lines.goods.code", "=", "A")
    assert len(filled.boss.read("/apps/shop/order", {"filter": condition})["items"]) == 2
    condition = where("lines.quantity", ">", "1")
    assert [o["remark"] for o in filled.boss.read("/apps/shop/order", {"filter": condition})["items"]] == [
        "order 2"
    ]


def test_records_people_and_units_are_named_by_their_outside_ids(filled: Api) -> None:
    goods = filled.boss.read(GOODS, {"sort": "code"})["items"]
    order = filled.boss.read("/apps/shop/order")["items"][0]
    clerk, boss = filled.clerk.read("/me")["id"], filled.boss.read("/me")["id"]

    def found(condition: str) -> int:
        return len(filled.boss.read("/apps/shop/order", {"filter": condition})["items"])

    assert codes(filled, {"filter": where("id", "in", [goods[0]["id"], goods[2]["id"], "x"])}) == ["A", "C"]
    assert found(where("lines.goods", "=", goods[0]["id"])) == 2
    assert found(where("lines.goods", "=", goods[1]["id"])) == 0
    assert found(where("id", "!=", order["id"])) == 1
    assert found(where("owner", "=", clerk)) == 2
    assert found(where("owner", "=", boss)) == 0


@pytest.mark.parametrize(
    "condition",
    [
        "x", "{", "[]", "1", "false", '"code"', "{}}", '{"a": NaN}',
        '{"field": "code"}', '{"op": "="}', '{"field": 1, "op": "=", "value": 1}',
        '{"field": "code", "op": "regex", "value": "x"}',
        '{"field": "code", "op": "=", "value": "A", "extra": 1}',
        '{"field": "code", "op": "=", "value": {"$ne": null}}',
        '{"field": "code", "op": "=", "value": {"a": 1, "b": 2}}',
        '{"field": "code", "op": "in", "value": "A"}',
        '{"field": "code", "op": "between", "value": ["A"]}',
        '{"field": "made_on", "op": "within", "value": "yesteryear"}',
        '{"and": {}}', '{"and": "x"}', '{"and": [1]}', '{"and": [], "or": []}', '{"not": []}',
        json.dumps({"and": [{"field": "code", "op": "=", "value": "A"}] * 51}),
        json.dumps({"field": "code", "op": "in", "value": ["x"] * 1001}),
        '{"not":' * 12 + "{}" + "}" * 12,
        '{"not":' * 40 + "{}" + "}" * 40,
    ],
)  # fmt: skip
def test_a_filter_that_is_none_is_refused(filled: Api, condition: str) -> None:
    answer = filled.boss.get(GOODS, {"filter": condition})
    refused(answer, answer.status_code)
    assert answer.status_code in {400, 422}, answer.get_json()


UNKNOWN = [
    "colour", "name; drop table records", "a') = '1' OR 1=1 --", "name) union select password_hash from users --",
    "code.x", "owner.password_hash", "workspace", "ws_id", "", "code.", ".code", "lines", "__class__", "x" * 5000,
    "lines.goods.code.x", "price.scale", "\x00", "code\x00", "1", "goods.name",
]  # fmt: skip


@pytest.mark.parametrize("field", UNKNOWN)
def test_a_field_that_is_none_is_unknown_everywhere(filled: Api, field: str) -> None:
    answers = [filled.boss.get(GOODS, {"filter": where(field, "=", "A")})]
    if field:
        answers += [filled.boss.get(GOODS, {name: field}) for name in ("sort", "fields", "expand")]
    for answer in answers:
        refused(answer, 422)
    assert len(codes(filled, {})) == 5


@pytest.mark.parametrize(
    "text", ['"', "a OR", "NEAR(", "*", "& | !", "'", "\\", "%", "_", "((", "\x00", "😀", "-", ":"]
)
def test_a_search_is_taken_word_by_word(filled: Api, text: str) -> None:
    for path in (GOODS, f"{GOODS}/lookup"):
        assert filled.boss.get(path, {"q": text}).status_code == 200


def test_a_search_finds_words_names_and_pinyin(filled: Api) -> None:
    assert codes(filled, {"q": "rice"}) == ["B"]
    assert codes(filled, {"q": "大米"}) == ["A"]
    assert codes(filled, {"q": "dbdm"}) == ["A"]
    assert codes(filled, {"q": "nothing of the kind"}) == []


def test_the_order_is_asked_for_and_empty_values_have_a_place(filled: Api) -> None:
    def in_order(sort: str) -> str:
        return "".join(i["code"] for i in filled.boss.read(GOODS, {"sort": sort})["items"])

    assert in_order("-code") == "EDCBA"
    assert in_order("price,code").replace("DE", "") == "ACB"
    assert in_order("-price,-code").replace("ED", "") == "BCA"
    assert in_order("made_on,code").replace("E", "") == "CADB"


@pytest.mark.parametrize("sort", ["code", "-code", "price", "-price,code", "made_on", "-weight", "name"])
def test_pages_follow_one_another_without_gap_or_repeat(filled: Api, sort: str) -> None:
    whole = [i["id"] for i in filled.boss.read(GOODS, {"sort": sort})["items"]]
    found: list[str] = []
    cursor = None
    for _ in range(5):
        query = {"sort": sort, "limit": "2", **({"cursor": cursor} if cursor else {})}
        page = filled.boss.read(GOODS, query)
        found += [i["id"] for i in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == whole


@pytest.mark.parametrize(
    "cursor", ["x", "!!", "e30", "W10", "bnVsbA", "WzEsMiwzXQ", "x" * 5000, "²", "eyJhIjoxfQ"]
)
def test_a_cursor_that_is_none_is_refused(filled: Api, cursor: str) -> None:
    refused(filled.boss.get(GOODS, {"sort": "code", "cursor": cursor}), 422)
    refused(filled.boss.get("/apps/shop/ledgers/stock/entries", {"cursor": cursor}), 422)


def test_a_cursor_of_another_order_is_not_trusted(filled: Api) -> None:
    cursor = filled.boss.read(GOODS, {"sort": "price", "limit": "1"})["next"]
    answer = filled.boss.get(GOODS, {"sort": "-code,name", "cursor": cursor})
    assert answer.status_code in {200, 422}


@pytest.mark.parametrize("limit", ["0", "-1", "501", "x", "1.5", "²", "9" * 5000, "1e2", "+5"])
def test_a_limit_out_of_range_is_refused(filled: Api, limit: str) -> None:
    assert ("/limit", "LIMIT") in paths(refused(filled.boss.get(GOODS, {"limit": limit}), 422))
    assert ("/limit", "LIMIT") in paths(
        refused(filled.boss.get("/apps/shop/ledgers/stock/entries", {"limit": limit}), 422)
    )


def test_only_the_fields_asked_for_are_sent(filled: Api) -> None:
    item = filled.boss.read(GOODS, {"fields": "code,price", "sort": "code"})["items"][0]
    assert (item["code"], item["price"]) == ("A", "2.50")
    assert "name" not in item
    assert item["id"]


def test_references_are_expanded_beside_the_record(filled: Api) -> None:
    order = filled.boss.read("/apps/shop/order", {"sort": "remark", "expand": "lines.goods"})["items"][0]
    one = filled.boss.read(f"/apps/shop/order/{order['id']}", {"expand": "lines.goods"})
    goods = one["lines"][0]["goods"]
    assert one["_expand"]["lines.goods"][goods]["name"] == "东北大米"


def test_a_count_is_as_exact_as_asked_for(filled: Api) -> None:
    assert filled.boss.read(GOODS, {"count": "exact", "limit": "1"})["count"] == 5
    capped = filled.boss.read(GOODS, {"limit": "1"})
    assert (capped["count"], capped["capped"]) == (5, False)
    assert "count" not in filled.boss.read(GOODS, {"count": "none"})
    refused(filled.boss.get(GOODS, {"count": "all"}), 422)


def test_a_page_has_at_most_five_hundred(filled: Api) -> None:
    rows = [{"code": f"N{n}", "name": "many"} for n in range(510)]
    filled.boss.make(f"{GOODS}/bulk", {"rows": rows})
    page = filled.boss.read(GOODS, {"limit": "500", "filter": where("name", "=", "many")})
    assert len(page["items"]) == 500
    assert page["next"]


def test_a_lookup_finds_a_scan_first_and_texts_in_bulk(filled: Api) -> None:
    found = filled.boss.read(f"{GOODS}/lookup", {"q": "b"})["items"]
    assert found[0]["title"] == "Rice oil"
    answer = filled.boss.post(f"{GOODS}/lookup", {"resolve": ["A", "Salt", "nope", ""]}).get_json()
    assert [i and i["values"]["code"] for i in answer["items"]] == ["A", "C", None, None]
    for condition in ("x", "[]", "1", '{"field": "colour", "op": "=", "value": 1}'):
        answer = filled.boss.get(f"{GOODS}/lookup", {"filter": condition})
        refused(answer, answer.status_code)
