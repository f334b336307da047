"""The pages of those who look after the system, as programs that forge forms meet them; and the commands behind them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from builder.app import create_app
from builder.commands import ChangePassword, ChangeProfile, SaveToken
from builder.errors import ForbiddenError, InvalidError, NotFoundError, NotSignedInError
from builder.runtime import auth, backups, guesses, jobs
from builder.runtime.dispatch import body_hash
from builder.storage import accounts, outbox
from builder.storage.tables.machinery import outbox as outbox_table
from tests.runtime.shop import shop_nodes
from tests.runtime.world import PASSWORD, WS, World, open_world

NEW = "Quiet-River-9-Stones"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[World]:
    world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    world.install(shop_nodes(), "shop")
    yield world
    world.engine.database.close()


def signed_in(shop: World, login: str) -> FlaskClient:
    made = create_app(shop.engine).test_client()
    made.set_cookie("zg_locale", "en")
    page = made.get("/sign-in").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    answer = made.post("/sign-in", data={"login": login, "password": PASSWORD, "csrf_token": token[1]})
    assert answer.status_code == 302
    return made


def post(client: FlaskClient, path: str, **data: Any) -> Any:
    page = client.get("/account").get_data(as_text=True)
    token = re.search(r'<meta name="csrf" content="([^"]+)"', page)
    assert token is not None
    return client.post(path, data={**data, "csrf_token": token[1]})


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


# One's own account


def test_a_new_password_needs_the_old_one_and_ends_every_session(shop: World) -> None:
    clerk = shop.person("clerk", "clerk")
    session = auth.sign_in(shop.engine, WS, "clerk", PASSWORD).token
    with pytest.raises(InvalidError) as wrong:
        shop.send(ChangePassword("something else", NEW), actor=clerk)
    assert wrong.value.code == "PASSWORD_WRONG"
    with pytest.raises(InvalidError):
        shop.send(ChangePassword(PASSWORD, "short"), actor=clerk)
    assert auth.find_session(shop.engine, session) is not None

    shop.send(ChangePassword(PASSWORD, NEW), actor=clerk)
    assert auth.find_session(shop.engine, session) is None
    with pytest.raises(NotSignedInError):
        auth.sign_in(shop.engine, WS, "clerk", PASSWORD)
    assert auth.sign_in(shop.engine, WS, "clerk", NEW).actor.login == "clerk"


def test_a_program_with_a_token_is_not_the_person(shop: World) -> None:
    clerk = shop.person("clerk", "clerk")
    token = shop.send(SaveToken("reader"), actor=clerk)["token"]
    found = auth.find_token(shop.engine, token)
    assert found is not None
    for command in (ChangePassword(PASSWORD, NEW), ChangeProfile("Somebody")):
        with pytest.raises(ForbiddenError):
            shop.send(command, actor=found.actor)


def test_a_name_and_a_language_change_and_nothing_else_does(shop: World) -> None:
    boss = shop.person("boss", "boss", admin=True)
    shop.send(ChangeProfile(" Wang ", "wang@example.com", "en"), actor=boss)
    with shop.engine.database.snapshot() as conn:
        user = accounts.user(conn, WS, boss.user_id)
    assert user is not None
    assert (user.name, user.email, user.locale) == ("Wang", "wang@example.com", "en")
    assert user.is_admin
    assert auth.sign_in(shop.engine, WS, "boss", PASSWORD)
    with pytest.raises(InvalidError):
        shop.send(ChangeProfile("  "), actor=boss)


def test_what_is_kept_of_a_request_says_nothing_of_a_password() -> None:
    assert body_hash(ChangePassword("one", "two")) == body_hash(ChangePassword("three", "four"))
    assert "secret" not in repr(ChangePassword("secret", "secret"))


def test_the_other_sessions_end_and_this_one_stays(shop: World) -> None:
    shop.person("clerk", "clerk")
    here, there = (auth.sign_in(shop.engine, WS, "clerk", PASSWORD).token for _ in range(2))
    auth.sign_out_elsewhere(shop.engine, here)
    assert auth.find_session(shop.engine, here) is not None
    assert auth.find_session(shop.engine, there) is None


def test_guessing_the_old_password_is_as_slow_as_signing_in(shop: World) -> None:
    shop.person("clerk", "clerk")
    client = signed_in(shop, "clerk")
    for _ in range(guesses.FREE_FAILURES):
        answer = post(client, "/account/password", old="wrong", new=NEW, again=NEW)
        assert "current password is wrong" in answer.get_data(as_text=True)
    answer = post(client, "/account/password", old=PASSWORD, new=NEW, again=NEW)
    assert answer.status_code == 200
    shop.later(seconds=guesses.LOCK_SECONDS + 1)
    assert post(client, "/account/password", old=PASSWORD, new=NEW, again=NEW).status_code == 302
    assert "password is changed" in text(client, "/account?said=password")


# People


def test_who_may_only_give_roles_changes_no_account(shop: World) -> None:
    shop.person("boss", "boss")
    clerk = shop.person("clerk")
    id = shop.engine.database.show(clerk.user_id)
    client = signed_in(shop, "boss")
    assert "clerk" in text(client, "/people")
    assert client.get("/people/new").status_code == 403
    assert client.get("/people/units").status_code == 403
    refused = post(client, f"/people/{id}", name="Other", login="clerk")
    assert "You may not do this" in refused.get_data(as_text=True)
    assert post(client, f"/people/{id}/roles", role="shop/seller").status_code == 302
    assert "Seller" in text(client, f"/people/{id}")


def test_a_form_without_its_proof_changes_nothing(shop: World) -> None:
    shop.person("boss", "boss", admin=True)
    client = signed_in(shop, "boss")
    for path in (
        "/people/new",
        "/people/units",
        "/account",
        "/account/tokens",
        "/backup",
        "/a/shop/settings",
    ):
        assert client.post(path, data={"name": "x", "login": "x"}).status_code == 403, path
    with shop.engine.database.snapshot() as conn:
        assert [u.login for u in accounts.users(conn, WS)] == ["boss"]


def test_a_login_that_is_taken_is_said_and_the_form_keeps_what_was_typed(shop: World) -> None:
    shop.person("boss", "boss", admin=True)
    client = signed_in(shop, "boss")
    answer = post(client, "/people/new", name="Zhang", login="boss", password=NEW)
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert 'role="alert"' in shown
    assert 'value="Zhang"' in shown


# Settings


def test_only_what_changed_is_written_and_what_is_wrong_stops_all(shop: World) -> None:
    shop.person("boss", "boss", admin=True)
    client = signed_in(shop, "boss")
    path = "/a/shop/settings"
    sent = {"is.large": "1", "is.force_approval": "1", "force_approval": "true"}
    assert 'role="alert"' in post(client, path, **sent, large="lots").get_data(as_text=True)
    assert post(client, path, **sent, large="2,500").headers["Location"].endswith("settings_saved")
    assert post(client, path, **sent, large="2500").headers["Location"].endswith("settings_same")
    shown = text(client, path)
    assert "2,500" in shown
    assert "Boss" in shown


def test_conditions_are_a_setting_too(shop: World) -> None:
    nodes = shop_nodes()
    pilot = {"uid": "shop.pilot", "key": "pilot", "label": "Pilot", "type": "filter", "entity": "goods"}
    nodes["app", "app"] = {**nodes["app", "app"], "settings": [*nodes["app", "app"]["settings"], pilot]}
    shop.install(nodes, "second")
    shop.person("boss", "boss", admin=True)
    client = signed_in(shop, "boss")
    path = "/a/second/settings"
    assert "zg-filter" in text(client, path)
    where = '{"field": "code", "op": "=", "value": "A"}'
    assert post(client, path, **{"is.pilot": "1"}, pilot=where).status_code == 302
    with shop.reading() as ctx:
        assert ctx.reader.raw_setting("pilot") == {"field": "code", "op": "=", "value": "A"}
    assert "Conditions" in text(client, path)
    assert 'role="alert"' in post(client, path, **{"is.pilot": "1"}, pilot="{").get_data(as_text=True)


# Backups


def test_a_backup_is_made_by_a_job_listed_and_removed(shop: World) -> None:
    boss = shop.person("boss", "boss", admin=True)
    backups.start_backup(shop.engine, boss)
    while jobs.run_step(shop.engine):
        pass
    (made,) = backups.backups(shop.engine)
    assert backups.backup_path(shop.engine, made.name).stat().st_size == made.size
    for name in ("../zhanggui.db", "zhanggui.db", f"../backups/{made.name}", "zhanggui-1.zip"):
        with pytest.raises(NotFoundError):
            backups.backup_path(shop.engine, name)
    backups.remove(shop.engine, made.name)
    assert backups.backups(shop.engine) == []


def test_a_right_in_no_app_is_no_right_to_a_backup(shop: World) -> None:
    shop.person("boss", "boss")
    client = signed_in(shop, "boss")
    assert client.get("/backup").status_code == 403
    assert post(client, "/backup").status_code == 403


# Rules


def test_a_parked_message_is_sent_again_by_a_button(shop: World) -> None:
    shop.person("boss", "boss", admin=True)
    client = signed_in(shop, "boss")
    now, id = shop.clock.now(), shop.engine.database.new_id()
    row = {"ws": WS, "message_id": id, "cmd": 1, "kind": "rule", "order_key": "", "not_before": now}
    with shop.engine.database.single() as conn:
        body = {"app": "shop", "rule": "gone", "entity": "goods", "id": 1}
        conn.execute(outbox_table.insert().values(**row, body=body, parked_at=now, error="NOT_FOUND"))
    shown = text(client, "/a/shop/runs/failed")
    assert "Not found, or not yours to see" in shown
    assert post(client, f"/a/shop/runs/{shop.engine.database.show(id)}/retry").status_code == 302
    with shop.engine.database.snapshot() as conn:
        assert outbox.parked(conn, WS) == ()
        assert conn.execute(select(outbox_table.c.attempts)).scalar_one() == 0
    again = post(client, f"/a/shop/runs/{shop.engine.database.show(id)}/retry")
    assert again.status_code == 404
