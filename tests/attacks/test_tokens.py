"""A token reaches no further than it says, and never further than the person who made it."""

from __future__ import annotations

import io
from typing import Any

from flask.testing import FlaskClient

from builder.runtime import jobs
from tests.runtime.office import Office

API = "/api/v1/apps/shop"


def program(office: Office, login: str, *scope: str) -> FlaskClient:
    """A client that carries a token of ``login`` limited to ``scope``."""
    person = office.client(login)
    token = person.post("/api/v1/tokens", json={"name": "x", "scope": list(scope), "days": 1}).get_json()
    person.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token['token']}"
    return person


def approved(office: Office) -> str:
    lines = [{"goods": office.show("rice"), "quantity": "1"}]
    receipt = office.world.create("receipt", {"lines": lines}, submit=True, actor=office.eva)
    return str(receipt["id"])


def test_an_administrators_token_does_not_edit_what_is_closed(office: Office) -> None:
    receipt = approved(office)
    answer = program(office, "boss", "shop:write").patch(f"{API}/receipt/{receipt}", json={"remark": "other"})
    assert (answer.status_code, answer.get_json()["code"]) == (403, "STATE_CLOSED")


def test_an_administrators_token_for_reading_one_app_does_not_see_people(office: Office) -> None:
    assert program(office, "boss", "shop:read").get("/people").status_code == 403
    assert program(office, "boss", "shop:read").get("/api/v1/users").status_code == 403


def imported(office: Office) -> Any:
    sheet = (io.BytesIO(b"Code,Name,Branch\nA-1,Apple,east\n"), "goods.csv")
    boss = office.client("boss")
    job = boss.post(f"{API}/imports", data={"file": sheet, "entity": "goods"}).get_json()
    while jobs.run_step(office.world.engine):
        pass
    return job["id"]


def test_a_reading_token_takes_no_import_back(office: Office) -> None:
    job = imported(office)
    reading = program(office, "boss", "shop:read")
    assert reading.post(f"/api/v1/imports/{job}/undo").status_code == 403
    assert reading.post(f"/api/v1/jobs/{job}/cancel").status_code == 403


def test_a_job_that_a_token_started_has_the_tokens_rights(office: Office) -> None:
    writing = program(office, "boss", "shop:write")
    sheet = (io.BytesIO(b"Code,Name,Branch\nB-1,Berry,east\n"), "goods.csv")
    sent = writing.post(f"{API}/imports", data={"file": sheet, "entity": "goods"})
    id = office.world.engine.database.read_id(sent.get_json()["id"])
    assert id is not None
    row = jobs.job_of(office.world.engine, office.boss, id)
    actor = jobs._actor(office.world.engine, 1, row)
    assert (actor.kind, actor.scope) == ("token", ("shop:write",))


def test_a_person_without_the_right_to_import_does_not(office: Office) -> None:
    office.world.person("ann", "clerk")
    ann = office.client("ann")
    sheet = (io.BytesIO(b"Remark\nhello\n"), "receipt.csv")
    answer = ann.post(f"{API}/imports", data={"file": sheet, "entity": "receipt"})
    assert (answer.status_code, answer.get_json()["code"]) == (403, "FORBIDDEN")
    assert ann.get(f"{API}/imports/receipt/template").status_code == 403
