"""The page of costing methods: reached from the close page, chosen, looked at, done, and told in words afterwards."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from builder.commands import ClosePeriod, SwitchMethod
from tests.runtime.depot import depot_nodes
from tests.runtime.pages.test_admin import signed_in
from tests.runtime.test_replay import Depot
from tests.runtime.world import World

PAGE = "/a/depot/ledgers/stock/method"
RAW = re.compile(r">[^<]*\b(moving_average|fifo|engine\.switch|reclass)\b[^<]*<")


@pytest.fixture
def depot(empty: World) -> Depot:
    empty.install(depot_nodes("append"), "depot")
    depot = Depot(empty).start()
    depot.post("receipt", 6, quantity=10, amount=100)
    depot.post("receipt", 7, quantity=10, amount=200)
    depot.post("issue", 8, quantity=1)
    return depot


@pytest.fixture
def browser(depot: Depot) -> FlaskClient:
    depot.world.person("anna", admin=True)
    return signed_in(depot.world, "anna")


def shown(browser: FlaskClient, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    text: str = answer.get_data(as_text=True)
    assert RAW.search(text) is None
    assert "ledger.method" not in text
    return text


def close(depot: Depot, day: str = "2026-01-10") -> None:
    depot.world.send(ClosePeriod("depot", "stock", day))


def hidden(text: str) -> dict[str, Any]:
    form = text[text.index(f'<form method="post" action="{PAGE}"') :]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


def test_a_person_switches_the_method(depot: Depot, browser: FlaskClient) -> None:
    close(depot)
    assert PAGE in shown(browser, "/a/depot/ledgers/stock/close")
    text = shown(browser, PAGE)
    assert "First in, first out" in text
    assert "15 go out" in text
    assert "What gets its first entry later begins with Moving average" in text
    text = shown(browser, f"{PAGE}?to=fifo&worth=keep&d.goods={depot.goods}")
    assert "Pen" in text
    assert text.count("285.00") >= 2
    done = browser.post(PAGE, data={**hidden(text), "reason": "Agreed with the auditor"})
    assert (done.status_code, done.headers["Location"]) == (302, f"{PAGE}?said=ledger_switch")
    text = shown(browser, done.headers["Location"])
    assert "The costing method was switched" in text
    assert "Agreed with the auditor" in text
    assert "Costed otherwise than the definition says now (1): Pen" in text


def test_the_card_tells_it_in_words(depot: Depot, browser: FlaskClient) -> None:
    close(depot)
    text = shown(browser, f"{PAGE}?to=fifo&worth=unit&unit=20")
    assert "95.00" in text
    browser.post(PAGE, data={**hidden(text), "reason": "x"})
    depot.post("issue", 12, quantity=2)
    card = shown(browser, f"/a/depot/ledgers/stock/entries?d.goods={depot.goods}")
    assert "Costing method switched" in card
    assert "Moving average → First in, first out" in card
    query = f"d.goods={depot.goods}&d.place={depot.places['Main']}"
    assert "Costing method switched" in shown(browser, f"/a/depot/ledgers/stock/cost?{query}")
    assert "Costing method switched" in shown(browser, f"/a/depot/ledgers/stock/trace?{query}")
    assert shown(browser, f"/a/depot/ledgers/stock/why?{query}")


def test_what_is_in_the_way_is_said(depot: Depot, browser: FlaskClient) -> None:
    text = shown(browser, f"{PAGE}?to=fifo")
    assert "Close the period first" in text
    assert 'name="reason"' not in text
    close(depot)
    depot.post("issue", 12, quantity=1)
    text = shown(browser, f"{PAGE}?to=fifo")
    assert "Pen · Main has entries on 2026-01-12" in text
    sent = {"to": "fifo", "csrf_token": csrf(browser)}
    assert browser.post(PAGE, data=sent).status_code == 422


def csrf(browser: FlaskClient) -> str:
    found = re.search(r'<meta name="csrf" content="([^"]+)"', browser.get("/account").get_data(as_text=True))
    assert found is not None
    return found[1]


def test_who_may_not_close_looks_but_does_not_switch(depot: Depot) -> None:
    close(depot)
    depot.world.person("carl", "clerk")
    text = shown(signed_in(depot.world, "carl"), PAGE)
    assert "Who may close periods may switch the method." in text
    assert '<button class="btn primary">' not in text


def test_a_ledger_without_cost_has_no_such_page(depot: Depot, browser: FlaskClient) -> None:
    assert browser.get("/a/depot/ledgers/profit/method").status_code == 404


def test_who_sees_a_part_is_shown_that_part_alone(empty: World) -> None:
    """How many lanes there are, what was switched and what it was worth are not told beside what one may see."""
    nodes = depot_nodes("append")
    boss, clerk = nodes["roles", "roles"]["roles"]
    ink = {"field": "code", "op": "=", "value": "ink"}
    grants = [{**g, "scope": ink} if g["entity"] == "goods" else g for g in clerk["grants"]]
    nodes["roles", "roles"] = {"roles": [boss, {**clerk, "grants": grants}]}
    empty.install(nodes, "depot")
    depot = Depot(empty).start()
    depot.post("receipt", 6, quantity=10, amount=100)
    close(depot)
    empty.send(SwitchMethod("depot", "stock", "fifo", unit=Decimal(20), reason="Agreed"))
    empty.person("carl", "clerk")
    client = signed_in(empty, "carl")
    text = shown(client, PAGE)
    assert "Agreed" not in text
    assert "100.00" not in text
    told = client.get("/api/v1/apps/depot/ledgers/stock/method").get_json()
    assert told["history"] == []
    assert {m["count"] for m in told["methods"]} == {0}
