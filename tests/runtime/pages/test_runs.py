"""The log of rules and the list of what failed, as those meet them who look after an app. On both databases."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert

from builder.app import create_app
from builder.errors import InvalidError
from builder.runtime import upkeep
from builder.runtime.relay import Relay
from builder.storage import outbox, rule_runs
from builder.storage.rule_runs import Wanted
from builder.storage.tables.machinery import outbox as outbox_table
from tests.runtime.test_parity import parity_nodes
from tests.runtime.world import PASSWORD, WS, World

KEYS = ("record_created", "rule.", "{", "approve_", "task_", "None")


@pytest.fixture
def office(empty: World) -> World:
    empty.install(parity_nodes(), "shop")
    empty.person("boss", "boss", admin=True)
    return empty


def signed_in(world: World, locale: str = "en", login: str = "boss") -> FlaskClient:
    made = create_app(world.engine).test_client()
    made.set_cookie("zg_locale", locale)
    page = made.get("/sign-in").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    made.post("/sign-in", data={"login": login, "password": PASSWORD, "csrf_token": token[1]})
    return made


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    found = re.search(r"<main.*</main>", answer.get_data(as_text=True), re.S)
    assert found is not None
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0])))


def links(client: FlaskClient, path: str, pattern: str) -> list[str]:
    return re.findall(pattern, client.get(path).get_data(as_text=True))


def post(client: FlaskClient, path: str, **data: Any) -> Any:
    page = client.get("/account").get_data(as_text=True)
    token = re.search(r'<meta name="csrf" content="([^"]+)"', page)
    assert token is not None
    return client.post(path, data={**data, "csrf_token": token[1]})


def runs(world: World, **wanted: Any) -> list[rule_runs.RunRow]:
    with world.reading() as ctx:
        return list(rule_runs.find(ctx.conn, WS, Wanted(ctx.app.row.app_id, **wanted)))


# The log


def test_a_run_says_what_it_set_and_what_was_there_before(office: World) -> None:
    id = office.id(office.create("request", {"code": "R1", "subject": "rush"}))
    [rush] = runs(office, rule_uid="rule.rush")
    [step] = rush.steps
    assert (step["before"], step["values"]) == ({"urgency": None}, {"urgency": "high"})
    assert (rush.record_id, rush.outcome, rush.inputs) == (id, "done", {"subject": "rush"})
    assert rush.micros >= 0
    assert rush.at is not None


def test_a_run_names_the_records_that_its_commands_wrote(office: World) -> None:
    office.create("request", {"code": "R1", "subject": "chairs"})
    [made] = runs(office, rule_uid="rule.made")
    with office.reading() as ctx:
        [task] = ctx.reader.find("task", {"field": "by", "op": "=", "value": "made"})
        assert [list(pair) for pair in made.touched or ()] == [[ctx.app.maps.entity_id("task"), task.id]]


def test_a_rule_that_refuses_is_in_the_log_though_nothing_was_saved(office: World) -> None:
    with pytest.raises(InvalidError):
        office.create("request", {"code": "R1", "subject": "forbidden"})
    [run] = runs(office, outcomes=["refused"])
    assert (run.rule_uid, run.inputs) == ("rule.forbidden", {"subject": "forbidden"})
    with office.reading() as ctx:
        assert ctx.reader.find("request") == ()


def test_a_dry_run_leaves_no_trace(office: World) -> None:
    with pytest.raises(InvalidError):
        office.create("request", {"code": "R1", "subject": "forbidden"}, dry_run=True)
    assert runs(office) == []


def test_the_log_is_searched_by_rule_record_outcome_and_period(office: World) -> None:
    office.create("request", {"code": "R1", "subject": "rush"})
    office.later(days=3)
    office.create("request", {"code": "R2", "subject": "chairs"})
    client = signed_in(office)
    assert "R1" in text(client, "/a/shop/runs?rule=rush")
    assert "R2" not in text(client, "/a/shop/runs?rule=rush")
    assert "R1" not in text(client, "/a/shop/runs?record=R2")
    assert "R2" in text(client, "/a/shop/runs?record=R2")
    assert "R2" not in text(client, "/a/shop/runs?since=2026-01-05&until=2026-01-06")
    assert "R1" in text(client, "/a/shop/runs?since=2026-01-05&until=2026-01-06")
    assert "Nothing like that" in text(client, "/a/shop/runs?outcome=refused")
    assert "Nothing like that" in text(client, "/a/shop/runs?record=no+such+thing")


def test_the_log_goes_on_page_by_page(office: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builder.runtime.pages.runs.searching.PAGE", 2)
    for number in range(3):
        office.create("request", {"code": f"R{number}", "subject": "chairs"})
    client, at, seen = signed_in(office), "/a/shop/runs", []
    while at:
        seen += links(client, at, r'class="row" href="(/a/shop/runs/[^"]+)"')
        found = links(client, at, r'href="([^"]+after=[^"]+)"')
        at = html.unescape(found[0]) if found else ""
    assert len(seen) == len(set(seen)) == len(runs(office))


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_the_detail_is_told_in_sentences(office: World, locale: str) -> None:
    office.create("request", {"code": "R1", "subject": "rush"})
    client = signed_in(office, locale)
    for row in runs(office):
        shown = text(client, f"/a/shop/runs/{row.cmd}-{row.run_no}")
        assert "Request R1" in shown
        assert not any(key in shown for key in KEYS), shown
    [rush] = runs(office, rule_uid="rule.rush")
    shown = text(client, f"/a/shop/runs/{rush.cmd}-{rush.run_no}")
    assert "Subject rush" in shown
    assert "Urgency high" in shown
    [made] = runs(office, rule_uid="rule.made")
    shown = text(client, f"/a/shop/runs/{made.cmd}-{made.run_no}")
    assert ("Make a new Task" if locale == "en" else "新建Task") in shown
    assert ("What changed by it" if locale == "en" else "因此发生的变化") in shown


def test_a_run_of_no_such_name_is_not_found(office: World) -> None:
    client = signed_in(office)
    for name in ("1-1", "x", "1", "9" * 40 + "-1"):
        assert client.get(f"/a/shop/runs/{name}").status_code == 404


def test_the_record_says_what_rules_did_to_it(office: World) -> None:
    id = office.id(office.create("request", {"code": "R1", "subject": "rush"}))
    client = signed_in(office)
    shown = text(client, f"/a/shop/request/{office.engine.database.show(id)}")
    assert "Automation" in shown
    assert "rush" in shown
    assert "、" not in shown
    with office.reading() as ctx:
        [task] = ctx.reader.find("task", {"field": "by", "op": "=", "value": "made"})
    shown = text(client, f"/a/shop/task/{office.engine.database.show(task.id)}")
    assert "made" in shown.split("Automation")[1]


def test_who_does_not_see_a_value_does_not_read_it_in_what_others_were_told(empty: World) -> None:
    nodes = parity_nodes()
    roles = nodes["roles", "roles"]
    reader = {"entity": "request", "may": ["read"], "hidden": ["subject"]}
    others = [{"uid": f"role.{key}", "key": key, "label": key, "grants": [grant]} for key, grant in (
        ("veiled", {"uid": "role.veiled.request", **reader}),
        ("open", {"uid": "role.open.request", **reader, "hidden": []}),
    )]  # fmt: skip
    nodes["roles", "roles"] = {**roles, "roles": [*roles["roles"], *others]}
    tell = {"uid": "r.tell.t", "kind": "notify", "to": [{"user": "boss"}], "title": "About {subject}"}
    when = {"kind": "record_created", "entity": "request"}
    nodes["rule", "tell"] = {
        "uid": "r.tell",
        "key": "tell",
        "label": "Tell",
        "when": when,
        "then": [tell],
        "timing": "now",
    }
    empty.install(nodes, "shop")
    empty.person("boss", "boss", admin=True)
    id = empty.id(empty.create("request", {"code": "R1", "subject": "secret wages"}))
    path = f"/a/shop/request/{empty.engine.database.show(id)}"
    shown = {}
    for login in ("veiled", "open"):
        empty.person(login, login)
        shown[login] = text(signed_in(empty, login=login), path)
    assert "About secret wages" in shown["open"]
    assert "Tell Boss" in shown["veiled"]
    assert "secret wages" not in shown["veiled"]


def test_old_runs_go_when_the_setting_says_so(office: World) -> None:
    office.create("request", {"code": "R1", "subject": "chairs"})
    office.setting("rule_log_days", 30)
    office.later(days=29)
    upkeep.tidy(office.engine, WS)
    assert runs(office) != []
    office.later(days=2)
    upkeep.tidy(office.engine, WS)
    assert runs(office) == []


def test_only_who_looks_after_the_app_sees_the_log(office: World) -> None:
    office.person("clerk", "clerk")
    client = signed_in(office, login="clerk")
    for path in ("/a/shop/runs", "/a/shop/runs/failed", "/a/shop/runs/1-1"):
        assert client.get(path).status_code == 403


# What failed


def give_up(world: World, count: int = 1, record: int = 0) -> list[str]:
    """Messages that were given up."""
    found = []
    for _ in range(count):
        id, now = world.engine.database.new_id(), world.clock.now()
        body = {"app": "shop", "rule": "made_after", "entity": "request", "id": record, "event": {}}
        row = {"ws": WS, "message_id": id, "cmd": 1, "kind": "rule", "not_before": now, "attempts": 10}
        with world.engine.database.write() as conn:
            conn.execute(insert(outbox_table), {**row, "body": body, "parked_at": now, "error": "NOT_FOUND"})
        found.append(world.engine.database.show(id))
    return found


def test_many_are_sent_again_at_once(office: World) -> None:
    one, two, _ = give_up(office, 3)
    client = signed_in(office)
    assert "Not found, or not yours to see" in text(client, "/a/shop/runs/failed")
    assert post(client, "/a/shop/runs/failed", do="retry", message=[one, two]).status_code == 302
    with office.reading() as ctx:
        assert len(outbox.parked(ctx.conn, WS)) == 1
    post(client, "/a/shop/runs/failed", do="retry_all")
    with office.reading() as ctx:
        assert outbox.parked(ctx.conn, WS) == ()
    assert post(client, "/a/shop/runs/failed", do="retry", message=[one]).status_code == 404


def test_giving_up_wants_a_reason_and_says_who_did_and_why(office: World) -> None:
    id = office.id(office.create("request", {"code": "R1", "subject": "chairs"}))
    Relay(office.engine, WS).drain()
    [one] = give_up(office, record=id)
    client = signed_in(office)
    post(client, "/a/shop/runs/failed", do="discard", message=[one])
    with office.reading() as ctx:
        assert len(outbox.parked(ctx.conn, WS)) == 1, "without a reason nothing is given up"
    post(client, "/a/shop/runs/failed", do="discard", message=[one], why="The supplier is gone")
    shown = text(client, "/a/shop/runs/failed")
    assert "Boss" in shown
    assert "The supplier is gone" in shown
    record = text(client, f"/a/shop/request/{office.engine.database.show(id)}")
    assert "The supplier is gone" in record
    office.later(days=60)
    upkeep.tidy(office.engine, WS)
    assert "The supplier is gone" in text(signed_in(office), "/a/shop/runs/failed")


def test_what_will_be_tried_again_says_when(office: World) -> None:
    [one] = give_up(office)
    message = office.engine.database.read_id(one)
    assert message is not None
    with office.engine.database.write() as conn:
        values = {"parked_at": None, "attempts": 2, "error": "CONNECTION"}
        conn.execute(outbox_table.update().where(outbox_table.c.message_id == message).values(**values))
    shown = text(signed_in(office), "/a/shop/runs/failed")
    assert "Will be tried again" in shown
    assert "2 tries" in shown


def test_the_record_tells_what_came_of_a_later_rule_and_not_that_it_waited(office: World) -> None:
    id = office.id(office.create("request", {"code": "R1", "subject": "chairs"}))
    path = f"/a/shop/request/{office.engine.database.show(id)}"
    client = signed_in(office)
    assert "To do later" in text(client, path)
    Relay(office.engine, WS).drain()
    assert "To do later" not in text(client, path)
