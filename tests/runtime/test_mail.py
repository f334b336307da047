"""E-mail goes out by SMTP: in the reader's language, by one stable id, and again where the server had no time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from builder.changes import Message
from builder.commands import SaveUser
from builder.runtime.relay import Relay
from builder.storage import outbox
from tests.runtime.mail_server import MailServer, mail_server
from tests.runtime.world import PASSWORD, WS, World


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as found:
        yield found


@pytest.fixture
def mailing(empty: World, server: MailServer) -> World:
    """An engine with a mail server."""
    settings = replace(
        empty.engine.settings, smtp_host="127.0.0.1", smtp_port=server.port, smtp_from="app@example.com"
    )
    return replace(empty, engine=replace(empty.engine, settings=settings))


def leave(world: World, email: str) -> None:
    user = world.id(world.send(SaveUser("ann", "Ann", email=email, password=PASSWORD)))
    body = {
        "user_id": user,
        "title": {"zh-CN": "缺货\r\nBcc: x@y.z", "en": "Short"},
        "body": "米 3 袋\n.\n完",
    }
    with world.engine.database.write() as conn:
        outbox.append(
            conn,
            WS,
            [Message("email", body)],
            cmd=1,
            now=world.clock.now(),
            new_id=world.engine.database.new_id,
        )


def test_a_mail_arrives_as_it_was_written(mailing: World, server: MailServer) -> None:
    leave(mailing, "ann@example.com")
    assert [d.error for d in Relay(mailing.engine, WS).drain()] == [""]
    (mail,) = server.taken
    assert (mail["To"], mail["From"]) == ("ann@example.com", "app@example.com")
    assert mail["Subject"] == "缺货 Bcc: x@y.z"
    assert mail["Bcc"] is None
    assert mail.get_content().splitlines() == ["米 3 袋", ".", "完"]


def test_a_busy_server_is_asked_again_by_the_same_id(mailing: World, server: MailServer) -> None:
    server.refusals = ["451 later"]
    leave(mailing, "ann@example.com")
    relay = Relay(mailing.engine, WS)
    assert [bool(d.error) for d in relay.drain()] == [True]
    mailing.later(seconds=10)
    assert [d.error for d in relay.drain()] == [""]
    mailing.later(hours=2)
    assert relay.drain() == ()
    assert len(server.taken) == 1
    assert str(server.taken[0]["Message-ID"]).startswith(f"<{WS}.")


def test_who_has_no_address_is_not_written_to(mailing: World, server: MailServer) -> None:
    leave(mailing, "")
    assert [d.error for d in Relay(mailing.engine, WS).drain()] == [""]
    assert server.taken == []
