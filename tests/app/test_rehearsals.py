"""The designer's trials through its pages: a rule and a draft on one record, and over what happened. On both databases."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient

from builder.commands import SaveDraft
from builder.runtime import jobs
from builder.runtime.upkeep import tidy as _registers_kinds_of_jobs  # noqa: F401
from tests.runtime.pages.test_runs import post, signed_in, text
from tests.runtime.test_parity import parity_nodes
from tests.runtime.untouched import contents
from tests.runtime.world import WS, World

KEYS = ("d.try.", "runs.", "record_created", "rule.rush", "{'")
TRY = "/design/shop/try"
SEEN = frozenset({"session"})
"""Whoever asks for a page was seen."""


@pytest.fixture
def office(empty: World) -> World:
    empty.install(parity_nodes(), "shop")
    empty.person("boss", "boss", admin=True)
    return empty


def edit(world: World, kind: str, key: str, **changes: Any) -> None:
    with world.reading() as ctx:
        body: Mapping[str, Any] = ctx.app.package.nodes[kind, key]
    world.send(SaveDraft("shop", kind, key, {**body, **changes}))


def request_of(world: World, **values: str) -> str:
    return str(world.create("request", {"code": "R1", **values})["id"])


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_a_rule_is_tried_on_a_record_that_was_searched(office: World, locale: str) -> None:
    id = request_of(office, subject="chairs")
    edit(office, "rule", "rush", **{"if": "subject == 'chairs' and urgency != 'high'"})
    client = signed_in(office, locale)
    assert f"record={id}" in client.get(f"{TRY}/rule/rush?q=R1").get_data(as_text=True)
    before = contents(office.engine.database, but=SEEN)
    shown = text(client, f"{TRY}/rule/rush?q=R1&record={id}")
    assert contents(office.engine.database, but=SEEN) == before
    wanted = ("It would run", "Subject", "Urgency") if locale == "en" else ("会执行", "Subject", "Urgency")
    assert all(one in shown for one in wanted), shown
    assert "high" in shown
    assert not any(key in shown for key in KEYS), shown


def test_a_rule_that_makes_records_says_which(office: World) -> None:
    id = request_of(office, subject="chairs")
    shown = text(signed_in(office), f"{TRY}/rule/made?record={id}")
    assert "A new Task chairs" in shown


def test_a_draft_is_tried_on_a_record(office: World) -> None:
    id = request_of(office, subject="chairs")
    edit(office, "rule", "rush", **{"if": "subject == 'chairs'"})
    shown = text(signed_in(office), f"{TRY}/draft/all?entity=request&deed=create&record={id}")
    assert "Not the same" in shown
    assert "The live version" in shown


def test_a_rule_is_tried_on_last_month(office: World) -> None:
    for number, subject in enumerate(("rush", "chairs")):
        office.create("request", {"code": f"R{number}", "subject": subject})
    edit(office, "rule", "rush", **{"if": "subject == 'chairs'"})
    client = signed_in(office)
    answer = post(client, f"{TRY}/rule/rush/history", days="30")
    assert answer.status_code == 303
    at = answer.headers["Location"]
    assert "Going through it" in text(client, at)
    while jobs.run_step(office.engine, WS):
        pass
    shown = text(client, at)
    assert "2 differ" in shown
    assert "R0" in shown
    assert "R1" in shown
    assert not any(key in shown for key in KEYS), shown
    links = re.findall(r'href="(/a/shop/request/[^"]+)"', client.get(at).get_data(as_text=True))
    assert len(links) == 2
    edit(office, "rule", "rush", **{"if": "subject == 'x'"})
    assert "The draft has changed since" in text(client, at)


def test_the_whole_draft_is_tried_on_last_month(office: World) -> None:
    office.create("request", {"code": "R1", "subject": "chairs"})
    edit(office, "rule", "rush", **{"if": "subject == 'chairs'"})
    client = signed_in(office)
    at = post(client, f"{TRY}/draft/all/history").headers["Location"]
    while jobs.run_step(office.engine, WS):
        pass
    assert "1 differ" in text(client, at)


def test_the_rule_page_shows_its_last_runs_and_offers_to_try(office: World) -> None:
    request_of(office, subject="rush")
    client = signed_in(office)
    page = client.get("/design/shop/rule/rush").get_data(as_text=True)
    assert f"{TRY}/rule/rush" in page
    assert "Request R1" in html.unescape(page)


def test_a_rule_that_waits_for_what_no_history_tells_is_not_offered_on_it(office: World) -> None:
    desk = office.create("desk", {"code": "D1", "subject": "x"})["id"]
    shown = text(signed_in(office), f"{TRY}/rule/hand_in?record={desk}")
    assert "try it on one record" in shown
    assert "A new Request" in shown


def test_nobody_else_may_try(office: World) -> None:
    office.person("clerk", "clerk")
    client: FlaskClient = signed_in(office, login="clerk")
    for path in (f"{TRY}/rule/rush", f"{TRY}/draft/all", f"{TRY}/result/x"):
        assert client.get(path).status_code in {403, 404}
    assert post(client, f"{TRY}/rule/rush/history").status_code == 403


def test_strange_addresses_are_not_found(office: World) -> None:
    client = signed_in(office)
    for path in ("rule/none", "approval/none", "what/rush", "result/nothing"):
        assert client.get(f"{TRY}/{path}").status_code == 404
