"""The page of a computation: what every row would come to, what is chosen, and what was done."""

from __future__ import annotations

import re

import pytest

from tests.runtime.kitchen import kitchen_nodes
from tests.runtime.pages.test_admin import signed_in
from tests.runtime.world import World

PAGE = "/a/kitchen/computations"


@pytest.fixture
def kitchen(empty: World) -> World:
    empty.install(kitchen_nodes(), "kitchen")
    empty.person("ann", "cook")
    empty.person("guest", "guest")
    cake = empty.create("dish", {"name": "Cake"})["id"]
    cook = empty.create("cook", {"name": "Ann"})["id"]
    base = empty.create("dish", {"name": "Base", "cook": cook})["id"]
    empty.create("part", {"dish": cake, "uses": base, "per": "2", "loss": "0"})
    empty.create("wish", {"dish": cake, "count": "3", "day": "2026-01-16"})
    return empty


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_it_shows_what_would_be_made_and_makes_it_by_the_button(kitchen: World) -> None:
    client = signed_in(kitchen, "ann")
    page = client.get(f"{PAGE}/plan").get_data(as_text=True)
    assert "2 new" in words(page)
    assert "Cake 3.00" in words(page)
    form = dict(re.findall(r'name="(csrf_token|key)" value="([^"]+)"', page))
    sent = client.post(f"{PAGE}/plan", data=form)
    assert sent.status_code == 302
    again = client.get(sent.headers["Location"]).get_data(as_text=True)
    assert "2 records were seen to" in words(again)
    assert "All is up to date" in words(again)


def test_what_changed_since_the_page_was_opened_is_said_and_shown_anew(kitchen: World) -> None:
    client = signed_in(kitchen, "ann")
    page = client.get(f"{PAGE}/plan").get_data(as_text=True)
    form = dict(re.findall(r'name="(csrf_token|key|seen)" value="([^"]+)"', page))
    ticked = re.findall(r'name="only" value="([^"]+)"', page)
    kitchen.create("wish", {"dish": kitchen.create("dish", {"name": "Tart"})["id"], "count": "1"})
    for sent in (form, {**form, "key": form["key"] + "b", "some": "1", "only": ["0000 gone", *ticked]}):
        refused = client.post(f"{PAGE}/plan", data=sent)
        assert refused.status_code == 409
        told = words(refused.get_data(as_text=True))
        assert "The data changed after you looked" in told
        assert "3 new" in told
    made = client.post(f"{PAGE}/plan", data={**form, "key": form["key"] + "c", "some": "1", "only": ticked})
    assert made.status_code == 302, "these rows are as they were seen"
    assert "1 new" in words(client.get(f"{PAGE}/plan").get_data(as_text=True))


def test_what_is_needed_and_not_planned_is_named_and_keeps_nothing_else_from_it(empty: World) -> None:
    nodes = dict(kitchen_nodes())
    nodes["report", "dishes"] = {
        **nodes["report", "dishes"],
        "filter": {"field": "name", "op": "!=", "value": "Old"},
    }
    empty.install(nodes, "kitchen")
    empty.person("ann", "cook")
    ids = {name: empty.create("dish", {"name": name})["id"] for name in ("Cake", "Old", "Flour")}
    empty.create("part", {"dish": ids["Old"], "uses": ids["Flour"], "per": "2", "loss": "0"})
    for name in ("Cake", "Old"):
        empty.create("wish", {"dish": ids[name], "count": "3", "day": "2026-01-16"})
    page = words(signed_in(empty, "ann").get(f"{PAGE}/plan").get_data(as_text=True))
    assert "1 new" in page, "flour is not got for what is not made"
    assert "not planned: Old 3." in page


def test_it_asks_what_its_reports_ask(kitchen: World) -> None:
    client = signed_in(kitchen, "ann")
    page = client.get(f"{PAGE}/lists?p.until=2026-01-01").get_data(as_text=True)
    assert "Nothing to do" in words(page)
    assert "Until" in words(page)


def test_it_begins_with_the_defaults_that_it_calculates_with(empty: World) -> None:
    """An empty field would be sent as no answer, and calculate something else than what was shown."""
    nodes = dict(kitchen_nodes())
    due = nodes["report", "due"]
    until = {**due["parameters"][0], "default": "DATEADD(TODAY(), 30, 'days')"}
    nodes["report", "due"] = {**due, "parameters": [until]}
    empty.install(nodes, "kitchen")
    empty.person("ann", "cook")
    page = signed_in(empty, "ann").get(f"{PAGE}/lists").get_data(as_text=True)
    field = re.search(r"<input[^>]*p\.until[^>]*>", page)
    assert field is not None
    assert "2026-02-04" in field[0], field[0]


def test_what_keeps_it_from_being_worked_out_is_said_in_words(kitchen: World) -> None:
    page = signed_in(kitchen, "ann").get(f"{PAGE}/worths").get_data(as_text=True)
    assert "“Base” has no price, so that nothing can be calculated" in words(page)


def test_who_may_not_run_it_does_not_find_it(kitchen: World) -> None:
    client = signed_in(kitchen, "guest")
    assert client.get(f"{PAGE}/plan").status_code == 404
    assert client.get("/api/v1/apps/kitchen/computations").get_json() == {"items": []}
