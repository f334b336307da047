"""A page that shows a record hears that somebody else changed it: which, at which version, who. Nothing else, and only who may read it."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask.testing import FlaskClient

from builder.app import create_app
from builder.commands import DeleteRecord, GrantRole
from builder.runtime import auth
from builder.runtime.api import events
from builder.runtime.pulse import Waiting
from tests.runtime.office import Office, open_office
from tests.runtime.test_events import heard
from tests.runtime.world import PASSWORD, WS, World

STREAM = {"Accept": "text/event-stream"}
EVENTS = "/api/v1/events"


@pytest.fixture
def office(empty: World) -> Office:
    return open_office(empty)


def client_of(office: Office, login: str) -> FlaskClient:
    client = create_app(office.world.engine).test_client()
    token = auth.sign_in(office.world.engine, WS, login, PASSWORD).token
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


def named(office: Office, name: str, version: int = 1, entity: str = "goods") -> str:
    return f"shop/{entity}/{office.show(name)}@{version}"


def asked(client: FlaskClient, watch: str, since: str = "") -> Any:
    answer = client.get(EVENTS, query_string={"watch": watch, "since": since})
    assert answer.status_code == 200, answer.text
    return answer.get_json()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams whose time is over at once."""
    monkeypatch.setattr(events, "SLICE", 0)


def test_who_watches_a_record_is_told_who_brought_it_to_which_version(office: Office) -> None:
    eva = client_of(office, "eva")
    assert asked(eva, named(office, "rice"))["records"] == []
    office.world.update("goods", office.ids["rice"], {"name": "CANARY-NEW"}, actor=office.boss)
    said = asked(eva, named(office, "rice"))
    (told,) = said["records"]
    show = office.world.engine.database.show
    assert {**told, "at": ""} == {
        "app": "shop",
        "entity": "goods",
        "id": office.show("rice"),
        "version": 2,
        "by": {"id": show(office.boss.user_id), "name": "Boss"},
        "at": "",
    }
    assert "CANARY" not in str(said)


def test_a_change_is_told_once(office: Office) -> None:
    eva, watch = client_of(office, "eva"), named(office, "rice")
    since = asked(eva, watch)["since"]
    office.world.update("goods", office.ids["rice"], {"name": "a"})
    first = asked(eva, watch, since)
    assert [one["by"] for one in first["records"]] == [None]
    assert asked(eva, watch, first["since"])["records"] == []
    office.world.update("goods", office.ids["rice"], {"name": "b"})
    assert [one["version"] for one in asked(eva, watch, first["since"])["records"]] == [3]


def test_a_stream_that_waits_is_woken_by_a_change(office: Office) -> None:
    eva, watch = client_of(office, "eva"), named(office, "rice")
    since, entered, found = asked(eva, watch)["since"], threading.Event(), []
    pulse = office.world.engine.pulse
    enter = pulse.enter

    def seen(*given: Any) -> Waiting | None:
        made = enter(*given)
        entered.set()
        return made

    pulse.enter = seen  # type: ignore[method-assign,assignment]  # only to know when it waits

    def listen() -> None:
        headers = {**STREAM, "Last-Event-ID": since}
        found.append(heard(eva.get(EVENTS, query_string={"watch": watch}, headers=headers).text))

    waiting = threading.Thread(target=listen)
    waiting.start()
    assert entered.wait(30)
    office.world.update("goods", office.ids["rice"], {"name": "a"}, actor=office.boss)
    waiting.join(30)
    assert found[0]["event"] == "news"
    assert [(r["version"], r["by"]["name"]) for r in found[0]["data"]["records"]] == [(2, "Boss")]


@pytest.mark.usefixtures("hasty")
def test_what_is_out_of_sight_is_as_silent_as_what_never_was(office: Office) -> None:
    eva = client_of(office, "eva")
    nothing = f"shop/goods/{office.world.engine.database.show(office.world.engine.database.new_id())}@1"
    for watch in (
        named(office, "west"),
        nothing,
        f"other/goods/{office.show('rice')}@1",
        nothing.replace("goods", "none"),
    ):
        before = asked(eva, watch)
        office.world.update("goods", office.ids["west"], {"name": f"CANARY-{watch[-20:]}"})
        answer = eva.get(
            EVENTS, query_string={"watch": watch}, headers={**STREAM, "Last-Event-ID": before["since"]}
        )
        assert "event" not in heard(answer.text)
        assert asked(eva, watch) == before
        assert before["records"] == []


def test_who_lost_the_right_hears_no_more(office: Office) -> None:
    eva, watch = client_of(office, "eva"), named(office, "rice")
    office.world.update("goods", office.ids["rice"], {"name": "a"})
    assert len(asked(eva, watch)["records"]) == 1
    office.world.send(GrantRole("shop", office.eva.user_id, "east", "east", revoke=True))
    assert asked(eva, watch)["records"] == []


def test_a_record_that_moved_out_of_sight_is_not_told_of(office: Office) -> None:
    eva, watch = client_of(office, "eva"), named(office, "rice")
    office.world.update("goods", office.ids["rice"], {"branch": "west"})
    assert asked(eva, watch)["records"] == []


def test_a_deletion_is_a_change(office: Office) -> None:
    eva = client_of(office, "eva")
    id = office.ids["order"]
    watch = named(office, "order", entity="order")
    assert asked(eva, watch)["records"] == []
    office.world.send(DeleteRecord("shop", "order", id), actor=office.eva)
    assert [one["by"]["name"] for one in asked(eva, watch)["records"]] == ["Eva"]


def test_one_look_serves_everybody_who_waits(office: Office) -> None:
    pulse, rice = office.world.engine.pulse, office.ids["rice"]
    with office.world.reading() as ctx:
        key = (ctx.app.maps.entity_id("goods"), rice)
    head = events._whole_head(office.world.engine, auth.Found(office.eva, "", None))
    waits = [pulse.enter((WS, office.eva.user_id), head, {key: version}) for version in (1, 5)]
    office.world.update("goods", rice, {"name": "a"})
    pulse.look()
    assert [one.changed.is_set() for one in waits if one] == [True, False]
    for one in waits:
        assert one is not None
        pulse.leave(one)


@pytest.mark.parametrize(
    "watch", ["x", "shop/goods", "shop/goods/!@1", "shop/goods/1", "//@1", ",".join(["shop/goods/0@1"] * 21)]
)
def test_what_names_no_records_is_refused(office: Office, watch: str) -> None:
    answer = client_of(office, "eva").get(EVENTS, query_string={"watch": watch})
    assert (answer.status_code, answer.get_json()["errors"][0]["code"]) == (422, "WATCH")


@pytest.mark.parametrize(
    "since", ["0.-.0.x", "0.-.0.", "0.-.0.1-2-3", "0.-.0.-1", "0.-.0.999999999999999999999"]
)
def test_a_forged_token_is_no_way_in(office: Office, since: str) -> None:
    assert asked(client_of(office, "eva"), named(office, "west"), since)["records"] == []
