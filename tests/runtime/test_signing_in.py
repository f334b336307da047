"""Signing in from somewhere: addresses that try many names, proxies that say who asks, and what ends with a password."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builder.app import create_app
from builder.app.proxies import Proxies, networks
from builder.commands import ChangePassword, SaveToken, SaveUser
from builder.config import Settings
from builder.errors import NotSignedInError, TooManyError
from builder.runtime import auth, spraying
from builder.runtime.engine import Engine
from tests.runtime.shop import shop_nodes
from tests.runtime.world import PASSWORD, WS, World, open_world

HERE, THERE = "203.0.113.7", "203.0.113.8"
NEW = "Quiet-River-9-Stones"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[World]:
    world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    world.install(shop_nodes(), "shop")
    yield world
    world.engine.database.close()


def fail(world: World, login: str, address: str = HERE) -> None:
    with pytest.raises(NotSignedInError):
        auth.sign_in(world.engine, WS, login, "Wrong-Horse-7-Battery", address)


def test_an_address_that_tries_many_names_is_held_up_and_no_other(shop: World) -> None:
    shop.person("eva")
    for number in range(spraying.NAMES):
        fail(shop, f"name{number}")
        shop.later(seconds=30)
    with pytest.raises(TooManyError) as held:
        auth.sign_in(shop.engine, WS, "eva", PASSWORD, HERE)
    # The first of them was tried five minutes ago.
    assert held.value.params["retry_after"] == spraying.WINDOW.total_seconds() - 300 + 1
    assert auth.sign_in(shop.engine, WS, "eva", PASSWORD, THERE)
    shop.later(seconds=spraying.WINDOW.total_seconds() - 300)
    assert auth.sign_in(shop.engine, WS, "eva", PASSWORD, HERE)
    # One name a window is worth one try, not ten.
    fail(shop, "name99")
    with pytest.raises(TooManyError):
        auth.sign_in(shop.engine, WS, "name100", PASSWORD, HERE)


def test_one_person_who_mistypes_holds_up_nobody_else(shop: World) -> None:
    shop.person("eva")
    shop.person("pia")
    for _ in range(4):
        fail(shop, "eva")
    assert auth.sign_in(shop.engine, WS, "eva", PASSWORD, HERE)
    for number in range(spraying.NAMES - 1):
        fail(shop, f"name{number}")
    assert auth.sign_in(shop.engine, WS, "pia", PASSWORD, HERE)


def test_addresses_of_one_customer_are_one() -> None:
    assert spraying.whose("2001:db8:1:2::3") == spraying.whose("2001:db8:1:2:ffff::9")
    assert spraying.whose("2001:db8:1:2::3") != spraying.whose("2001:db8:1:3::3")
    assert spraying.whose(HERE) != spraying.whose(THERE)
    # A socket for both kinds gives IPv4 in the clothes of IPv6; all of it lies within one /64.
    assert spraying.whose(f"::ffff:{HERE}") == spraying.whose(HERE)
    assert spraying.whose(f"::ffff:{HERE}") != spraying.whose(f"::ffff:{THERE}")


def test_tokens_and_sessions_end_with_a_password_that_is_reset_but_not_with_one_s_own_new_one(
    shop: World,
) -> None:
    eva = shop.person("eva")
    token = shop.send(SaveToken("t"), actor=eva)["token"]
    session = auth.sign_in(shop.engine, WS, "eva", PASSWORD).token
    shop.send(ChangePassword(PASSWORD, NEW), actor=eva)
    assert auth.find_session(shop.engine, session) is None
    assert auth.find_token(shop.engine, token) is not None
    session = auth.sign_in(shop.engine, WS, "eva", NEW).token
    shop.send(SaveUser("eva", "Eva", eva.user_id, password=PASSWORD))
    assert auth.find_session(shop.engine, session) is None
    assert auth.find_token(shop.engine, token) is None


def test_signing_out_ends_the_session_of_a_cookie_too(shop: World) -> None:
    shop.person("eva")
    made = auth.sign_in(shop.engine, WS, "eva", PASSWORD)
    client = create_app(shop.engine).test_client()
    client.set_cookie("zg", made.token)
    assert client.delete("/api/v1/session").status_code == 403
    answer = client.delete("/api/v1/session", headers={"X-CSRF-Token": made.csrf})
    assert answer.status_code == 204
    assert "zg=;" in answer.headers["Set-Cookie"]
    assert auth.find_session(shop.engine, made.token) is None


# Proxies


def passed_on(known: str, peer: str, **headers: str) -> tuple[str, str]:
    """Address and scheme as the application sees them."""
    seen: dict[str, Any] = {}

    def inner(environ: dict[str, Any], _: Any) -> list[bytes]:
        seen.update(environ)
        return []

    environ = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http"}
    environ |= {f"HTTP_X_FORWARDED_{name.upper()}": value for name, value in headers.items()}
    Proxies(inner, networks(known))(environ, None)
    return seen["REMOTE_ADDR"], seen["wsgi.url_scheme"]


@pytest.mark.parametrize(
    ("peer", "said", "found"),
    [
        ("10.0.0.1", {"for": HERE, "proto": "https"}, (HERE, "https")),
        # What the asker made up itself stands before what the proxy added.
        ("10.0.0.1", {"for": f"1.1.1.1, {HERE}", "proto": "http, https"}, (HERE, "https")),
        ("10.0.0.1", {"for": f"{HERE}, 10.0.0.2", "proto": "https"}, (HERE, "https")),
        ("10.0.0.1", {"for": "nonsense", "proto": "gopher"}, ("10.0.0.1", "http")),
        ("10.0.0.1", {}, ("10.0.0.1", "http")),
        ("::ffff:10.0.0.1", {"for": HERE}, (HERE, "http")),
        # Nobody else is believed.
        (THERE, {"for": HERE, "proto": "https"}, (THERE, "http")),
    ],
)
def test_only_known_proxies_are_believed(peer: str, said: dict[str, str], found: tuple[str, str]) -> None:
    assert passed_on("10.0.0.0/8", peer, **said) == found


def test_a_setting_that_names_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match="trusted_proxies"):
        networks("10.0.0.1, proxy.example")


def behind(world: World, **settings: Any) -> Any:
    engine = world.engine
    own = Settings(database=engine.settings.database, var=engine.settings.var, **settings)
    return create_app(Engine(own, engine.database, engine.clock)).test_client()


def cookie(client: Any, **headers: str) -> str:
    import re

    page = client.get("/sign-in", headers=headers).get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    pre = client.get_cookie("zg_pre")
    assert pre is not None
    answer = client.post(
        "/sign-in",
        data={"login": "eva", "password": PASSWORD, "csrf_token": pre.decoded_value},
        headers={**headers, "Cookie": f"zg_pre={pre.decoded_value}"},
    )
    assert answer.status_code == 302
    cookies: list[str] = answer.headers.getlist("Set-Cookie")
    return next(c for c in cookies if c.startswith(("zg=", "__Host-zg=")))


def test_cookies_are_secure_behind_a_proxy_that_speaks_https(shop: World) -> None:
    shop.person("eva")
    https = {"X-Forwarded-Proto": "https"}
    assert "Secure" in cookie(behind(shop, trusted_proxies="127.0.0.1"), **https)
    assert "Secure" not in cookie(behind(shop), **https)
    assert "Secure" in cookie(behind(shop, secure_cookies=True))


def test_the_limit_is_on_the_address_that_the_proxy_says(shop: World) -> None:
    shop.person("eva")
    client = behind(shop, trusted_proxies="127.0.0.1")
    wrong = [{"login": f"name{n}", "password": "Wrong-Horse-7-Battery"} for n in range(spraying.NAMES)]
    right = {"login": "eva", "password": PASSWORD}
    path = "/api/v1/session"
    for body in wrong:
        assert client.post(path, json=body, headers={"X-Forwarded-For": HERE}).status_code == 401
    assert client.post(path, json=right, headers={"X-Forwarded-For": HERE}).status_code == 429
    assert client.post(path, json=right, headers={"X-Forwarded-For": THERE}).status_code == 201
