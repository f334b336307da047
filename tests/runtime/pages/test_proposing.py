"""Lines that a document can begin with: what is open, the oldest first, as far as the money reaches."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from builder.record import Record
from builder.runtime.installing import template
from builder.runtime.pages.proposing import shared_out
from builder.runtime.scenarios import Runner
from tests.runtime.pages.test_admin import signed_in
from tests.runtime.played import played
from tests.runtime.world import World, open_world

GENERAL = template("general").package
CENTS = st.decimals(min_value="-10", max_value="100", places=2)


def rows(*amounts: str) -> list[tuple[Record, Decimal]]:
    return [(Record("bill", at, {}), Decimal(amount)) for at, amount in enumerate(amounts)]


def test_the_first_take_all_and_the_last_what_is_left() -> None:
    taken = list(shared_out(rows("30.10", "0", "-5", "40.25", "9"), Decimal("50.05")))
    assert [(r.id, str(a)) for r, a in taken] == [(0, "30.10"), (3, "19.95")]


def test_without_a_limit_all_that_is_open_is_taken() -> None:
    assert [str(a) for _, a in shared_out(rows("30.10", "-5", "9"), None)] == ["30.10", "9"]
    assert list(shared_out(rows("30.10"), Decimal(0))) == []


@given(st.lists(CENTS), st.decimals(min_value="0", max_value="500", places=2))
def test_never_more_than_is_open_nor_than_there_is(amounts: list[Decimal], most: Decimal) -> None:
    bills = rows(*map(str, amounts))
    taken = list(shared_out(bills, most))
    assert sum(a for _, a in taken) == min(most, sum((a for a in amounts if a > 0), Decimal(0)))
    assert all(0 < a <= {r.id: open for r, open in bills}[r.id] for r, a in taken)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A customer with two bills: 100.00 due on the 1st of April, and 50.00 left of one that is due on the 19th."""
    folder = tmp_path_factory.mktemp("proposing")
    with played(folder, GENERAL, "paid_out_of_turn", lambda step: step.id == "p1", more=2) as made:
        for role in ("finance", "keeper"):
            made.person(role, role)
        yield made


def ids(world: World, entity: str) -> list[str]:
    with world.reading() as ctx:
        return [world.engine.database.show(r.id) for r in ctx.reader.find(entity, None, limit=10)]


def proposed(world: World, browser: FlaskClient, **values: str) -> Any:
    query = "&".join(f"parent.{key}={value}" for key, value in values.items())
    return browser.get(f"/a/{world.app}/propose/money_receipt/lines?{query}").get_json()


def test_money_settles_the_oldest_bills_first_to_the_cent(world: World) -> None:
    browser = signed_in(world, "finance")
    (customer,) = ids(world, "partner")
    told = proposed(world, browser, customer=customer, amount="120.05")
    lines = [(i["values"]["due_date"], i["values"]["unpaid"], i["values"]["amount"]) for i in told["items"]]
    assert lines == [("2026-04-01", "100.00", "100.00"), ("2026-04-19", "50.00", "20.05")]
    told = proposed(world, browser, customer=customer, amount="0.00")
    assert [i["values"]["amount"] for i in told["items"]] == ["100.00", "50.00"]


def test_nobodys_bills_are_proposed_before_it_is_said_whose(world: World) -> None:
    assert proposed(world, signed_in(world, "finance"), amount="100") == {"items": []}


def test_who_takes_no_money_is_told_of_no_bills(world: World) -> None:
    (customer,) = ids(world, "partner")
    assert "items" not in proposed(world, signed_in(world, "keeper"), customer=customer)


def test_a_new_form_offers_them_and_a_chosen_bill_brings_what_is_open(world: World) -> None:
    browser = signed_in(world, "finance")
    form = browser.get(f"/a/{world.app}/money_receipt/new").get_data(as_text=True)
    assert "Settle the oldest first" in form
    assert '"suggest"' in form
    (customer,) = ids(world, "partner")
    bills = browser.get(
        f"/a/{world.app}/lookup/money_receipt_line/delivery?parent.customer={customer}"
    ).get_json()["items"]
    assert sorted((b["values"]["unpaid"], b["values"]["amount"]) for b in bills) == [
        ("100.00", "100.00"),
        ("50.00", "50.00"),
    ]


def test_a_default_follows_the_plain_values_that_it_reads_while_they_are_entered(world: World) -> None:
    """The day something was made and its shelf life make the day it expires. What a chosen record alone says is brought when it is chosen."""
    browser = signed_in(world, "keeper")
    batch, receipt = (
        browser.get(f"/a/{world.app}/{entity}/new").get_data(as_text=True) for entity in ("batch", "receipt")
    )
    assert '"suggest": ["call", "DATEADD", ["path", "made_on"]' in batch
    assert '"suggest"' not in receipt


def test_figures_of_other_records_stand_while_a_record_is_entered(world: World) -> None:
    """What the till should hold is what was in it and what the sales brought: it follows the opening cash while that is typed. What comes of
    other records alone waits until there is a record."""
    world.person("boss", "boss")
    browser = signed_in(world, "boss")
    shift, warehouse = (
        html.unescape(browser.get(f"/a/{world.app}/{entity}/new").get_data(as_text=True))
        for entity in ("retail_shift", "warehouse")
    )
    assert re.search(r'"formula": [^}]*\["path", "cash_in"\][^}]*"key": "expected"', shift)
    assert '"cash_in": {"n": "0"}' in shift
    assert '"key": "open_documents"' not in warehouse


def test_a_scanned_code_of_one_record_opens_it_and_a_name_lists_what_is_found(world: World) -> None:
    browser = signed_in(world, "keeper")
    with world.reading() as ctx:
        item = ctx.reader.find("item", None, limit=1)[0]
    opened = browser.get("/search", query_string={"q": str(item.values["code"])})
    assert opened.status_code == 302
    assert opened.headers["Location"].endswith(f"/item/{world.engine.database.show(item.id)}")
    listed = browser.get("/search", query_string={"q": str(item.values["name"])})
    assert f"/item/{world.engine.database.show(item.id)}" in listed.get_data(as_text=True)
    assert browser.get("/search", query_string={"q": "no such thing"}).status_code == 200


def test_what_the_lines_suggest_is_told_apart_so_that_they_do_not_propose_themselves(world: World) -> None:
    """The period's end follows its start and says which orders are proposed; the money that the bills come to does not limit them."""
    browser = signed_in(world, "finance")
    page = browser.get(f"/a/{world.app}/money_receipt/new").get_data(as_text=True)
    assert '"ofLines": true' in page
    assert '"ofLines"' not in browser.get(f"/a/{world.app}/batch/new").get_data(as_text=True)


def test_without_an_amount_every_record_becomes_a_line(tmp_path_factory: pytest.TempPathFactory) -> None:
    package = template("no_stock").package
    folder = tmp_path_factory.mktemp("stores")
    made = open_world(f"sqlite:///{folder}/scratch.db", folder)
    scenario = next(s for s in package.scenarios if s.key == "shares")
    assert Runner(made.engine, package).run(replace(scenario, steps=scenario.steps[:4])).passed
    made.app = f"s1_{scenario.key}"
    made.person("finance", "finance")
    codes = ids(made, "store")
    told = signed_in(made, "finance").get(f"/a/{made.app}/propose/allocation/lines").get_json()
    assert codes
    assert sorted(item["id"] for item in told["items"]) == sorted(codes)
    made.engine.database.close()


def test_a_line_takes_what_its_period_says_and_the_record_that_fits(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    package = template("discrete_mfg").package
    folder = tmp_path_factory.mktemp("month")
    made = open_world(f"sqlite:///{folder}/scratch.db", folder)
    scenario = next(s for s in package.scenarios if s.key == "overhead_of_the_month")
    run = next(i for i, step in enumerate(scenario.steps) if step.id == "r0")
    assert Runner(made.engine, package).run(replace(scenario, steps=scenario.steps[:run])).passed
    made.app = f"s1_{scenario.key}"
    made.person("finance", "finance")
    browser = signed_in(made, "finance")
    form = browser.get(f"/a/{made.app}/overhead_run/new").get_data(as_text=True)
    assert "parent.basis={parent.basis}" in html.unescape(form)
    assert "parent.to_day={parent.to_day}" in html.unescape(form)

    def taken(basis: str, month: str, last: str) -> list[tuple[Any, ...]]:
        asked = {"basis": basis, "from_day": f"{month}-01", "to_day": f"{month}-{last}"}
        query = "&".join(f"parent.{key}={value}" for key, value in asked.items())
        told = browser.get(f"/a/{made.app}/propose/overhead_run/lines?{query}").get_json()
        values = [item["values"] for item in told["items"]]
        return [(Decimal(v["hours"]), Decimal(v["output"]), v["completion"]["id"]) for v in values]

    (completion,) = ids(made, "completion")
    assert taken("hours", "2026-05", "31") == [(12, 0, completion)]
    assert taken("hours", "2026-06", "30") == [(8, 100, completion)]
    assert taken("output", "2026-05", "31") == []
    assert taken("output", "2026-06", "30") == [(8, 100, completion)]
    # The order was closed before July began.
    assert taken("hours", "2026-07", "31") == []
    made.engine.database.close()
