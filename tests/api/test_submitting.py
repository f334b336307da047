"""Before a document is submitted its path is shown; what is asked then is what was shown, or the submitter is told."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient

from builder.runtime.relay import Relay
from tests.api.caller import Api, good
from tests.api.test_approvals import GOODS, ORDER, act, flow_of, person, user
from tests.runtime.world import PASSWORD

PAGE = "/a/shop/order"


def signed_in(api: Api, login: str) -> FlaskClient:
    client = api.app.test_client()
    form = client.get("/sign-in").get_data(as_text=True)
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert csrf is not None
    client.post("/sign-in", data={"login": login, "password": PASSWORD, "csrf_token": csrf[1]})
    token = re.search(r'name="csrf" content="([^"]+)"', client.get("/").get_data(as_text=True))
    assert token is not None
    client.environ_base["HTTP_X_CSRF_TOKEN"] = token[1]
    return client


def steps(client: FlaskClient, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    answer = client.post(path, json=body)
    assert answer.status_code == 200, answer.get_data(as_text=True)[:300]
    found: list[dict[str, Any]] = answer.get_json()["steps"]
    return found


def lines(api: Api) -> dict[str, Any]:
    goods = good(api.boss.post(GOODS, {"code": "A", "name": "A", "price": "600.00"}), 201)["id"]
    return {"lines": [{"goods": goods, "quantity": "2"}]}


def away(api: Api) -> None:
    """The boss is away from now on: the seller stands in."""
    client = signed_in(api, "boss")
    today = api.world.engine.clock.now().date().isoformat()
    form = client.get("/account").get_data(as_text=True)
    seller = re.search(r'<option value="([^"]+)"[^>]*>Seller', form)
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert seller is not None
    assert csrf is not None
    given = {"to_user": seller[1], "from_day": today, "to_day": today, "csrf_token": csrf[1]}
    assert client.post("/account/delegations", data=given).status_code in {200, 302, 303}


def people(found: list[dict[str, Any]]) -> list[list[str]]:
    return [[one["name"] for one in step["people"]] for step in found]


def test_the_path_of_a_form_and_of_a_record_is_the_path_of_the_run(api: Api) -> None:
    flow_of(api, user("boss"), {"kind": "cc", **user("seller")}, {**user("seller"), "mode": "all"})
    body, client = lines(api), signed_in(api, "clerk")
    shown = steps(client, f"{PAGE}/path", body)
    assert [step["kind"] for step in shown] == ["approver", "cc", "approver"]
    assert people(shown)[0] == ["Boss"]
    order = good(api.clerk.post(ORDER, body), 201)["id"]
    again = steps(client, f"{PAGE}/{order}/path/submit", {})
    assert people(again) == people(shown)
    # Asking wrote nothing.
    assert api.clerk.read(f"{ORDER}/{order}")["state"] == "draft"
    assert len(api.clerk.read(ORDER)["items"]) == 1
    good(api.clerk.post(f"{ORDER}/{order}/transitions/submit"))
    for caller in (api.boss, api.seller):
        good(act(caller, "approve"))
    assert api.clerk.read(f"{ORDER}/{order}")["state"] == "approved"


def test_nothing_is_shown_where_nobody_would_be_asked(api: Api) -> None:
    flow_of(api, user("boss"), when="False")
    assert steps(signed_in(api, "clerk"), f"{PAGE}/path", lines(api)) == []


def warned(done: dict[str, Any]) -> list[str]:
    return [w["code"] for w in done["_effects"]["warnings"]]


def test_the_submitter_is_told_when_a_delegation_changed_it_after_it_was_shown(api: Api) -> None:
    flow_of(api, user("boss"))
    body, client = lines(api), signed_in(api, "clerk")
    order = good(api.clerk.post(ORDER, body), 201)["id"]
    shown = {
        s["uid"]: [p["id"] for p in s["people"]] for s in steps(client, f"{PAGE}/{order}/path/submit", {})
    }
    assert list(shown.values()) == [[person(api, api.boss)]]
    away(api)
    done = good(api.clerk.post(f"{ORDER}/{order}/transitions/submit", {"foreseen": shown}))
    assert warned(done) == ["APPROVAL_PATH_CHANGED"]
    Relay(api.world.engine, 1).drain()
    told = api.clerk.read("/notifications")["items"]
    assert any("Seller" in str(one) for one in told), told
    assert api.seller.read("/tasks")["items"]


def test_the_submitter_is_not_told_where_it_went_as_shown(api: Api) -> None:
    flow_of(api, user("boss"))
    shown = {"n0": [person(api, api.boss)]}
    made = good(api.clerk.post(ORDER, {**lines(api), "_foreseen": shown}, query_string={"submit": "1"}), 201)
    assert warned(made) == []


def test_a_new_document_that_goes_another_way_than_shown_tells(api: Api) -> None:
    flow_of(api, user("boss"))
    shown = {"n0": [person(api, api.seller)]}
    made = good(api.clerk.post(ORDER, {**lines(api), "_foreseen": shown}, query_string={"submit": "1"}), 201)
    assert warned(made) == ["APPROVAL_PATH_CHANGED"]
    # What is no map of people was shown to nobody.
    odd = good(api.clerk.post(ORDER, {**lines_of(made), "_foreseen": "x"}, query_string={"submit": "1"}), 201)
    assert warned(odd) == []


def lines_of(made: dict[str, Any]) -> dict[str, Any]:
    return {"lines": [{"goods": row["goods"], "quantity": "2"} for row in made["lines"]]}
