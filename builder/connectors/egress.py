"""Egress: the only client that speaks to the outside. Nothing is allowed that an administrator has not allowed.

A host name is resolved once, every address it has is judged, and the connection goes to the address that was judged. Redirects are
answers like any other, proxies of the environment are not asked, and both time and size end.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from builder.connectors.addresses import Address, Network, may_reach, networks, parsed
from builder.connectors.bell import Bell
from builder.connectors.origins import Origin, Target, origins, target
from builder.errors import BuilderError, ForbiddenError

SECONDS = 10
MOST_BYTES = 1_000_000
IDLE = 8

Resolve = Callable[[str, int], tuple[Address, ...]]


class EgressRefusedError(ForbiddenError):
    """The place may not be spoken to; ``params`` say which and why (``origin``, ``scheme``, ``address``, ``header``)."""

    def __init__(self, why: str, **params: Any) -> None:
        super().__init__("EGRESS_REFUSED", why=why, **params)


class UnreachableError(BuilderError):
    """The place was spoken to in vain: no connection, no answer in time, or too long an answer."""

    status = 502

    def __init__(self, why: str, **params: Any) -> None:
        super().__init__("UNREACHABLE", why=why, **params)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def resolve(host: str, port: int) -> tuple[Address, ...]:
    """All addresses of a host, as the system knows them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return tuple(dict.fromkeys(parsed(str(row[4][0])) for row in found))


@dataclass(frozen=True)
class Policy:
    """Where one may speak to: ``origins`` by name, and the ``private`` networks that one of them may lie in."""

    origins: frozenset[Origin] = frozenset()
    private: tuple[Network, ...] = ()

    @classmethod
    def of(cls, allow: str, private: str = "") -> Policy:
        """The policy of two comma-separated settings. Raises ``ValueError``."""
        return cls(origins(allow), networks(private))

    def judged(self, url: str) -> Target:
        """What ``url`` names, where it is allowed. Raises ``EgressRefusedError``."""
        try:
            found = target(url)
        except ValueError:
            raise EgressRefusedError("url") from None
        if found.origin not in self.origins:
            raise EgressRefusedError("origin", origin=str(found.origin))
        return found


@dataclass
class Egress:
    """Sends requests as its policy allows. Connections are kept for the next request to the same address; it may be used by one thread at a time."""

    policy: Policy
    resolve: Resolve = resolve
    seconds: float = SECONDS
    most_bytes: int = MOST_BYTES
    _kept: dict[tuple[Origin, Address], http.client.HTTPConnection] = field(default_factory=dict)
    _bell: Bell = field(init=False)

    def __post_init__(self) -> None:
        self._bell = Bell(self.seconds)

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """The answer. Raises ``EgressRefusedError``, ``UnreachableError``."""
        found = self.policy.judged(url)
        _clean(headers)
        address = self._address(found.origin)
        at = (found.origin, address)
        kept = self._kept.pop(at, None)
        if kept is not None and _is_closed(kept):
            kept.close()
            kept = None
        connection = kept or _connection(found.origin, address, self.seconds)
        reply = self._exchange(connection, found, method, headers, body)
        if connection.sock is not None and len(self._kept) < IDLE:
            self._kept[at] = connection
        else:
            connection.close()
        return reply

    def close(self) -> None:
        """End every kept connection. It may be used again."""
        self._bell.end()
        for connection in self._kept.values():
            connection.close()
        self._kept.clear()

    def _address(self, origin: Origin) -> Address:
        """The address to connect to. One forbidden address among many refuses all: which of them is used must not be left to chance."""
        try:
            found: tuple[Address, ...] = (parsed(origin.host),)
        except ValueError:
            try:
                found = self.resolve(origin.host, origin.port)
            except (OSError, ValueError):
                raise UnreachableError("unresolved", origin=str(origin)) from None
        if not found:
            raise UnreachableError("unresolved", origin=str(origin))
        if not all(may_reach(address, self.policy.private) for address in found):
            raise EgressRefusedError("address", origin=str(origin))
        return found[0]

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        at: Target,
        method: str,
        headers: Mapping[str, str],
        body: bytes,
    ) -> Reply:
        origin = str(at.origin)
        self._bell.start(connection)
        try:
            connection.request(method, at.path, body=body, headers=dict(headers))
            answer = connection.getresponse()
            try:
                read, missing = answer.read(self.most_bytes + 1), answer.length
            finally:
                # Where it is cut, the answer holds the socket and not the connection.
                answer.close()
        except (OSError, http.client.HTTPException, ValueError) as error:
            connection.close()
            raise UnreachableError("timeout" if self._bell.rang else _why(error), origin=origin) from None
        finally:
            self._bell.stop()
        if self._bell.rang:
            connection.close()
            raise UnreachableError("timeout", origin=origin)
        if len(read) > self.most_bytes:
            connection.close()
            raise UnreachableError("too_long", origin=origin)
        if missing:
            connection.close()
            raise UnreachableError("cut", origin=origin)
        return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, read)


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, whatever its host is called."""

    def __init__(self, origin: Origin, address: Address, seconds: float) -> None:
        super().__init__(origin.host, origin.port, timeout=seconds)
        self._address = str(address)

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class _PinnedSafely(_Pinned):
    """The same by TLS, with the certificate and the name of the host."""

    def __init__(self, origin: Origin, address: Address, seconds: float) -> None:
        super().__init__(origin, address, seconds)
        self.default_port = http.client.HTTPS_PORT
        self._trust = ssl.create_default_context()

    def connect(self) -> None:
        super().connect()
        self.sock = self._trust.wrap_socket(self.sock, server_hostname=self.host)


def _connection(origin: Origin, address: Address, seconds: float) -> http.client.HTTPConnection:
    kind = _PinnedSafely if origin.scheme == "https" else _Pinned
    return kind(origin, address, seconds)


def _is_closed(connection: http.client.HTTPConnection) -> bool:
    """Whether the other side has ended a kept connection: then it has something to read, which is its end."""
    sock = connection.sock
    if sock is None:
        return True
    sock.setblocking(False)
    try:
        return sock.recv(1, 0 if isinstance(sock, ssl.SSLSocket) else socket.MSG_PEEK) is not None
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    except OSError:
        return True
    finally:
        sock.settimeout(connection.timeout)


def _clean(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not name.replace("-", "").isalnum() or not name.isascii():
            raise EgressRefusedError("header")
        if any(not (" " <= c <= "~") for c in value):
            raise EgressRefusedError("header")


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, ssl.SSLError):
        return "certificate"
    return "broken"
