"""Every route of the API: a stranger is asked to sign in, and who does not belong finds nothing. New routes are judged by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from builder.commands import InstallApp
from tests.api.caller import PREFIX, Api, Caller, refused
from tests.runtime.shop import shop_nodes

OPEN = {("POST", "/session")}
"""Where a stranger may go: the door itself."""

OWN = {
    "/apps", "/me", "/session", "/tokens", "/tokens/<prefix>", "/tasks", "/tickets", "/jobs", "/notifications",
    "/notifications/read", "/events", "/notifications/choices", "/templates/questions", "/templates/advice",
}  # fmt: skip
"""What is everybody's own: it names no record, so there is nothing to be found by guessing."""

WORKSPACE = {"/users", "/users/<id>", "/org-units"}
"""The workspace's administration: who belongs to the workspace may know that it is there."""

BODIES: dict[str, Any] = {
    "/apps/<app>/<entity>/transitions/<transition>": {"ids": ["<id>"]},
    "/apps/<app>/<entity>/conversions/<conversion>": {"ids": ["<id>"]},
    "/apps/<app>/<entity>/merge": {"pairs": [{"keep": "<id>", "away": "<id>"}]},
    "/apps/<app>/<entity>/bulk": {"rows": [{"code": "x"}]},
    "/apps/<app>/<entity>/lookup": {"resolve": ["x"]},
    "/apps/<app>/<entity>/<id>/comments": {"body": "x"},
    "/apps/<app>/<entity>/<id>/tickets": {"fields": {"title": "x"}},
    "/apps/<app>/<entity>/<id>/approval/move": {"transition": "approve"},
    "/apps/<app>/settings/<key>": {"value": "1"},
    "/apps/<app>/tours": {"role": "x"},
    "/apps/<app>/ledgers/<ledger>/periods": {"through": "2026-01-01"},
    "/apps/<app>/ledgers/<ledger>/method": {"to": "fifo"},
    "/apps/<app>/grants": {"user": "<id>", "role": "clerk"},
}
NAMES = {
    "app": "shop", "entity": "order", "transition": "submit", "conversion": "deliver", "ledger": "stock",
    "key": "large", "report": "sales", "dashboard": "home", "check": "late", "action": "approve", "prefix": "1.abc", "file": "x",
    "merge": "x", "computation": "plan", "rule": "x",
}  # fmt: skip


def routes(api: Api) -> list[tuple[str, str]]:
    """Method and rule (after the prefix) of everything under ``/api/v1``."""
    found: list[tuple[str, str]] = []
    for rule in api.app.url_map.iter_rules():
        if not rule.rule.startswith(PREFIX + "/"):
            continue
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        found += [(method, rule.rule.removeprefix(PREFIX)) for method in methods]
    return sorted(found)


def addresses(rule: str, id: str, app: str = "shop") -> Iterator[str]:
    """The rule with its places filled, once for each of listed words."""
    listed = re.search(r"<any\(([\w,]+)\):\w+>", rule)
    words = listed.group(1).split(",") if listed else [""]
    for word in words:
        filled = rule.replace(listed.group(0), word) if listed else rule
        yield re.sub(
            r"<(\w+)>", lambda m: id if m.group(1) == "id" else {**NAMES, "app": app}[m.group(1)], filled
        )


def ask(caller: Caller, method: str, rule: str, address: str, id: str) -> TestResponse:
    body = BODIES.get(rule, {})
    said = {k: [id] if v == ["<id>"] else id if v == "<id>" else v for k, v in body.items()}
    if method == "GET":
        return caller.get(address)
    return caller.send(method, address, said)


@pytest.fixture(scope="module")
def known(shared: Api) -> tuple[Api, str]:
    """The shop with an order in it, and its id."""
    goods = shared.boss.make("/apps/shop/goods", {"code": "A", "name": "Rice", "price": "1"})["id"]
    order = shared.boss.make("/apps/shop/order", {"lines": [{"goods": goods, "quantity": "1"}]})["id"]
    return shared, order


def test_there_are_routes(shared: Api) -> None:
    assert len(routes(shared)) > 40


def test_every_place_in_a_route_can_be_filled(shared: Api) -> None:
    """A new kind of place needs a value in ``NAMES``, else the tests here would not reach the route."""
    for _, rule in routes(shared):
        assert all("<" not in address for address in addresses(rule, "x")), rule


def test_a_stranger_is_asked_to_sign_in_everywhere(known: tuple[Api, str]) -> None:
    api, id = known
    for method, rule in routes(api):
        if (method, rule) in OPEN:
            continue
        for address in addresses(rule, id):
            for caller in (
                api.stranger,
                Caller(api.app, "1.wrong"),
                Caller(api.app, "²"),
                Caller(api.app, ""),
            ):
                document = refused(ask(caller, method, rule, address, id), 401)
                assert document["code"] == "NOT_SIGNED_IN", (method, rule)


def test_who_does_not_belong_to_the_app_finds_nothing(known: tuple[Api, str]) -> None:
    api, id = known
    for method, rule in routes(api):
        if rule in OWN or rule in WORKSPACE:
            continue
        for address in addresses(rule, id):
            answer = ask(api.nobody, method, rule, address, id)
            assert answer.status_code == 404, (method, address, answer.get_data(as_text=True)[:200])


def test_the_administration_is_closed_to_others(known: tuple[Api, str]) -> None:
    api, id = known
    for method, rule in routes(api):
        if rule in WORKSPACE:
            for address in addresses(rule, id):
                document = ask(api.nobody, method, rule, address, id)
                assert document.status_code in {403, 404, 422}, (method, rule)


def test_records_of_one_app_are_not_found_in_another(known: tuple[Api, str]) -> None:
    api, id = known
    api.world.send(InstallApp("other", shop_nodes()))
    for method, rule in routes(api):
        if "<app>" not in rule or "<id>" not in rule:
            continue
        for address in addresses(rule, id, app="other"):
            answer = ask(api.boss, method, rule, address, id)
            assert answer.status_code == 404, (method, address, answer.get_data(as_text=True)[:200])
    assert api.boss.read(f"/apps/shop/order/{id}")["version"] == 1


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
def test_a_method_that_is_not_there_is_said(shared: Api, method: str) -> None:
    for path in ("/me", "/apps", "/apps/shop/ledgers/stock/balances", "/apps/shop/ledgers/stock/entries"):
        refused(shared.boss.send(method, path, {}), 405, "METHOD_NOT_ALLOWED")


def test_an_address_that_is_none_is_a_problem_too(shared: Api) -> None:
    for path in ("/nothing", "/apps/shop/order/x/y/z", "/tasks/1/2/3", "/%00", "/apps/shop/%2e%2e"):
        answer = shared.boss.get(path)
        refused(answer, answer.status_code)
        assert answer.status_code == 404


def test_answers_are_not_kept_by_caches(known: tuple[Api, str]) -> None:
    api, id = known
    for path in ("/me", "/apps", "/apps/shop", f"/apps/shop/order/{id}", "/tasks", "/nothing"):
        answer = api.boss.get(path)
        assert "no-store" in answer.headers["Cache-Control"], path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
