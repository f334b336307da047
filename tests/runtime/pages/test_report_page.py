"""The report page: what is asked, periods side by side, a group across, pages, and what is behind a cell."""

from __future__ import annotations

import html
import json
import re
from importlib.resources import files
from typing import Any, get_args

import pytest
from flask.testing import FlaskClient

from builder.ledger.state import EntryKind
from tests.runtime.pages.test_admin import signed_in
from tests.runtime.shop import shop_nodes
from tests.runtime.world import World

DAYS = [
    {"uid": "r.p.from", "key": "from_day", "label": "From", "default": "DATEADD(TODAY(), -6, 'days')"},
    {"uid": "r.p.to", "key": "to_day", "label": "To", "default": "TODAY()"},
]
SALES: dict[str, Any] = {
    "uid": "r.sales",
    "key": "sales",
    "label": {"zh-CN": "销售", "en": "Sales"},
    "entity": "order_line",
    "filter": {"field": "parent.business_date", "op": "between", "value": [{"parameter": "from_day"}, {"parameter": "to_day"}]},
    "parameters": DAYS,
    "compare": {"from": "from_day", "to": "to_day"},
    "columns": [
        {"uid": "r.c1", "field": "goods", "group": True},
        {"uid": "r.c2", "field": "amount", "op": "sum", "tones": [{"tone": "danger", "below": "9"}]},
        {"uid": "r.c3", "key": "lines", "field": "id", "op": "count", "label": "Lines"},
        {"uid": "r.c4", "key": "each", "label": "Each", "formula": "amount / lines", "type": "money"},
        {"uid": "r.c5", "key": "share", "label": "Share", "how": "share", "of": "amount"},
    ],
    "sort": [{"field": "amount", "descending": True}],
    "chart": "combined",
}  # fmt: skip
ACROSS: dict[str, Any] = {
    "uid": "r.across",
    "key": "across",
    "label": "Across",
    "entity": "order_line",
    "parameters": [{"uid": "r.p.goods", "key": "goods", "label": "Goods", "type": "reference", "entity": "goods", "required": True}],
    "filter": {"field": "goods", "op": "=", "value": {"parameter": "goods"}},
    "columns": [
        {"uid": "r.d1", "field": "parent.number", "key": "number", "group": True},
        {"uid": "r.d2", "field": "parent.business_date", "key": "age", "group": True, "bucket": "age", "steps": [5, 10], "across": True},
        {"uid": "r.d3", "field": "quantity", "op": "sum"},
    ],
}  # fmt: skip
POSTED: dict[str, Any] = {
    "uid": "r.posted",
    "key": "posted",
    "label": "Posted",
    "source": "entries",
    "ledger": "stock",
    "columns": [{"uid": "r.p1", "field": "kind"}, {"uid": "r.p2", "field": "on_hand"}],
}
SUMS: list[dict[str, Any]] = [
    {"field": "amount", "op": "sum"},
    {"key": "rate", "label": "Rate", "formula": "amount / 100", "type": "percent"},
]


def rated(key: str, group: dict[str, Any]) -> dict[str, Any]:
    """Amounts and a rate by that group."""
    columns = [{"uid": f"r.{key}{n}", **column} for n, column in enumerate(({**group, "group": True}, *SUMS))]
    return {
        "uid": f"r.{key}",
        "key": key,
        "label": key,
        "entity": "order_line",
        "chart": "combined",
        "columns": columns,
    }


BY_DAY = rated("daily", {"field": "parent.business_date", "key": "day"})
BY_GOODS = rated("rates", {"field": "goods"})
PAGE = "/a/shop/reports/sales"


@pytest.fixture
def trade(empty: World) -> World:
    nodes = {**shop_nodes(), ("report", "sales"): SALES, ("report", "across"): ACROSS}
    nodes |= {("report", one["key"]): one for one in (BY_DAY, BY_GOODS, POSTED)}
    empty.install(nodes, "shop")
    empty.person("anna", admin=True)
    show = empty.engine.database.show
    rice, oil = (
        show(empty.id(empty.create("goods", {"code": code, "name": name, "price": price})))
        for code, name, price in (("A", "Rice", "2.50"), ("B", "Oil", "10.00"))
    )
    empty.create("order", {"lines": [{"goods": rice, "quantity": "2"}, {"goods": oil, "quantity": "3"}]})
    empty.later(days=7)
    empty.create("order", {"lines": [{"goods": rice, "quantity": "3"}]})
    empty.create("order", {"lines": [{"goods": oil, "quantity": "1"}]})
    return empty


def said(text: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<script.*?</script>|<[^>]+>", " ", text, flags=re.S)))


def page(browser: FlaskClient, url: str) -> str:
    answer = browser.get(url)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def drawn(text: str) -> Any:
    """What the page's chart is told."""
    chart = re.search(r'<zg-chart.*?"application/json">(.*?)</script>', text, re.DOTALL)
    assert chart is not None
    return json.loads(html.unescape(chart[1]))


def test_a_page_shows_rows_totals_tones_and_named_periods(trade: World) -> None:
    text = page(signed_in(trade, "anna"), PAGE)
    words = said(text)
    assert "Oil 10.00 1 10.00 57.14%" in words
    assert "Rice 7.50 1 7.50 42.86%" in words
    assert "Total 17.50 2 8.75 100.00%" in words
    assert "tone-danger" in text
    assert "Last month" in words
    assert '"kind": "bar"' in text


def test_a_chart_says_no_more_of_a_rate_than_the_table(trade: World) -> None:
    text = page(signed_in(trade, "anna"), "/a/shop/reports/sales")
    rates = drawn(text)["series"][-1]["values"]
    assert rates
    assert all(re.fullmatch(r"\d+\.\d\d", rate) for rate in rates)


def test_rates_of_things_are_dots_and_rates_over_days_a_line(trade: World) -> None:
    browser = signed_in(trade, "anna")
    rates = {key: drawn(page(browser, f"/a/shop/reports/{key}"))["series"][-1] for key in ("rates", "daily")}
    assert {key: (rate["kind"], rate["dots"]) for key, rate in rates.items()} == {
        "rates": ("line", True),
        "daily": ("line", False),
    }


def test_an_earlier_period_stands_beside(trade: World) -> None:
    words = said(page(signed_in(trade, "anna"), f"{PAGE}?compare=previous"))
    assert "Oil 10.00 30.00 -20.00 -66.67%" in words
    assert "Rice 7.50 5.00 2.50 50.00%" in words
    assert "points" in words


def test_entries_say_in_words_of_what_kind_they_are(trade: World) -> None:
    goods = trade.create("goods", {"code": "C", "name": "Salt", "price": "1"})
    receipt = trade.create("receipt", {"lines": [{"goods": goods["id"], "quantity": "7"}]})
    trade.fire("receipt", trade.id(receipt), "approve")
    trade.fire("receipt", trade.id(receipt), "unapprove")
    words = said(page(signed_in(trade, "anna"), "/a/shop/reports/posted"))
    assert "Entry 7" in words
    assert "Reversal -7" in words


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_every_kind_of_entry_has_a_name(locale: str) -> None:
    texts = files("builder.runtime.pages.ledgers").joinpath("i18n", f"{locale}.json").read_text("utf-8")
    assert {f"ledger.kind.{kind}" for kind in get_args(EntryKind)} <= json.loads(texts).keys()


def test_a_cell_leads_to_the_documents_that_it_counts(trade: World) -> None:
    browser = signed_in(trade, "anna")
    text = page(browser, f"{PAGE}?compare=previous")
    links = [html.unescape(x) for x in re.findall(r'href="([^"]*/behind[^"]*)"', text)]
    now, then = links[0], next(x for x in links if "compare=previous" in x)
    assert "10.00" in said(page(browser, now))
    assert "ORDER" in said(page(browser, now))
    assert "30.00" in said(page(browser, then))
    assert browser.get(f"{PAGE}/behind?column=each").status_code == 422


def test_what_must_be_said_is_asked_first_and_a_group_goes_across(trade: World) -> None:
    browser = signed_in(trade, "anna")
    assert "Choose first: Goods" in said(page(browser, "/a/shop/reports/across"))
    text = page(browser, "/a/shop/reports/across?goods=A")
    assert re.search(r"0-5 days.*6-10 days.*Total", said(text))
    cell = html.unescape(re.findall(r'href="([^"]*/behind[^"]*)"', text)[0])
    assert "ORDER" in said(page(browser, cell))


def test_lines_with_a_group_across_come_in_pages_and_are_all_added_up(
    trade: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builder.runtime.pages.report_page.PAGE", 1)
    browser = signed_in(trade, "anna")
    first = page(browser, "/a/shop/reports/across?goods=A")
    following = re.search(r'href="([^"]*page=2[^"]*)" aria-label="Next', first)
    assert following is not None
    second = page(browser, html.unescape(following[1]))
    for text, place in ((first, "1–1"), (second, "2–2")):
        assert place in said(text)
        assert text.split("<tbody>")[1].split("</tbody>")[0].count("<tr") == 1
        assert re.search(r"Total ?3 2 5", re.sub(r"\.00", "", said(text)))


def test_the_api_and_the_files_say_the_same(trade: World) -> None:
    browser = signed_in(trade, "anna")
    body = browser.get("/api/v1/apps/shop/reports/sales?compare=previous&limit=1").get_json()
    assert body["count"] == 2
    assert body["rows"][0]["amount:difference"] == "-20.00"
    assert [c["key"] for c in body["columns"] if c.get("change")][:3] == [
        "amount:earlier", "amount:difference", "amount:change",
    ]  # fmt: skip
    oil = body["rows"][0]["goods"]["id"]
    behind = browser.get(f"/api/v1/apps/shop/reports/sales/behind?column=amount&g.goods={oil}").get_json()
    assert (behind["value"], len(behind["parts"][0]["rows"])) == ("10.00", 1)
    csv = browser.get("/api/v1/apps/shop/reports/sales?compare=previous&format=csv").get_data(as_text=True)
    assert "Oil,10.00,30.00,-20.00,-66.67" in csv
    assert csv.splitlines()[-1].startswith(
        "合计,17.50,35.00,-17.50,-50.00,2,2,0,0.00,8.75,17.50,-8.75,-50.00"
    )
    refused = browser.get("/api/v1/apps/shop/reports/sales?compare=never")
    assert refused.status_code == 422
    workbook = browser.get("/api/v1/apps/shop/reports/across?goods=A&format=xlsx")
    assert workbook.status_code == 200


def test_a_report_that_asks_nothing_does_not_speak_of_conditions(empty: World) -> None:
    plain = {**ACROSS, "uid": "r.plain", "key": "plain"}
    del plain["parameters"], plain["filter"]
    empty.install({**shop_nodes(), ("report", "sales"): SALES, ("report", "plain"): plain}, "shop")
    empty.person("anna", admin=True)
    anna = signed_in(empty, "anna")
    assert "Try other conditions" in anna.get(PAGE).text
    assert "Try other conditions" not in anna.get("/a/shop/reports/plain").text


def test_a_list_of_some_says_that_none_of_them_is_there(empty: World) -> None:
    some = {
        "uid": "v.some",
        "key": "some",
        "entity": "order",
        "label": "Some",
        "columns": [{"uid": "v.some.c", "field": "number"}],
        "filter": {"field": "state", "op": "=", "value": "approved"},
    }
    empty.install({**shop_nodes(), ("view", "some"): some}, "shop")
    empty.person("anna", admin=True)
    page = signed_in(empty, "anna")
    assert "Nothing in “Some” now" not in page.get("/a/shop/order?view=some").text
    empty.app = "shop"
    empty.create("order", {})
    assert "Nothing in “Some” now" in page.get("/a/shop/order?view=some").text
