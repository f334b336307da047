"""Values: what each field type reads, refuses, keeps and shows; exact all the way, and the same after a round trip."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator, meta

from builder.errors import Problem
from builder.metadata.entity import Field, Option
from builder.metadata.field_types import FIELD_TYPES, FieldType
from builder.metadata.field_types.files import FILE_TYPES, FilesType
from builder.metadata.text import LOCALES

OPTIONS = (
    Option("o1", "red", {"zh-CN": "红", "en": "Red"}),
    Option("o2", "blue", {"zh-CN": "蓝", "en": "Blue"}),
)


def _field(type: str, **more: Any) -> tuple[FieldType, Field]:
    return FIELD_TYPES.get(type), Field(uid="f", key="f", type=type, label="F", options=OPTIONS, **more)


# type, properties, what comes in, the exact value, its JSON, its text
READ: list[tuple[str, dict[str, Any], Any, Any, Any, str]] = [
    ("text", {}, "  hello ", "hello", "hello", "hello"),
    ("text", {}, "   ", None, None, ""),
    ("text", {}, "中文 😀", "中文 😀", "中文 😀", "中文 😀"),
    ("text", {}, "\ufeffA\u200b1\u202e", "A1", "A1", "A1"),
    ("text", {}, "\u200b \u2060", None, None, ""),
    ("text", {}, "👩\u200d🌾", "👩\u200d🌾", "👩\u200d🌾", "👩\u200d🌾"),
    ("long_text", {}, "a\r\nb\n", "a\nb", "a\nb", "a\nb"),
    ("rich_text", {}, "<p>Hi <b>you</b></p>", "<p>Hi <b>you</b></p>", "<p>Hi <b>you</b></p>", "Hi  you"),
    ("integer", {}, "-7", Decimal(-7), "-7", "-7"),
    ("integer", {}, 7, Decimal(7), "7", "7"),
    ("decimal", {"scale": 3}, "1.5", Decimal("1.500"), "1.500", "1.500"),
    ("money", {}, "0.1", Decimal("0.10"), "0.10", "0.10"),
    ("money", {}, "+5", Decimal("5.00"), "5.00", "5.00"),
    ("quantity", {}, "2.1234", Decimal("2.1234"), "2.1234", "2.1234"),
    ("percent", {}, "12.5", Decimal("12.50"), "12.50", "12.50"),
    ("duration", {}, "1:30", Decimal(90), "90", "1:30"),
    ("duration", {}, "-0:05", Decimal(-5), "-5", "-0:05"),
    ("rating", {}, "5", Decimal(5), "5", "5"),
    ("boolean", {}, True, True, True, "是"),
    ("date", {}, "2024-02-29", date(2024, 2, 29), "2024-02-29", "2024-02-29"),
    ("datetime", {}, "2026-03-02T09:30:00+08:00", datetime(2026, 3, 2, 1, 30, tzinfo=UTC), "2026-03-02T01:30:00Z", "2026-03-02T01:30:00Z"),
    ("time", {}, "9:05", time(9, 5), "09:05:00", "09:05"),
    ("choice", {}, "red", "red", "red", "红"),
    ("multi_choice", {}, ["red", "blue", "red"], ("red", "blue"), ["red", "blue"], "红、蓝"),
    ("tags", {}, ["a", " b "], ("a", "b"), ["a", "b"], "a、b"),
    ("reference", {}, 42, 42, 42, "42"),
    ("multi_reference", {}, [3, 4], (3, 4), [3, 4], "3、4"),
    ("file", {}, [3, {"id": 4}, 3], (3, 4), [3, 4], ""),
    ("image", {"max_count": 1}, 3, (3,), [3], ""),
    ("signature", {}, [3], (3,), [3], ""),
    ("user", {}, 7, 7, 7, "7"),
    ("role", {}, "keeper", "keeper", "keeper", "keeper"),
    ("phone", {}, "０２１-5888 6600 转 12", "021-5888 6600 转 12", "021-5888 6600 转 12", "021-5888 6600 转 12"),
    ("email", {}, "li.hua@example.com", "li.hua@example.com", "li.hua@example.com", "li.hua@example.com"),
    ("url", {}, "https://example.com/a?b=1", "https://example.com/a?b=1", "https://example.com/a?b=1", "https://example.com/a?b=1"),
    ("barcode", {}, "6901234567892", "6901234567892", "6901234567892", "6901234567892"),
    ("barcode", {}, "６９０１２３４５６７８９２", "6901234567892", "6901234567892", "6901234567892"),
    ("region", {}, "上海 / 浦东", "上海/浦东", "上海/浦东", "上海/浦东"),
    ("location", {}, {"lat": "31.2", "lng": "121.5"}, {"lat": Decimal("31.200000"), "lng": Decimal("121.500000")}, {"lat": "31.200000", "lng": "121.500000"}, "31.200000, 121.500000"),
    ("color", {}, "#1A7F5A", "#1a7f5a", "#1a7f5a", "#1a7f5a"),
    ("json", {}, {"a": [1, "x", None]}, {"a": [1, "x", None]}, {"a": [1, "x", None]}, '{"a": [1, "x", null]}'),
]  # fmt: skip


@pytest.mark.parametrize(
    ("type", "more", "given", "value", "plain", "text"), READ, ids=[f"{r[0]}-{i}" for i, r in enumerate(READ)]
)
def test_a_value_is_read_exactly_and_comes_back_the_same(
    type: str, more: dict[str, Any], given: Any, value: Any, plain: Any, text: str
) -> None:
    kind, field = _field(type, **more)
    found = kind.parse(given, field)
    assert found == value
    assert kind.check(value, field) is None
    assert kind.to_json(value, field) == plain
    assert kind.to_text(value, field, "zh-CN") == text
    assert kind.decode(kind.encode(value, field), field) == value
    if plain is not None and type not in {"reference", "user", "multi_reference", *FILE_TYPES}:
        assert kind.parse(plain, field) == value
        assert Draft202012Validator(kind.json_schema(field)).is_valid(plain)


REFUSED: list[tuple[str, dict[str, Any], Any, str]] = [
    ("text", {}, 5, "VALUE_TEXT"),
    ("text", {}, "a\x00b", "VALUE_CONTROL"),
    ("text", {}, "a\nb", "VALUE_CONTROL"),
    ("text", {"max_length": 3}, "abcd", "VALUE_TOO_LONG"),
    ("rich_text", {}, "<script>alert(1)</script>", "VALUE_MARKUP"),
    ("rich_text", {}, '<p onclick="x()">a</p>', "VALUE_MARKUP"),
    ("rich_text", {}, '<a href="javascript:x">a</a>', "VALUE_MARKUP"),
    ("integer", {}, "1.5", "VALUE_SCALE"),
    ("integer", {}, True, "VALUE_NUMBER"),
    ("money", {}, 1.5, "VALUE_NUMBER"),
    ("money", {}, "1e5", "VALUE_NUMBER"),
    ("money", {}, "NaN", "VALUE_NUMBER"),
    ("money", {}, "1,000", "VALUE_NUMBER"),
    ("money", {}, "0.001", "VALUE_SCALE"),
    ("money", {}, "9" * 20, "VALUE_TOO_BIG"),
    ("rating", {}, "6", "VALUE_MAX"),
    ("rating", {}, "-1", "VALUE_MIN"),
    ("boolean", {}, "true", "VALUE_BOOLEAN"),
    ("boolean", {}, 1, "VALUE_BOOLEAN"),
    ("date", {}, "2026-13-45", "VALUE_DATE"),
    ("date", {}, "2026-02-29", "VALUE_DATE"),
    ("date", {}, "20260302", "VALUE_DATE"),
    ("date", {}, datetime(2026, 3, 2, tzinfo=UTC), "VALUE_DATE"),
    ("datetime", {}, "2026-03-02T09:30:00", "VALUE_DATETIME_OFFSET"),
    ("datetime", {}, "soon", "VALUE_DATETIME"),
    ("datetime", {}, "0001-01-01T00:00:00+14:00", "VALUE_DATETIME"),
    ("time", {}, "25:00", "VALUE_TIME"),
    ("choice", {}, "green", "VALUE_CHOICE"),
    ("choice", {}, ["red"], "VALUE_CHOICE"),
    ("multi_choice", {}, ["red", "green"], "VALUE_CHOICE"),
    ("multi_choice", {}, "red", "VALUE_LIST"),
    ("tags", {}, ["x" * 51], "VALUE_TOO_LONG"),
    ("tags", {}, ["x"] * 5000, "VALUE_TOO_MANY"),
    ("tags", {}, [1], "VALUE_TEXT"),
    ("reference", {}, {"code": 1}, "REFERENCE_UNKNOWN"),
    ("reference", {}, True, "REFERENCE_UNKNOWN"),
    ("file", {}, [True], "FILE_UNKNOWN"),
    ("image", {}, ["front.png"], "FILE_UNKNOWN"),
    ("signature", {}, {"name": "x"}, "FILE_UNKNOWN"),
    ("role", {}, "No Role", "VALUE_ROLE"),
    ("phone", {}, "call me", "VALUE_PHONE"),
    ("email", {}, "li.hua", "VALUE_EMAIL"),
    ("email", {}, "a@b..com", "VALUE_EMAIL"),
    ("url", {}, "javascript:alert(1)", "VALUE_URL"),
    ("url", {}, "https://user:pass@example.com", "VALUE_URL"),
    ("url", {}, "http://[", "VALUE_URL"),
    ("barcode", {}, "条码", "VALUE_BARCODE"),
    ("region", {}, "a//b", "VALUE_REGION"),
    ("location", {}, {"lat": "91", "lng": "0"}, "VALUE_LOCATION"),
    ("location", {}, [1, 2], "VALUE_LOCATION"),
    ("color", {}, "red", "VALUE_COLOR"),
    ("formula", {}, "5", "VALUE_COMPUTED"),
    ("created_at", {}, "2026-03-02", "VALUE_COMPUTED"),
]


@pytest.mark.parametrize(
    ("type", "more", "given", "code"), REFUSED, ids=[f"{r[0]}-{r[3]}-{i}" for i, r in enumerate(REFUSED)]
)
def test_what_is_no_value_is_refused(type: str, more: dict[str, Any], given: Any, code: str) -> None:
    kind, field = _field(type, **more)
    found = kind.parse(given, field)
    assert isinstance(found, Problem)
    assert found.code == code


LIMITS: list[tuple[str, dict[str, Any], Any, str]] = [
    ("money", {"min": "0"}, Decimal("-0.01"), "VALUE_MIN"),
    ("money", {"max": "10"}, Decimal("10.01"), "VALUE_MAX"),
    ("text", {"pattern": "[A-Z]{2}[0-9]+"}, "AB", "VALUE_PATTERN"),
    ("text", {"max_length": 2}, "abc", "VALUE_TOO_LONG"),
    ("choice", {}, "gone", "VALUE_CHOICE"),
    ("file", {}, tuple(range(1, 12)), "FILE_TOO_MANY"),
    ("image", {"max_count": 2}, (1, 2, 3), "FILE_TOO_MANY"),
    ("signature", {}, (1, 2), "FILE_TOO_MANY"),
]


@pytest.mark.parametrize(("type", "more", "value", "code"), LIMITS)
def test_limits_hold_wherever_a_value_comes_from(
    type: str, more: dict[str, Any], value: Any, code: str
) -> None:
    kind, field = _field(type, **more)
    problem = kind.check(value, field)
    assert problem is not None
    assert problem.code == code


CELLS: list[tuple[str, str, Any]] = [
    ("money", "￥1，234.50", Decimal("1234.50")),
    ("money", "（5.00）", Decimal("-5.00")),
    ("percent", "12.5%", Decimal("12.50")),
    ("date", "2026/3/2", date(2026, 3, 2)),
    ("date", "2026年3月2日", date(2026, 3, 2)),
    ("date", "20260302", date(2026, 3, 2)),
    ("boolean", "是", True),
    ("boolean", "No", False),
    ("choice", "蓝", "blue"),
    ("choice", "Red", "red"),
    ("multi_choice", "红、Blue", ("red", "blue")),
    ("tags", "a,b；c", ("a", "b", "c")),
    ("location", "31.2，121.5", {"lat": Decimal("31.200000"), "lng": Decimal("121.500000")}),
    ("json", '{"a": 1.10}', {"a": "1.10"}),
]


@pytest.mark.parametrize(("type", "text", "value"), CELLS)
def test_cells_are_read_as_people_write_them(type: str, text: str, value: Any) -> None:
    kind, field = _field(type)
    assert kind.from_text(text, field, "zh-CN") == value
    assert kind.from_text("  ", field, "zh-CN") is None


@pytest.mark.parametrize("type", FIELD_TYPES.names())
def test_every_type_has_words_an_icon_and_bears_no_value(type: str) -> None:
    kind, field = _field(type)
    assert set(kind.label) == set(LOCALES)
    assert kind.icon
    assert kind.parse(None, field) is None
    assert kind.parse("", field) is None
    assert kind.check(None, field) is None
    assert kind.to_text(None, field, "en") == ""
    assert kind.search_text(None, field) == ""
    assert kind.encode(None, field) is None
    assert kind.decode(None, field) is None
    assert meta.is_valid(kind.json_schema(field))


@given(st.integers(min_value=-(10**17), max_value=10**17), st.integers(min_value=0, max_value=12))
def test_numbers_of_every_scale_survive_storage_and_json(units: int, scale: int) -> None:
    kind, field = _field("decimal", scale=scale)
    value = kind.parse(format(Decimal(units).scaleb(-scale), "f"), field)
    assert isinstance(value, Decimal)
    assert kind.encode(value, field) == units
    assert kind.decode(units, field) == value
    assert kind.parse(kind.to_json(value, field), field) == value


@given(st.text(max_size=60))
def test_no_text_breaks_a_type_that_reads_text(text: str) -> None:
    for type in (
        "text",
        "long_text",
        "rich_text",
        "phone",
        "email",
        "url",
        "barcode",
        "region",
        "color",
        "role",
        "date",
        "datetime",
        "time",
        "money",
    ):
        kind, field = _field(type)
        found = kind.from_text(text, field, "en")
        if not isinstance(found, Problem) and found is not None:
            assert kind.decode(kind.encode(found, field), field) == found


TAKEN: list[tuple[str, dict[str, Any], str, int, str]] = [
    ("file", {}, "application/octet-stream", 10_000_000, ""),
    ("file", {"accept": ("pdf", "image")}, "image/webp", 1, ""),
    ("file", {"accept": ("pdf",)}, "image/png", 1, "FILE_KIND"),
    ("file", {"max_size": 5}, "text/plain", 6, "FILE_TOO_LARGE"),
    ("image", {}, "image/jpeg", 1, ""),
    ("image", {}, "image/svg+xml", 1, "FILE_KIND"),
    ("image", {}, "image/jpeg", 10_000_001, "FILE_TOO_LARGE"),
    ("signature", {}, "image/png", 500_000, ""),
    ("signature", {}, "image/jpeg", 1, "FILE_KIND"),
    ("signature", {}, "image/png", 500_001, "FILE_TOO_LARGE"),
]


@pytest.mark.parametrize(("type", "more", "mime", "size", "code"), TAKEN)
def test_a_field_takes_files_of_its_kinds_and_sizes(
    type: str, more: dict[str, Any], mime: str, size: int, code: str
) -> None:
    kind, field = _field(type, **more)
    assert isinstance(kind, FilesType)
    problem = kind.wrong(field, "a", mime, size)
    assert (problem.code if problem else "") == code
