"""Small decisions of the pages: where to go on, how words stand in a sentence, what a list asks for."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from builder.metadata.entity import Entity, Field
from builder.metadata.form import View
from builder.metadata.ledger import Measure
from builder.runtime.pages import addresses
from builder.runtime.pages.amounts import measure_text
from builder.runtime.pages.lists import Asked, Shown, card_part, headline, trails
from builder.runtime.pages.site import safe_next
from builder.runtime.pages.words import Words, colour_of
from builder.web.locale import Messages, Texts

ORDER = Entity(
    "order",
    "order",
    "document",
    "Order",
    (Field("f.day", "day", "date", "Day"), Field("f.urgent", "urgent", "boolean", "Urgent")),
)


def words(locale: str) -> Words:
    return Words(Texts.load(), Messages.load(), locale, datetime(2026, 3, 5, tzinfo=UTC), UTC)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("/a/shop/order?q=1", "/a/shop/order?q=1"),
        ("", "/"),
        (None, "/"),
        ("https://elsewhere.example", "/"),
        ("//elsewhere.example", "/"),
        ("/\\elsewhere.example", "/"),
    ],
)
def test_signing_in_leads_only_to_our_own_pages(asked: str | None, found: str) -> None:
    assert safe_next(asked) == found


def test_labels_start_small_within_an_english_sentence() -> None:
    assert words("en").inside("Sales order") == "sales order"
    assert words("en").inside("VAT report") == "VAT report"
    assert words("zh-CN").inside("销售订单") == "销售订单"


def test_an_unknown_colour_is_gray() -> None:
    assert [colour_of(c) for c in ("grey", "teal", "blue", "chartreuse")] == ["gray", "cyan", "blue", "gray"]


def test_a_list_asks_for_everything_that_limits_it() -> None:
    view = View("v", "v", "order", "Orders", (), filter={"field": "state", "op": "=", "value": "open"})
    asked = Asked(view, quick={"day": "this_month", "urgent": "true", "gone": "x"})
    assert asked.filter(ORDER) == {
        "and": [
            {"field": "state", "op": "=", "value": "open"},
            {"field": "day", "op": "within", "value": "this_month"},
            {"field": "urgent", "op": "=", "value": True},
        ]
    }


def test_a_number_of_a_dashboard_replaces_the_views_own_filter() -> None:
    view = View("v", "v", "order", "Orders", (), filter={"field": "state", "op": "=", "value": "open"})
    counted = {"field": "state", "op": "=", "value": "late"}
    assert Asked(view, base=counted, base_label="Late").filter(ORDER) == counted
    assert Asked(view, base=None, base_label="All").filter(ORDER) is None


def test_pages_remember_the_way_back() -> None:
    first = trails(Asked(None), "second", 50)
    assert first == {"before": None, "after": {"cursor": "second", "trail": "0"}, "first": 1}
    second = trails(Asked(None, cursor="second", trail=("0",)), "third", 50)
    assert second["before"] == {"cursor": "", "trail": ""}
    assert second["after"] == {"cursor": "third", "trail": "0~second"}
    assert second["first"] == 51


def test_quantities_are_shown_without_idle_zeros_and_values_with_theirs() -> None:
    assert measure_text(Measure("q", "q", "Q", scale=4), Decimal("12.5000")) == "12.5"
    assert measure_text(Measure("q", "q", "Q", scale=4), Decimal("1200.0000")) == "1,200"
    assert measure_text(Measure("v", "v", "V", scale=2, kind="value"), Decimal("3")) == "3.00"


def test_a_lookup_takes_the_records_own_values_along() -> None:
    address = addresses.lookup("shop", "line", "unit", ("item", "parent.customer"))
    assert address == "/a/shop/lookup/line/unit?item={item}&parent.customer={parent.customer}"


def test_a_card_is_about_what_its_list_adds_up() -> None:
    """Change given, or what is left in advance, stands last in a list and is not what a receipt is about."""

    def column(key: str, type: str = "money") -> Shown:
        return Shown(key, key, ORDER, Field(f"f.{key}", key, type, key), True, "")

    columns = [column("total"), column("paid"), column("change")]
    assert headline(columns, ("total",)) == "total"
    assert headline(columns, ()) == "change"
    assert headline([column("count", "integer"), column("rate", "percent")], ()) == "rate"
    assert headline([], ()) is None


def test_a_day_on_a_card_says_what_it_is_unless_it_is_the_documents_own() -> None:
    def column(key: str, type: str) -> Shown:
        return Shown(key, key, ORDER, Field(f"f.{key}", key, type, key), False, "")

    columns = [column("number", "text"), column("business_date", "date"), column("expires_on", "date")]
    assert [card_part(c, i, None) for i, c in enumerate(columns)] == ["title", "date", ""]
