"""Signing in: by password to a token, by cookie with the proof that a page of ours sent the request."""

from __future__ import annotations

import pytest

from builder.web.session import CSRF_HEADER, cookie_name
from tests.api.caller import Api, Caller, good, refused
from tests.runtime.world import PASSWORD

GOODS = "/apps/shop/goods"
BODY = {"code": "A", "name": "Rice"}


def by_cookie(api: Api, login: str) -> Caller:
    """The person's session as a browser carries it, without any proof."""
    token = api.callers[login].token
    return Caller(api.app, headers={"Cookie": f"{cookie_name(secure=False)}={token}"})


def csrf_of(api: Api, login: str) -> str:
    from builder.runtime.auth import find_session

    found = find_session(api.world.engine, api.callers[login].token)
    assert found is not None
    return found.csrf


def test_a_password_gives_a_token_that_is_the_person(api: Api) -> None:
    made = api.stranger.make("/session", {"login": " Clerk ", "password": PASSWORD})
    assert (made["user"]["login"], made["user"]["is_admin"]) == ("clerk", False)
    caller = Caller(api.app, made["token"])
    assert caller.read("/me")["id"] == made["user"]["id"]
    assert caller.delete("/session").status_code == 204
    refused(caller.get("/me"), 401, "NOT_SIGNED_IN")


def test_a_wrong_password_and_an_unknown_name_sound_the_same(api: Api) -> None:
    answers = [
        refused(api.stranger.post("/session", {"login": login, "password": "wrong"}), 401)
        for login in ("clerk", "nobody-at-all", "' OR 1=1 --")
    ]
    assert answers[0] == answers[1] == answers[2]


def test_guessing_is_slowed_down_for_the_account_alone(api: Api) -> None:
    for _ in range(5):
        refused(api.stranger.post("/session", {"login": "clerk", "password": "wrong"}), 401)
    answer = api.stranger.post("/session", {"login": "clerk", "password": PASSWORD})
    refused(answer, 429)
    assert int(answer.headers["Retry-After"]) > 0
    good(api.stranger.post("/session", {"login": "seller", "password": PASSWORD}), 201)
    api.world.later(seconds=int(answer.headers["Retry-After"]))
    good(api.stranger.post("/session", {"login": "clerk", "password": PASSWORD}), 201)


def test_a_session_ends_when_nobody_uses_it(api: Api) -> None:
    api.world.later(hours=11)
    assert api.clerk.get("/me").status_code == 200
    api.world.later(hours=11)
    assert api.clerk.get("/me").status_code == 200
    api.world.later(hours=13)
    refused(api.clerk.get("/me"), 401)


def test_a_token_ends_on_its_day(api: Api) -> None:
    made = api.clerk.make("/tokens", {"name": "t", "days": 1})
    caller = Caller(api.app, made["token"])
    assert caller.get("/me").status_code == 200
    api.world.later(days=1, seconds=1)
    refused(caller.get("/me"), 401)


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer x", "Bearer 1.", "Bearer ².x", "Bearer 1.x y", "bearer", "Token x",
     "Bearer " + "9" * 30 + ".x", "Bearer 2.x", "Bearer -1.x"],
)  # fmt: skip
def test_a_token_that_is_none_is_nobody(api: Api, header: str) -> None:
    refused(Caller(api.app, headers={"Authorization": header}).get("/me"), 401, "NOT_SIGNED_IN")


def test_a_token_of_another_workspace_is_nobody_here(api: Api) -> None:
    refused(Caller(api.app, "2." + api.clerk.token.partition(".")[2]).get("/me"), 401)


def test_a_cookie_reads_without_proof_and_writes_with_it(api: Api) -> None:
    caller = by_cookie(api, "boss")
    assert caller.get("/me").status_code == 200
    refused(caller.post(GOODS, BODY), 403, "CSRF")
    proof = {CSRF_HEADER: csrf_of(api, "boss")}
    good(caller.post(GOODS, BODY, headers=proof), 201)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {CSRF_HEADER: ""},
        {CSRF_HEADER: "guess"},
        {CSRF_HEADER: "é"},
        {"Sec-Fetch-Site": "cross-site", "right": "1"},
        {"Sec-Fetch-Site": "same-site", "right": "1"},
        {"Origin": "https://evil.example", "right": "1"},
        {"Origin": "null", "right": "1"},
        {CSRF_HEADER: "other"},
    ],
)
def test_a_request_that_was_not_meant_does_nothing(api: Api, headers: dict[str, str]) -> None:
    sent = dict(headers)
    if sent.pop("right", None):
        sent[CSRF_HEADER] = csrf_of(api, "boss")
    elif sent.get(CSRF_HEADER) == "other":
        sent[CSRF_HEADER] = csrf_of(api, "clerk")
    caller = by_cookie(api, "boss")
    for method, path in (("POST", GOODS), ("POST", "/users"), ("POST", "/tokens"), ("DELETE", "/session")):
        refused(caller.send(method, path, BODY, headers=sent), 403, "CSRF")
    assert api.boss.read(GOODS)["items"] == []


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_a_form_of_another_page_is_no_request_of_ours(api: Api, content_type: str) -> None:
    caller = by_cookie(api, "boss")
    answer = caller.post(GOODS, data='{"code": "A", "name": "x"}', content_type=content_type)
    refused(answer, 403, "CSRF")


def test_reading_changes_nothing(api: Api) -> None:
    caller = by_cookie(api, "boss")
    for path in ("/session", "/tasks/x/approve", "/notifications/read", "/imports/x/undo", "/jobs/x/cancel"):
        assert caller.get(path).status_code in {404, 405}, path


def test_a_bad_token_is_not_saved_by_a_good_cookie(api: Api) -> None:
    caller = by_cookie(api, "boss")
    refused(caller.get("/me", headers={"Authorization": "Bearer wrong"}), 401)


def test_a_host_that_is_not_ours_is_not_answered(api: Api) -> None:
    answer = api.boss.get("/me", headers={"Host": "evil.example"})
    assert answer.status_code == 400


def test_an_account_is_made_and_changed_by_administrators(api: Api) -> None:
    made = api.boss.make("/users", {"login": "New", "name": "New", "password": PASSWORD})
    assert made["login"] == "new"
    assert "new" in {u["login"] for u in api.boss.read("/users")["items"]}
    text = api.boss.get("/users").get_data(as_text=True)
    assert "argon2" not in text
    assert "password" not in text
    refused(api.boss.post("/users", {"login": "new", "name": "Twin"}), 409)
    refused(api.boss.post("/users", {"login": "a b", "name": ""}), 422)
    refused(api.boss.post("/users", {"login": "weak", "name": "Weak", "password": "123"}), 422)
    refused(api.boss.post("/users", {"login": "x", "name": "X", "org_unit": "nowhere"}), 422)


def test_words_of_refusals_follow_the_person(api: Api) -> None:
    me = api.clerk.read("/me")
    chinese = refused(api.clerk.get("/apps/nothing"), 404)["title"]
    good(api.boss.patch(f"/users/{me['id']}", {"login": "clerk", "name": "Clerk", "locale": "en"}))
    english = refused(api.clerk.get("/apps/nothing"), 404)["title"]
    assert chinese != english
    assert english.isascii()
