"""Filters: one small language with yes-or-no answers, whatever is missing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from builder.errors import InvalidError
from builder.metadata.filter import (
    DEEPEST,
    MANY,
    conjuncts,
    filter_of,
    matches,
    paths_of,
    read_filter,
    resolve,
    settled,
)
from builder.metadata.periods import bounds

TODAY = date(2026, 3, 2)
VALUES: dict[str, Any] = {
    "state": "open",
    "total": Decimal("12.50"),
    "zero": Decimal(0),
    "day": TODAY,
    "at": datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    "done": False,
    "reader": 42,
    "reader.level": "A",
    "tags": ("red", "blue"),
    "nothing": None,
    "blank": "",
    "none_of_many": (),
    "name": "Grünkohl",
}

TRUE: list[tuple[str, str, Any]] = [
    ("state", "=", "open"),
    ("state", "!=", "closed"),
    ("total", "=", "12.5"),
    ("total", ">", "12.49"),
    ("total", ">=", "12.50"),
    ("total", "<", 13),
    ("total", "<=", Decimal("12.5")),
    ("total", "between", ["12", "13"]),
    ("total", "between", [None, "13"]),
    ("total", "between", ["12.50", None]),
    ("zero", "=", "0.00"),
    ("zero", "not_empty", None),
    ("day", "=", "2026-03-02"),
    ("day", "<", "2026-03-03"),
    ("at", "<=", "2026-03-02"),
    ("at", "=", "2026-03-02"),
    ("at", "between", ["2026-03-02", "2026-03-02"]),
    ("at", "<", "2026-03-02T09:31:00+00:00"),
    ("done", "=", False),
    ("done", "!=", True),
    ("reader", "=", "42"),
    ("reader", "in", [1, 42]),
    ("reader.level", "in", ["A", "B"]),
    ("reader.level", "not_in", ["C"]),
    ("tags", "=", "red"),
    ("tags", "contains", "blue"),
    ("tags", "in", ["green", "red"]),
    ("tags", "=", ["blue", "red"]),
    ("tags", "not_in", ["green"]),
    ("name", "contains", "KOHL"),
    ("name", "starts_with", "grün"),
    ("nothing", "is_empty", None),
    ("blank", "is_empty", None),
    ("none_of_many", "is_empty", None),
    ("nothing", "=", None),
    ("state", "!=", None),
    ("nothing", "!=", "x"),
    ("nothing", "not_in", ["x"]),
    ("missing.altogether", "is_empty", None),
]
FALSE: list[tuple[str, str, Any]] = [
    ("state", "=", "OPEN"),
    ("state", "in", []),
    ("total", "=", "12.51"),
    ("total", "=", "twelve"),
    ("total", "<", "NaN"),
    ("total", "<", None),
    ("total", "between", [None, None]),
    ("nothing", "<", "5"),
    ("nothing", "between", ["1", "2"]),
    ("nothing", ">=", "0"),
    ("nothing", "=", "x"),
    ("nothing", "contains", ""),
    ("done", "=", 0),
    ("zero", "=", False),
    ("day", ">", "2026-03-02"),
    ("day", "=", "yesterday"),
    ("at", ">", "2026-03-02"),
    ("tags", "!=", "red"),
    ("tags", "<", "z"),
    ("tags", "contains", ""),
    ("total", "contains", "12"),
    ("state", "starts_with", "pen"),
    ("state", "is_empty", None),
    ("day", "=", {"today": 0}),
    ("day", "!=", {"today": 0}),
    ("day", "within", "today"),
]


@pytest.mark.parametrize(("field", "op", "value"), TRUE)
def test_what_holds(field: str, op: str, value: Any) -> None:
    assert matches({"field": field, "op": op, "value": value}, VALUES)
    assert not matches({"not": {"field": field, "op": op, "value": value}}, VALUES)


@pytest.mark.parametrize(("field", "op", "value"), FALSE)
def test_what_does_not_hold(field: str, op: str, value: Any) -> None:
    assert not matches({"field": field, "op": op, "value": value}, VALUES)


def test_joining() -> None:
    yes, no = {"field": "state", "op": "=", "value": "open"}, {"field": "state", "op": "=", "value": "x"}
    assert matches({}, VALUES)
    assert matches({"and": []}, VALUES)
    assert not matches({"or": []}, VALUES)
    assert matches({"or": [no, yes]}, VALUES)
    assert not matches({"and": [yes, no]}, VALUES)
    assert matches({"and": [yes, {"not": {"or": [no, no]}}]}, VALUES)


def test_what_must_all_hold_is_taken_apart() -> None:
    one, two = {"field": "state", "op": "=", "value": "open"}, {"field": "done", "op": "is_empty"}
    either = {"or": [one, two]}
    assert conjuncts({"and": [one, {"and": [two, either]}]}) == [one, two, either]
    assert conjuncts(two) == [two]
    assert conjuncts({}) == conjuncts(None) == []


def test_paths_are_all_that_is_read() -> None:
    where = {
        "and": [{"field": "a", "op": "is_empty"}, {"not": {"or": [{"field": "b.c", "op": "=", "value": 1}]}}]
    }
    assert paths_of(where) == {"a", "b.c"}
    assert paths_of({}) == frozenset()


WRONG: list[tuple[Any, str, str]] = [
    ("x", "FILTER_SHAPE", "/f"),
    (None, "FILTER_SHAPE", "/f"),
    ({"and": {}}, "FILTER_SHAPE", "/f/and"),
    ({"and": [], "or": []}, "FILTER_SHAPE", "/f"),
    ({"and": [3]}, "FILTER_SHAPE", "/f/and/0"),
    ({"op": "=", "value": 1}, "FILTER_SHAPE", "/f/field"),
    ({"field": "a", "op": "like", "value": "x"}, "FILTER_OPERATOR", "/f/op"),
    ({"field": "a"}, "FILTER_OPERATOR", "/f/op"),
    ({"or": [{"field": "a", "op": "in", "value": "x"}]}, "FILTER_VALUE", "/f/or/0/value"),
    ({"field": "a", "op": "between", "value": [1]}, "FILTER_VALUE", "/f/value"),
    ({"field": "a", "op": "within", "value": "some_day"}, "FILTER_VALUE", "/f/value"),
    ({"field": "a", "op": "=", "value": {"x": 1, "y": 2}}, "FILTER_VALUE", "/f/value"),
    ({"field": "a", "op": "=", "value": {"env": "HOME"}}, "FILTER_VALUE", "/f/value"),
    ({"field": "a", "op": "=", "vlaue": 1}, "FILTER_PROPERTY", "/f/vlaue"),
    ({"and": [{"field": "a", "op": "is_empty"}] * (MANY + 1)}, "FILTER_MANY", "/f/and"),
]


@pytest.mark.parametrize(("where", "code", "path"), WRONG)
def test_what_is_no_filter_is_said_with_its_place(where: Any, code: str, path: str) -> None:
    found, problems = read_filter(where, "/f")
    assert found is None
    assert (code, path) in {(p.code, p.path) for p in problems}


def test_depth_is_bounded_and_everything_wrong_is_said_at_once() -> None:
    deep: Any = {"field": "a", "op": "is_empty"}
    for _ in range(DEEPEST + 1):
        deep = {"not": deep}
    with pytest.raises(InvalidError) as caught:
        filter_of(deep)
    assert [p.code for p in caught.value.problems] == ["FILTER_DEPTH"]
    _, problems = read_filter({"and": [{"field": "", "op": "~"}, 1]})
    assert len(problems) == 3


def _said(value: Any, op: str = "=") -> dict[str, Any]:
    return resolve({"field": "day", "op": op, "value": value}, today=TODAY, user_id=7, org_units=(3, 4))


def test_relative_dates_and_the_actor_are_filled_in() -> None:
    assert matches(_said({"today": 0}), VALUES)
    assert matches(_said({"today": -30}, ">="), VALUES)
    assert _said({"actor": "id"})["value"] == 7
    assert _said({"actor": "org_units"}) == {"field": "day", "op": "in", "value": [3, 4]}
    assert _said({"actor": "org_units"}, "!=")["op"] == "not_in"
    assert _said([{"today": -1}, {"today": 1}], "between")["value"] == [date(2026, 3, 1), date(2026, 3, 3)]
    assert _said({"record": "x"})["value"] == {"record": "x"}
    nested = resolve({"not": {"or": [{"field": "day", "op": "within", "value": "today"}]}}, today=TODAY)
    assert not matches(nested, VALUES)
    assert resolve({}, today=TODAY) == {}


def test_settings_are_filled_in_where_they_are_known() -> None:
    where = {"or": [{"field": "day", "op": "in", "value": [{"setting": "first"}, {"setting": "none"}]}]}
    values = {"first": TODAY}
    (part,) = resolve(where, today=TODAY, setting=values.get)["or"]
    assert part["value"] == [TODAY, {"setting": "none"}]
    assert resolve(where, today=TODAY)["or"][0]["value"][0] == {"setting": "first"}


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("today", "2026-03-02", "2026-03-02"),
        ("yesterday", "2026-03-01", "2026-03-01"),
        ("this_week", "2026-03-02", "2026-03-08"),
        ("last_week", "2026-02-23", "2026-03-01"),
        ("this_month", "2026-03-01", "2026-03-31"),
        ("last_month", "2026-02-01", "2026-02-28"),
        ("next_month", "2026-04-01", "2026-04-30"),
        ("this_quarter", "2026-01-01", "2026-03-31"),
        ("last_quarter", "2025-10-01", "2025-12-31"),
        ("this_year", "2026-01-01", "2026-12-31"),
        ("last_year", "2025-01-01", "2025-12-31"),
        ("last_7_days", "2026-02-24", "2026-03-02"),
        ("last_30_days", "2026-02-01", "2026-03-02"),
        ("next_7_days", "2026-03-02", "2026-03-08"),
    ],
)
def test_periods_have_a_first_and_a_last_day(period: str, first: str, last: str) -> None:
    assert bounds(period, TODAY) == (date.fromisoformat(first), date.fromisoformat(last))
    said = _said(period, "within")
    assert (said["op"], said["value"]) == ("between", [date.fromisoformat(first), date.fromisoformat(last)])


def test_a_period_that_nobody_knows_is_none() -> None:
    assert bounds("some_day", TODAY) is None


@pytest.mark.parametrize(
    ("where", "is_settled"),
    [
        ({}, True),
        ({"field": "status", "op": "=", "value": "active"}, True),
        (
            {"or": [{"field": "a", "op": "is_empty"}, {"not": {"field": "b", "op": "in", "value": [1, 2]}}]},
            True,
        ),
        ({"field": "day", "op": "<", "value": {"today": 3}}, False),
        ({"field": "day", "op": "within", "value": "this_month"}, False),
        ({"and": [{"field": "a", "op": "in", "value": [{"record": "b"}, "c"]}]}, False),
        ({"field": "owner", "op": "=", "value": {"actor": "id"}}, False),
        ({"field": "a", "op": "no such"}, False),
    ],
)
def test_a_filter_with_nothing_to_fill_in_is_settled(where: dict[str, Any], is_settled: bool) -> None:
    assert (settled(where) is not None) is is_settled
