"""Choices: everybody says which notices they want by mail, when, and when not to be disturbed; the inbox has everything all the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from builder.app import create_app
from builder.changes import Message
from builder.commands import Actor, SaveNoticeChoices, SaveUser
from builder.errors import InvalidError
from builder.runtime import auth, delivery
from builder.runtime.delivery import Choices, goes_out, kind_of, quiet_until
from builder.runtime.mailing import messages
from builder.runtime.relay import Relay
from builder.storage import notifications, outbox
from builder.workflow.chinese_holidays import CHINA
from tests.runtime.mail_server import MailServer, mail_server
from tests.runtime.world import PASSWORD, WS, World

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as found:
        yield found


@pytest.fixture
def mailing(shop: World, server: MailServer) -> World:
    settings = replace(
        shop.engine.settings, smtp_host="127.0.0.1", smtp_port=server.port, smtp_from="app@example.com"
    )
    return replace(shop, engine=replace(shop.engine, settings=settings))


def reader(world: World, locale: str = "en", **modes: str) -> Actor:
    """Ann, who wants these kinds by mail."""
    ann = world.person("ann")
    world.send(SaveUser("ann", "Ann", id=ann.user_id, email="ann@example.com", locale=locale))
    world.send(SaveNoticeChoices(modes), actor=ann)
    return ann


def tell(
    world: World, user: Actor, title: str = "Rice is short", kind: str = "rule", sent_as: str = "notification"
) -> None:
    words: Mapping[str, object] = {"title": {"zh-CN": "缺米", "en": title}, "body": ""}
    body = {"user_id": user.user_id, "kind": kind, "app": "shop", **words}
    with world.engine.database.write() as conn:
        new_id = world.engine.database.new_id
        message = Message(sent_as, body)  # type: ignore[arg-type]  # one of its kinds
        outbox.append(conn, WS, [message], cmd=1, now=world.clock.now(), new_id=new_id)


def drain(world: World) -> None:
    assert [d.error for d in Relay(world.engine, WS).drain() if d.error] == []


def inbox(world: World, user: Actor) -> list[str]:
    with world.engine.database.snapshot() as conn:
        return [row.title for row in notifications.of(conn, WS, user.user_id)]


def test_without_a_choice_the_inbox_has_it_and_no_mail_goes(mailing: World, server: MailServer) -> None:
    ann = reader(mailing)
    tell(mailing, ann)
    drain(mailing)
    assert (inbox(mailing, ann), server.taken) == (["Rice is short"], [])


def test_who_wants_it_at_once_has_a_mail_at_once(mailing: World, server: MailServer) -> None:
    ann = reader(mailing, rule="now")
    tell(mailing, ann)
    drain(mailing)
    (mail,) = server.taken
    assert (mail["Subject"], inbox(mailing, ann)) == ("Rice is short", ["Rice is short"])


def test_a_digest_is_one_mail_in_the_reader_s_language_when_it_is_due(
    mailing: World, server: MailServer
) -> None:
    ann = reader(mailing, locale="zh-CN", rule="hourly")
    for minutes in (0, 10, 20):
        tell(mailing, ann, f"at {minutes}")
        drain(mailing)
        mailing.later(minutes=10)
    assert server.taken == []
    mailing.later(minutes=31)
    drain(mailing)
    (mail,) = server.taken
    assert mail["Subject"] == "3 条新通知"
    assert [line for line in mail.get_content().splitlines() if line] == ["1. 缺米", "2. 缺米", "3. 缺米"]
    mailing.later(hours=5)
    drain(mailing)
    assert len(server.taken) == 1


def test_a_digest_leaves_out_what_was_read_meanwhile(mailing: World, server: MailServer) -> None:
    ann = reader(mailing, rule="daily")
    tell(mailing, ann, "first")
    drain(mailing)
    with mailing.engine.database.write() as conn:
        notifications.mark_read(conn, WS, ann.user_id, mailing.clock.now())
    tell(mailing, ann, "second")
    drain(mailing)
    mailing.later(hours=24)
    drain(mailing)
    (mail,) = server.taken
    assert mail["Subject"] == "second"


def test_a_refused_digest_comes_again_as_a_whole_and_once(mailing: World, server: MailServer) -> None:
    ann = reader(mailing, rule="hourly")
    tell(mailing, ann, "one")
    tell(mailing, ann, "two")
    drain(mailing)
    mailing.later(hours=1)
    server.refusals = ["451 later"]
    assert all(d.error for d in Relay(mailing.engine, WS).drain())
    mailing.later(minutes=1)
    drain(mailing)
    (mail,) = server.taken
    assert mail["Subject"] == "2 new notices"


def test_a_rule_s_mail_follows_its_reader(mailing: World, server: MailServer) -> None:
    ann = reader(mailing, rule="off")
    tell(mailing, ann, sent_as="email")
    drain(mailing)
    assert (inbox(mailing, ann), server.taken) == (["Rice is short"], [])
    mailing.send(SaveNoticeChoices({"rule": "hourly"}), actor=ann)
    tell(mailing, ann, "Tea is short", sent_as="email")
    drain(mailing)
    assert server.taken == []
    mailing.later(hours=1)
    drain(mailing)
    assert [mail["Subject"] for mail in server.taken] == ["Tea is short"]


def test_quiet_hours_hold_a_mail_back_until_they_end(mailing: World, server: MailServer) -> None:
    ann = reader(mailing)
    # It is nine in the morning in Shanghai.
    mailing.send(
        SaveNoticeChoices({"rule": "now", "approval": "now"}, ("approval",), "08:00", "10:00"), actor=ann
    )
    tell(mailing, ann, "can wait")
    tell(mailing, ann, "cannot", kind="NOTICE_URGED")
    drain(mailing)
    assert [mail["Subject"] for mail in server.taken] == ["cannot"]
    assert len(inbox(mailing, ann)) == 2
    mailing.later(minutes=59)
    drain(mailing)
    assert len(server.taken) == 1
    mailing.later(minutes=1)
    drain(mailing)
    assert [mail["Subject"] for mail in server.taken] == ["cannot", "can wait"]


def test_without_a_mail_server_nothing_piles_up(shop: World) -> None:
    ann = reader(shop, rule="now")
    tell(shop, ann)
    drain(shop)
    with shop.engine.database.snapshot() as conn:
        assert not outbox.waiting(conn, WS, kinds=["email"], now=shop.clock.now() + timedelta(days=9))


@pytest.mark.parametrize(
    ("mode", "at", "due"),
    [
        ("now", "2026-01-09T10:20", "2026-01-09T10:20"),
        ("hourly", "2026-01-09T10:20", "2026-01-09T11:00"),
        ("daily", "2026-01-09T10:20", "2026-01-09T18:00"),
        ("daily", "2026-01-09T18:00", "2026-01-10T18:00"),
        ("workday", "2026-01-09T08:20", "2026-01-09T09:00"),
        # A Friday evening waits for Monday.
        ("workday", "2026-01-09T10:20", "2026-01-12T09:00"),
        # National day, and the Saturday that is worked for it.
        ("workday", "2026-09-30T10:20", "2026-10-08T09:00"),
        ("workday", "2026-10-09T10:20", "2026-10-10T09:00"),
    ],
)
def test_when_a_digest_goes_out(mode: str, at: str, due: str) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=SHANGHAI).astimezone(UTC)
    expected = datetime.fromisoformat(due).replace(tzinfo=SHANGHAI)
    assert goes_out(mode, moment, SHANGHAI, CHINA) == expected


@pytest.mark.parametrize(
    ("zone", "now", "until"),
    [
        ("Asia/Shanghai", "2026-01-05T21:59", None),
        ("Asia/Shanghai", "2026-01-05T22:00", "2026-01-06T07:30"),
        ("Asia/Shanghai", "2026-01-06T07:29", "2026-01-06T07:30"),
        ("Asia/Shanghai", "2026-01-06T07:30", None),
        # The night in which clocks go forward is as quiet, an hour shorter.
        ("Europe/Berlin", "2026-03-28T23:00", "2026-03-29T07:30"),
    ],
)
def test_quiet_hours_are_those_of_the_wall_clock(zone: str, now: str, until: str | None) -> None:
    place = ZoneInfo(zone)
    choices = Choices(quiet_from=time(22), quiet_to=time(7, 30))
    found = quiet_until(
        choices, "rule", datetime.fromisoformat(now).replace(tzinfo=place).astimezone(UTC), place
    )
    assert found == (datetime.fromisoformat(until).replace(tzinfo=place) if until else None)


def test_every_notice_belongs_to_a_kind() -> None:
    assert {kind_of(code) for code in ("NOTICE_TASK", "NOTICE_TICKET_OPENED", "rule", "IMPORT_DONE")} == {
        "approval", "ticket", "rule", "other",
    }  # fmt: skip


def test_no_notice_of_ours_is_left_to_the_others() -> None:
    codes = [code for code in messages().texts if code.startswith("NOTICE_")]
    assert len(codes) > 10
    assert [code for code in codes if kind_of(code) == "other"] == []


def test_what_is_kept_reads_the_same() -> None:
    handles = {"wecom": "anna"}
    made = Choices(
        {"rule": "daily", "approval": "now"}, frozenset({"approval"}), time(22), time(7, 5), handles
    )
    assert delivery.read(delivery.written(made)) == made


@pytest.mark.parametrize(
    ("command", "path"),
    [
        (SaveNoticeChoices({"rule": "yearly"}), "/modes/rule"),
        (SaveNoticeChoices({"none": "now"}), "/modes/none"),
        (SaveNoticeChoices({}, ("none",)), "/urgent"),
        (SaveNoticeChoices({}, (), "22:00", ""), "/quiet_to"),
        (SaveNoticeChoices({}, (), "", "07:00"), "/quiet_from"),
        (SaveNoticeChoices({}, (), "22:00", "22:00"), "/quiet_to"),
        (SaveNoticeChoices({}, handles={"wecom": "a>b"}), "/handles/wecom"),
        (SaveNoticeChoices({}, handles={"none": "a"}), "/handles/none"),
        (SaveNoticeChoices({}, (), "25:00", "07:00"), "/quiet_to"),
    ],
)
def test_a_choice_that_does_not_exist_is_refused(shop: World, command: SaveNoticeChoices, path: str) -> None:
    ann = shop.person("ann")
    with pytest.raises(InvalidError) as caught:
        shop.send(command, actor=ann)
    assert [p.path for p in caught.value.problems] == [path]


@pytest.fixture
def client(shop: World) -> FlaskClient:
    shop.person("ann")
    client = create_app(shop.engine).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = (
        f"Bearer {auth.sign_in(shop.engine, WS, 'ann', PASSWORD).token}"
    )
    return client


def test_choices_over_the_api(client: FlaskClient) -> None:
    before = client.get("/api/v1/notifications/choices").get_json()
    assert (set(before["modes"].values()), before["quiet_from"]) == ({"off"}, "")
    sent: dict[str, object] = {
        "modes": {"approval": "now"},
        "urgent": ["approval"],
        "quiet_from": "22:00",
        "quiet_to": "07:30",
    }
    sent["handles"] = {"wecom": " anna "}
    after = client.put("/api/v1/notifications/choices", json=sent).get_json()
    assert after == {**sent, "modes": {**before["modes"], "approval": "now"}, "handles": {"wecom": "anna"}}
    assert client.put("/api/v1/notifications/choices", json={"quiet_from": "22:00"}).status_code == 422


def test_the_page_keeps_what_was_chosen_and_says_what_stood_in_the_way(shop: World) -> None:
    shop.person("ann")
    client = create_app(shop.engine).test_client()
    signed = auth.sign_in(shop.engine, WS, "ann", PASSWORD)
    client.set_cookie("zg", signed.token)
    form = {
        "csrf_token": signed.csrf,
        "mode.approval": "hourly",
        "urgent": "approval",
        "handle.wecom": "anna",
    }
    form |= {"quiet": "1", "quiet_from": "21:00", "quiet_to": "07:00"}
    own = {"Sec-Fetch-Site": "same-origin"}
    assert client.post("/account/notices", data=form, headers=own).status_code == 302
    page = client.get("/account/notices").text
    assert 'value="hourly" selected' in page
    assert 'value="approval" aria-label' in page
    assert 'value="21:00"' in page
    assert 'value="anna"' in page
    refused = client.post("/account/notices", data={**form, "handle.wecom": "a>b"}, headers=own).text
    assert messages().text("HANDLE", "zh-CN", {}) in refused
    assert "a&gt;b" in refused
