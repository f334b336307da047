"""Egress: only what is allowed is spoken to, at the address that was judged, for as long and as much as is declared."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from typing import Any

import pytest

from builder.connectors.addresses import Address
from builder.connectors.egress import Egress, EgressRefusedError, Policy, UnreachableError
from tests.connectors.receiver import Receiver, receiving

LOOPBACK = "127.0.0.0/8, ::1/128"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def allowed(receiver: Receiver, **options: Any) -> Egress:
    return Egress(Policy.of(receiver.url, LOOPBACK), **options)


def test_nothing_is_allowed_by_default(receiver: Receiver) -> None:
    with pytest.raises(EgressRefusedError):
        Egress(Policy()).send("POST", receiver.url, {})
    with pytest.raises(EgressRefusedError):
        Egress(Policy.of(receiver.url)).send("POST", receiver.url, {})
    assert receiver.heard == []


@pytest.mark.parametrize(
    "url",
    [
        "http://2130706433:{port}/",
        "http://0x7f.1:{port}/",
        "http://0177.0.0.1:{port}/",
        "http://127.1:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://[::1]:{port}/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://100.64.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://0.0.0.0:{port}/",
        "gopher://127.0.0.1:{port}/_x",
        "file:///etc/passwd",
        "http://allowed.example@127.0.0.1:{port}/",
        "http://evil.test#allowed.example",
        "http://allowed.example\\@127.0.0.1/",
        "http://127.0.0.1:{port}/\r\nHost: evil",
        "http://１２７.0.0.1:{port}/",
        "http://localhost:{port}/",
        "",
    ],
)
def test_ways_around_the_allow_list_are_refused(receiver: Receiver, url: str) -> None:
    place = url.format(port=receiver.port)
    with pytest.raises(EgressRefusedError):
        Egress(Policy.of("https://allowed.example")).send("POST", place, {})
    assert receiver.heard == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "224.0.0.1",
        "fe80::1",
        "0.0.0.0",
        "192.0.0.8",
        "2001:0:1::",
        "::7f00:1",
    ],
)
def test_an_allowed_name_that_leads_inside_is_refused(address: str) -> None:
    def names(host: str, port: int) -> tuple[Address, ...]:
        return (ip_address("93.184.215.14"), ip_address(address))

    with pytest.raises(EgressRefusedError):
        Egress(Policy.of("https://allowed.example"), names).send("POST", "https://allowed.example/", {})


def test_a_name_is_asked_once_and_the_judged_address_is_used(receiver: Receiver) -> None:
    asked: list[str] = []

    def names(host: str, port: int) -> tuple[Address, ...]:
        asked.append(host)
        return (ip_address("127.0.0.1" if len(asked) == 1 else "127.0.0.2"),)

    place = f"http://allowed.example:{receiver.port}"
    egress = Egress(Policy.of(place, "127.0.0.1/32"), names)
    assert egress.send("POST", place + "/x", {"content-type": "text/plain"}, b"hi").status == 200
    assert asked == ["allowed.example"]
    assert receiver.heard[0][2]["host"] == f"allowed.example:{receiver.port}"
    with pytest.raises(EgressRefusedError):
        egress.send("POST", place + "/x", {}, b"")
    egress.close()


def test_a_redirect_is_an_answer_and_not_followed(receiver: Receiver) -> None:
    receiver.answers.append((302, {"Location": f"{receiver.url}/inside"}, b""))
    egress = allowed(receiver)
    assert egress.send("POST", receiver.url + "/out", {"authorization": "secret"}).status == 302
    egress.close()
    assert [heard[1] for heard in receiver.heard] == ["/out"]


def test_an_answer_that_is_too_long_is_cut(receiver: Receiver) -> None:
    receiver.answers.append((200, {}, b"x" * 5000))
    egress = allowed(receiver, most_bytes=4999)
    with pytest.raises(UnreachableError) as refused:
        egress.send("POST", receiver.url, {})
    egress.close()
    assert refused.value.params["why"] == "too_long"


def test_a_receiver_that_drips_is_cut(receiver: Receiver) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> bool:
        try:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while True:
                handler.wfile.write(b"X-A: b\r\n")
                handler.wfile.flush()
        except OSError:
            return True

    def endless(handler: BaseHTTPRequestHandler) -> bool:
        handler.connection.recv(1)
        return True

    egress = allowed(receiver, seconds=0.3)
    for raw in (drip, endless):
        receiver.raw = raw
        with pytest.raises(UnreachableError) as refused:
            egress.send("POST", receiver.url, {})
        assert refused.value.params["why"] in {"timeout", "broken"}
    egress.close()


def test_an_answer_that_breaks_off_is_no_answer(receiver: Receiver) -> None:
    def broken(handler: BaseHTTPRequestHandler) -> bool:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        return True

    receiver.raw = broken
    egress = allowed(receiver)
    with pytest.raises(UnreachableError):
        egress.send("POST", receiver.url, {})
    egress.close()


@pytest.mark.parametrize("headers", [{"x-a": "b\r\nHost: evil"}, {"x a": "b"}, {"x\r\n": "b"}, {"x": "\x00"}])
def test_headers_cannot_start_others(receiver: Receiver, headers: dict[str, str]) -> None:
    with pytest.raises(EgressRefusedError):
        allowed(receiver).send("POST", receiver.url, headers)
    assert receiver.heard == []


def test_a_connection_is_kept_for_the_next_request(receiver: Receiver) -> None:
    egress = allowed(receiver)
    for _ in range(3):
        assert egress.send("POST", receiver.url, {}, b"{}").status == 200
    assert len(egress._kept) == 1
    egress.close()


def test_the_environments_proxy_is_not_asked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    egress = allowed(receiver)
    assert egress.send("POST", receiver.url, {}).status == 200
    egress.close()
