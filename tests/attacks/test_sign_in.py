"""What the door gives away, and where it leads."""

from __future__ import annotations

import re

import pytest

from builder.app import create_app
from builder.runtime.pages.site import safe_next
from tests.runtime.office import Office
from tests.runtime.world import PASSWORD


def test_guessing_is_slowed_down_alike_for_names_that_nobody_has(office: Office) -> None:
    office.world.person("amy", "clerk")
    client = create_app(office.world.engine).test_client()

    def statuses(login: str) -> list[int]:
        body = {"login": login, "password": "not-the-right-one"}
        return [client.post("/api/v1/session", json=body).status_code for _ in range(7)]

    assert statuses("amy") == statuses("nobody-of-that-name") == [401] * 5 + [429] * 2


EVIL = ["//evil.example", "/\\evil.example", "/\t/evil.example", "/\t\\evil.example", "/a\\b", "https://evil.example",
        "/\r\nX: y", "/\n//evil.example", "\x00//evil.example", "javascript:alert(1)", "", None]  # fmt: skip


@pytest.mark.parametrize("address", EVIL)
def test_nobody_is_led_to_another_site(address: str | None) -> None:
    assert safe_next(address) == "/"


def test_an_address_that_no_header_can_hold_does_not_break_the_door(office: Office) -> None:
    client = create_app(office.world.engine).test_client()
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").get_data(as_text=True))
    assert found is not None
    form = {"login": "eva", "password": PASSWORD, "csrf_token": found[1], "next": "/\r\nSet-Cookie: a=b"}
    answer = client.post("/sign-in", data=form)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
