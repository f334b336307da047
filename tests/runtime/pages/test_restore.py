"""Restoring by button, as the owner with a browser meets it: look, confirm, wait, sign in again. On both databases."""

from __future__ import annotations

import io
import re
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient

from builder.app import create_app
from builder.commands import Actor
from builder.runtime import backups, jobs, restoring
from builder.runtime.verifying import verify_all
from builder.storage.backup import write_backup
from tests.runtime.shop import shop_nodes
from tests.runtime.world import PASSWORD, START, World

DAY = "2026-01-05"


@pytest.fixture
def shop(empty: World) -> World:
    empty.install(shop_nodes(), "shop")
    return empty


@pytest.fixture
def boss(shop: World) -> Actor:
    return shop.person("boss", "boss", admin=True)


def test_the_proof_is_taken_by_who_may_back_up_and_compares(shop: World, boss: Actor) -> None:
    shop.person("clerk", "clerk")
    answer = signed_in(shop).get("/backup/proof")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    assert not verify_all(shop.engine, against=answer.get_json()).findings
    assert signed_in(shop, "clerk").get("/backup/proof").status_code == 403


def signed_in(world: World, login: str = "boss") -> FlaskClient:
    made = create_app(world.engine).test_client()
    made.set_cookie("zg_locale", "en")
    token = re.search(r'name="csrf_token" value="([^"]+)"', made.get("/sign-in").get_data(as_text=True))
    assert token is not None
    answer = made.post("/sign-in", data={"login": login, "password": PASSWORD, "csrf_token": token[1]})
    assert answer.status_code == 302
    return made


def csrf(client: FlaskClient) -> str:
    found = re.search(r'<meta name="csrf" content="([^"]+)"', client.get("/account").get_data(as_text=True))
    assert found is not None
    return found[1]


def post(client: FlaskClient, path: str, **data: Any) -> Any:
    return client.post(path, data={"csrf_token": csrf(client), **data}, content_type="multipart/form-data")


def finished() -> None:
    """What was started has ended."""
    for thread in threading.enumerate():
        if thread.name == "restore":
            thread.join()


def receive(world: World, goods: str, quantity: str) -> None:
    world.create("receipt", {"lines": [{"goods": goods, "quantity": quantity}]}, submit=True)


def stock(world: World, goods: str) -> Decimal:
    id = world.engine.database.read_id(goods)
    return world.balance("stock", "on_hand", id)


def made_now(world: World, actor: Actor) -> str:
    """A backup, made by the job as the button makes it."""
    backups.start_backup(world.engine, actor)
    while jobs.run_step(world.engine):
        pass
    return backups.backups(world.engine)[0].name


def confirm(client: FlaskClient, name: str) -> Any:
    return post(client, f"/backup/{name}/restore", sure="true", day=DAY)


def test_the_numbers_are_as_of_the_backup_and_the_restore_is_undone(shop: World, boss: Actor) -> None:
    goods = str(shop.create("goods", {"code": "A", "name": "Rice"})["id"])
    receive(shop, goods, "5")
    name = made_now(shop, boss)
    shop.later(minutes=1)
    receive(shop, goods, "7")
    assert stock(shop, goods) == 12
    client = signed_in(shop)
    look = client.get(f"/backup/{name}/restore").get_data(as_text=True)
    for part in ("Shop · version 1", "Whole", DAY):
        assert part in look
    assert confirm(client, name).headers["Location"] == "/backup/restoring"
    finished()
    assert stock(shop, goods) == 5
    assert verify_all(shop.engine).findings == ()
    # Everybody is signed out, also who did it; the page says why.
    answer = client.get("/backup/restoring")
    assert answer.status_code == 302
    assert "The backup is restored" in client.get(answer.headers["Location"]).get_data(as_text=True)
    assert client.get("/backup").status_code == 401
    again = signed_in(shop)
    page = again.get("/backup").get_data(as_text=True)
    undo = re.search(r'href="/backup/(before-restore-[\d-]+\.zip)/restore"', page)
    assert undo is not None
    assert "running" not in page
    receive(shop, goods, "1")
    assert confirm(again, undo[1]).status_code == 302
    finished()
    assert stock(shop, goods) == 12
    assert verify_all(shop.engine).findings == ()


def test_what_other_processes_keep_in_memory_is_of_the_past(shop: World, boss: Actor) -> None:
    other = shop.other_process()
    name = made_now(shop, boss)
    receive(other, str(other.create("goods", {"code": "A", "name": "Rice"})["id"]), "1")
    client = signed_in(shop)
    confirm(client, name)
    finished()
    other.engine.renew()
    goods = str(other.create("goods", {"code": "A", "name": "Oil"})["id"])
    receive(other, goods, "3")
    assert stock(other, goods) == 3
    assert verify_all(other.engine).findings == ()
    other.engine.database.close()


def test_writing_meanwhile_is_refused_and_reading_goes_on(
    shop: World, boss: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = made_now(shop, boss)
    client, seller = signed_in(shop), signed_in(shop)
    proof = csrf(seller)
    reached, go_on = threading.Event(), threading.Event()

    def wait(*args: Any) -> None:
        reached.set()
        go_on.wait(30)
        write_backup(*args)

    monkeypatch.setattr(restoring, "write_backup", wait)
    confirm(client, name)
    assert reached.wait(30)
    try:
        refused = seller.post(
            "/api/v1/apps/shop/goods", json={"code": "B", "name": "Oil"}, headers={"X-CSRF-Token": proof}
        )
        assert (refused.status_code, refused.get_json()["code"]) == (503, "RESTORING")
        assert refused.headers["Retry-After"] == "5"
        page = seller.post(
            "/account", data={"name": "B", "csrf_token": proof}, headers={"Accept": "text/html"}
        )
        assert page.status_code == 503
        assert "A backup is being restored" in page.get_data(as_text=True)
        assert seller.get("/a/shop/goods").status_code == 200
        assert "The restore is running" in client.get("/backup/restoring").get_data(as_text=True)
        # Long idle, so that reading would prolong the session: that may wait.
        shop.later(minutes=10)
        assert seller.get("/api/v1/apps/shop/goods").status_code == 200
    finally:
        go_on.set()
        finished()


def test_an_altered_backup_is_refused_with_its_places(shop: World, boss: Actor, tmp_path: Path) -> None:
    shop.create("goods", {"code": "A", "name": "Rice"})
    name = made_now(shop, boss)
    altered = io.BytesIO()
    with ZipFile(backups.backup_path(shop.engine, name)) as old, ZipFile(altered, "w") as new:
        for part in old.namelist():
            body = old.read(part)
            if part == "tables/account.jsonl":
                body = body.replace(b"boss", b"evil")
            if part != "tables/journal.jsonl":
                new.writestr(part, body)
    altered.seek(0)
    client = signed_in(shop)
    answer = post(client, "/backup/upload", file=(altered, "mine.zip"))
    look = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "This backup cannot be restored" in look
    assert "tables/account.jsonl" in look
    assert "tables/journal.jsonl" in look
    assert 'name="sure"' not in look
    sent = answer.headers["Location"].split("/")[2]
    assert "tables/account.jsonl" in confirm(client, sent).get_data(as_text=True)
    assert restoring.state_of(shop.engine) is None
    assert not shop.engine.standstill.is_on()


def test_a_whole_backup_may_be_sent_however_large_other_requests_may_be(shop: World, boss: Actor) -> None:
    name = made_now(shop, boss)
    body = backups.backup_path(shop.engine, name).read_bytes()
    backups.remove(shop.engine, name)
    client = signed_in(shop)
    client.application.config["MAX_CONTENT_LENGTH"] = len(body) - 1
    assert post(client, "/account/password", x="x" * len(body)).status_code == 413
    answer = post(client, "/backup/upload", file=(io.BytesIO(body), "mine.zip"))
    assert answer.status_code == 302
    assert 'name="sure"' in client.get(answer.headers["Location"]).get_data(as_text=True)
    assert post(client, "/backup/upload").status_code == 422


def test_nothing_is_restored_without_tick_and_date_nor_by_others(shop: World, boss: Actor) -> None:
    name = made_now(shop, boss)
    client = signed_in(shop)
    path = f"/backup/{name}/restore"
    for sent in ({}, {"sure": "true"}, {"day": DAY}, {"sure": "true", "day": "2026-01-06"}):
        assert "Tick the box" in post(client, path, **sent).get_data(as_text=True)
    shop.person("clerk")
    clerk = signed_in(shop, "clerk")
    assert clerk.get(path).status_code == 403
    assert post(clerk, path, sure="true", day=DAY).status_code == 403
    assert post(clerk, "/backup/upload", file=(io.BytesIO(b"x"), "x.zip")).status_code == 403
    assert create_app(shop.engine).test_client().post("/backup/upload").status_code == 401
    assert restoring.state_of(shop.engine) is None


def test_a_restore_that_breaks_off_changes_nothing_and_says_so(
    shop: World, boss: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = made_now(shop, boss)
    goods = str(shop.create("goods", {"code": "A", "name": "Rice"})["id"])
    receive(shop, goods, "2")
    client = signed_in(shop)

    def broken(*_: Any) -> None:
        raise OSError("no room")

    monkeypatch.setattr(restoring, "write_backup", broken)
    confirm(client, name)
    finished()
    assert "Nothing was restored" in client.get("/backup/restoring").get_data(as_text=True)
    receive(shop, goods, "2")
    assert stock(shop, goods) == 4


def test_a_restore_whose_process_died_is_told_as_broken_off(shop: World, boss: Actor) -> None:
    state = restoring.State("zhanggui-20260105-010000.zip", "reading", START.isoformat())
    restoring._keep(shop.engine, state)
    found = restoring.state_of(shop.engine)
    assert found is not None
    assert found.step == restoring.FAILED
    assert [one.code for one in found.problems] == ["RESTORE_BROKEN_OFF"]
