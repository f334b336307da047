"""Events: an open page hears at once what is new, waits cheaply, and hears nothing once its session has ended."""

from __future__ import annotations

import threading
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from builder.app import create_app
from builder.changes import Message
from builder.runtime import auth
from builder.runtime.api import events
from builder.runtime.pulse import MOST_EACH, Pulse, Waiting
from builder.runtime.relay import Relay
from builder.storage import outbox
from builder.storage.notifications import Head
from tests.runtime.world import PASSWORD, WS, World

STREAM = {"Accept": "text/event-stream"}


@pytest.fixture
def client(shop: World) -> FlaskClient:
    shop.person("ann")
    client = create_app(shop.engine).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = (
        f"Bearer {auth.sign_in(shop.engine, WS, 'ann', PASSWORD).token}"
    )
    return client


def ann(world: World) -> int:
    signed = auth.sign_in(world.engine, WS, "ann", PASSWORD)
    return signed.actor.user_id


def tell(world: World, title: str = "Hello") -> None:
    """Tell Ann something, through the outbox as everything is told."""
    body = {"user_id": ann(world), "title": title, "body": "", "app": "shop"}
    with world.engine.database.write() as conn:
        new_id = world.engine.database.new_id
        outbox.append(conn, WS, [Message("notification", body)], cmd=1, now=world.clock.now(), new_id=new_id)
    Relay(world.engine, WS).drain()


def heard(text: str) -> dict[str, Any]:
    """The fields of the one event of a stream."""
    fields = dict(line.split(": ", 1) for line in text.strip().splitlines())
    return {**fields, "data": orjson.loads(fields["data"]) if "data" in fields else None}


def stream(client: FlaskClient, since: str = "") -> dict[str, Any]:
    headers = {**STREAM, **({"Last-Event-ID": since} if since else {})}
    answer = client.get("/api/v1/events", headers=headers)
    assert (answer.status_code, answer.mimetype) == (200, "text/event-stream"), answer.text
    return heard(answer.text)


def test_the_first_stream_says_how_things_stand(client: FlaskClient, shop: World) -> None:
    tell(shop)
    first = stream(client)
    assert (first["event"], first["data"]["unread"], first["data"]["items"]) == ("news", 1, [])


def test_what_came_since_is_said_at_once_in_order_and_once(client: FlaskClient, shop: World) -> None:
    since = stream(client)["id"]
    tell(shop, "one")
    tell(shop, "two")
    news = stream(client, since)
    assert [item["title"] for item in news["data"]["items"]] == ["two", "one"]
    assert (news["data"]["unread"], news["data"]["since"]) == (2, news["id"])


def test_a_stream_that_waits_is_woken_by_what_is_told(client: FlaskClient, shop: World) -> None:
    since, entered, found = stream(client)["id"], threading.Event(), []
    pulse = shop.engine.pulse
    enter = pulse.enter

    def seen(*given: Any) -> Waiting | None:
        made = enter(*given)
        entered.set()
        return made

    pulse.enter = seen  # type: ignore[method-assign,assignment]  # only to know when it waits
    waiting = threading.Thread(target=lambda: found.append(stream(client, since)))
    waiting.start()
    assert entered.wait(30)
    tell(shop, "now")
    waiting.join(30)
    assert [item["title"] for item in found[0]["data"]["items"]] == ["now"]


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams whose time is over at once."""
    monkeypatch.setattr(events, "SLICE", 0)


@pytest.mark.usefixtures("hasty")
def test_a_stream_in_which_nothing_came_ends_without_news(client: FlaskClient) -> None:
    since = stream(client)["id"]
    again = stream(client, since)
    assert (again["id"], again["retry"], "event" in again) == (since, str(events.SOON), False)


def test_where_too_many_wait_the_answer_comes_at_once(client: FlaskClient, shop: World) -> None:
    since, who = stream(client)["id"], (WS, ann(shop))
    places = [shop.engine.pulse.enter(who, Head()) for _ in range(MOST_EACH)]
    assert stream(client, since)["retry"] == str(events.LATER)
    for place in places:
        assert place is not None
        shop.engine.pulse.leave(place)


def test_three_quarters_of_the_threads_stay_free(shop: World) -> None:
    pulse = shop.engine.pulse
    places = [pulse.enter((WS, user), Head()) for user in range(1000)]
    taken = [place for place in places if place is not None]
    assert len(taken) == shop.engine.settings.threads // 4
    for place in taken:
        pulse.leave(place)


def test_what_another_process_told_is_seen_at_the_next_look(client: FlaskClient, shop: World) -> None:
    other = shop.other_process()
    mine = Pulse(other.engine.database, 5)
    place = mine.enter((WS, ann(shop)), Head())
    assert place is not None
    tell(shop)
    mine.look()
    assert place.changed.is_set()
    mine.leave(place)
    other.engine.database.close()


def test_reading_in_another_tab_is_news_too(client: FlaskClient, shop: World) -> None:
    tell(shop)
    since = stream(client)["id"]
    client.post("/api/v1/notifications/read")
    assert stream(client, since)["data"]["unread"] == 0


@pytest.mark.usefixtures("hasty")
def test_a_session_that_ends_closes_its_stream(client: FlaskClient, shop: World) -> None:
    since = stream(client)["id"]
    token = client.environ_base["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    leave = shop.engine.pulse.enter

    def signing_out(*given: Any) -> Waiting | None:
        auth.sign_out(shop.engine, token)
        return leave(*given)

    shop.engine.pulse.enter = signing_out  # type: ignore[method-assign,assignment]  # it ends while the stream waits
    answer = client.get("/api/v1/events", headers={**STREAM, "Last-Event-ID": since})
    assert answer.status_code == 401
    assert not shop.engine.pulse._waiting


def test_an_open_page_does_not_keep_its_session_alive(shop: World) -> None:
    shop.person("ann")
    client = create_app(shop.engine).test_client()
    client.set_cookie("zg", auth.sign_in(shop.engine, WS, "ann", PASSWORD).token)
    for _ in range(13):
        assert client.get("/api/v1/events").status_code in {200, 401}
        shop.later(hours=1)
    assert client.get("/api/v1/events").status_code == 401


@pytest.mark.parametrize("since", ["x", "1.2", "1.-.x", "..", "9999999999.-.0", "1.zzz.0", "٣.-.0"])
def test_what_is_no_token_is_as_if_nothing_were_known(client: FlaskClient, since: str) -> None:
    answer = client.get("/api/v1/events", query_string={"since": since})
    assert answer.get_json()["unread"] == 0


def test_who_asks_for_no_stream_gets_the_same_at_once(client: FlaskClient, shop: World) -> None:
    since = client.get("/api/v1/events").get_json()["since"]
    tell(shop, "plain")
    news = client.get(f"/api/v1/events?since={since}").get_json()
    assert [item["title"] for item in news["items"]] == ["plain"]


def test_a_stranger_hears_nothing(client: FlaskClient) -> None:
    del client.environ_base["HTTP_AUTHORIZATION"]
    assert client.get("/api/v1/events", headers=STREAM).status_code == 401
