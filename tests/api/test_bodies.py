"""Requests that cannot be what anybody meant: each is refused with words and a place, none is an error of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest

from builder.runtime.pages.frame import Frames
from builder.web.shell import Shell
from tests.api.caller import Api, paths, refused

GOODS = "/apps/shop/goods"
JSON = "application/json"
RECORD = '{"code": "B", "name": "b"'


def sent(api: Api, data: bytes | str, content_type: str = JSON, **options: Any) -> Any:
    return api.boss.post(GOODS, data=data, content_type=content_type, **options)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "JSON_BROKEN"),
        (b"{", "JSON_BROKEN"),
        (b'{"code": "A",}', "JSON_BROKEN"),
        (b"{'code': 'A'}", "JSON_BROKEN"),
        (b'{"code": "A"} x', "JSON_BROKEN"),
        (b"\xff\xfe{}", "JSON_BROKEN"),
        (b'{"code": "\xff"}', "JSON_BROKEN"),
        (b'{"price": NaN}', "JSON_NUMBER"),
        (b'{"price": Infinity}', "JSON_NUMBER"),
        (b'{"price": -Infinity}', "JSON_NUMBER"),
        (b'{"price": 1, "price": 2}', "JSON_TWICE"),
        (b'{"lines": [{"a": {"x": 1, "x": 2}}]}', "JSON_TWICE"),
        (b"[" * 100_000, "JSON_BROKEN"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "JSON_DEEP"),
        (b"[[[[1]]]]", "JSON_OBJECT"),
        (b"null", "JSON_OBJECT"),
        (b'"text"', "JSON_OBJECT"),
        (b"1", "JSON_OBJECT"),
        (b'{"name": "\\ud800"}', "JSON_BROKEN"),
        (b'{"lines": [{"\\uDFFF": 1}]}', "JSON_BROKEN"),
    ],
)
def test_a_body_that_is_no_object_of_json_is_refused(shared: Api, data: bytes, code: str) -> None:
    refused(sent(shared, data), 400, code)


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/html", ""],
)
def test_json_that_does_not_say_so_is_refused(shared: Api, content_type: str) -> None:
    refused(sent(shared, f"{RECORD}}}", content_type), 415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_body_beyond_the_limit_is_refused(shared: Api) -> None:
    most = shared.world.engine.settings.max_body
    refused(sent(shared, b'{"name": "' + b"a" * most + b'"}'), 413, "TOO_LARGE")


@pytest.mark.parametrize(
    "price",
    ["1.005", "abc", "", "1e400", "NaN", "1,5", "１２", "1_000", "0x10", "--1", "9" * 40, " ", "∞", "12.345"],
)
def test_a_text_that_is_no_amount_is_refused_at_its_place(shared: Api, price: str) -> None:
    answer = sent(shared, json.dumps({"code": "B", "price": price}))
    found = paths(refused(answer, 422))
    assert any(path == "/price" for path, _ in found) == (price != ""), found


@pytest.mark.parametrize(
    "number",
    [
        "1.005",
        "1e400",
        "1e30",
        "1e-30",
        "99999999999999999999",
        "-1e25",
        "true",
        "[]",
        "{}",
        "[1]",
        "9" * 5000,
    ],
)
def test_a_number_beyond_scale_or_size_is_refused_at_its_place(shared: Api, number: str) -> None:
    document = refused(sent(shared, f'{{"code": "B", "price": {number}}}'), 422)
    assert any(path == "/price" for path, _ in paths(document))


@pytest.mark.parametrize(
    "day",
    ["2026-02-30", "2026-13-45", "0000-01-01", "2025-02-29", "1/2/2026x", "today", "20260101T", 20260101, True,
     "2026-01-01T00:00:00", ["2026-01-01"], {"a": 1}],
)  # fmt: skip
def test_a_date_that_does_not_exist_is_refused_at_its_place(shared: Api, day: Any) -> None:
    document = refused(shared.boss.post(GOODS, {"code": "B", "made_on": day}), 422)
    assert any(path == "/made_on" for path, _ in paths(document)), document


@pytest.mark.parametrize("day", ["2026-02-30", "20260101", "2026-W01-1", "２０２６-01-01", 20260101])
def test_a_business_date_is_read_as_other_days_are_and_named(shared: Api, day: Any) -> None:
    document = refused(shared.boss.post("/apps/shop/order", {"business_date": day}), 422)
    [said] = [e["message"] for e in document["errors"] if e["path"] == "/business_date"]
    assert "业务日期" in said or "Business date" in said


@pytest.mark.parametrize("value", [1, 1.5, True, [], {}, ["x"], {"zh-CN": "x"}, "a\x00b", "x" * 1_000_000])
def test_a_value_that_is_no_text_is_refused_or_taken_as_text(shared: Api, value: Any) -> None:
    answer = shared.boss.post(GOODS, data=json.dumps({"name": value}), content_type=JSON)
    document = refused(answer, 422)
    assert any(path == "/code" for path, _ in paths(document))


@pytest.mark.parametrize(
    "value", ["x", 1, -1, 0, 1.5, True, [], {}, {"id": {"id": 1}}, "1' OR '1'='1", "0", 2**70, "z" * 5000]
)
def test_a_reference_to_nothing_is_refused_at_its_place(shared: Api, value: Any) -> None:
    body = json.dumps({"lines": [{"goods": value, "quantity": "1"}]})
    document = refused(shared.boss.post("/apps/shop/order", data=body, content_type=JSON), 422)
    assert any(path == "/lines/0/goods" for path, _ in paths(document)), document


def test_what_was_sent_instead_of_an_id_is_said_back(shared: Api) -> None:
    """A machine that names a record by its code learns that the id is wanted."""
    document = refused(
        shared.boss.post("/apps/shop/order", {"lines": [{"goods": "TD-9", "quantity": "1"}]}), 422
    )
    [problem] = [e for e in document["errors"] if e["path"] == "/lines/0/goods"]
    assert problem["code"] == "REFERENCE_NO_ID"
    assert "TD-9" in problem["message"]


@pytest.mark.parametrize("lines", ["x", 1, {}, [1], ["x"], [None], [[]], {"0": {}}, True])
def test_lines_that_are_none_are_refused_at_their_place(shared: Api, lines: Any) -> None:
    document = refused(shared.boss.post("/apps/shop/order", {"lines": lines}), 422)
    assert any(path.startswith("/lines") for path, _ in paths(document))


def test_everything_wrong_is_said_at_once_in_the_language_asked_for(shared: Api) -> None:
    body = {"price": "1.005", "made_on": "2026-02-30", "colour": "red", "nmae": "x"}
    document = refused(shared.boss.post(GOODS, body), 422, "INVALID")
    assert {path for path, _ in paths(document)} == {
        "/code",
        "/name",
        "/price",
        "/made_on",
        "/colour",
        "/nmae",
    }
    other = refused(shared.boss.post(GOODS, body, headers={"Accept-Language": "en"}), 422)
    assert all(error["message"] for error in other["errors"])


def test_a_field_that_does_not_exist_is_named_with_the_nearest(shared: Api) -> None:
    document = refused(shared.boss.post(GOODS, {"code": "A", "name": "a", "pric": "1"}), 422)
    error = next(e for e in document["errors"] if e["path"] == "/pric")
    assert (error["code"], error["params"]["nearest"]) == ("FIELD_UNKNOWN", "price")


SPOILT: tuple[Any, ...] = (None, 1, True, [], {}, [[]], [{"a": 1}], "x" * 5000, "\x00", "\ud800")
SHAPED: dict[str, dict[str, Any]] = {
    "/apps/shop/order/transitions/submit": {"ids": ["x"]},
    "/apps/shop/order/bulk": {"rows": [{}]},
    "/apps/shop/goods/lookup": {"resolve": ["x"]},
    "/apps/shop/order/conversions/deliver": {"ids": ["x"]},
    "/apps/shop/ledgers/stock/periods": {"through": "2026-01-01"},
    "/users": {"login": "x", "name": "x"},
    "/tokens": {},
    "/apps/shop/grants": {"user": "x", "role": "boss"},
    "/org-units": {"key": "x", "name": "x"},
    "/session": {"login": "x", "password": "y"},
}


@pytest.mark.parametrize("path", SHAPED)
@pytest.mark.parametrize(
    "spoil",
    [
        {"strange": 1},
        *[{"*": value} for value in SPOILT],
    ],
)
def test_a_shape_that_is_spoilt_is_refused(shared: Api, path: str, spoil: dict[str, Any]) -> None:
    whole = dict(SHAPED[path])
    for name in list(whole) if "*" in spoil else [""]:
        body = {**whole, name: spoil["*"]} if name else {**whole, **spoil}
        answer = shared.boss.post(path, data=json.dumps(body), content_type=JSON)
        refused(answer, answer.status_code)
        assert answer.status_code < 500, (body, answer.get_json())


@pytest.mark.parametrize("ids", ["x", 1, {}, [1], [None], [[]], True, ["x"], ["\x00"]])
def test_notices_that_are_none_are_refused(shared: Api, ids: Any) -> None:
    answer = shared.boss.post("/notifications/read", {"ids": ids})
    refused(answer, answer.status_code)
    assert answer.status_code in {404, 422}


def test_a_program_is_refused_without_the_frame_of_a_page(
    shared: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its menus take longer than most answers; the language is all that is wanted of it."""
    made: list[str] = []

    def framed(*_args: Any) -> Shell:
        made.append("frame")
        return Shell()

    monkeypatch.setattr(Frames, "_made", framed)
    for locale, title in (("zh-CN", "没有找到"), ("en", "Not found")):
        answer = shared.boss.get(f"{GOODS}/none", headers={"Cookie": f"zg_locale={locale}"})
        assert title in refused(answer, 404)["title"]
    assert made == []
    token = {"Authorization": f"Bearer {shared.boss.token}"}
    page = shared.app.test_client().get("/none", headers={**token, "Accept": "text/html"})
    assert (page.status_code, made) == (404, ["frame"])
