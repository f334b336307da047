"""Client: one kept-open connection that sends requests and reads answers, with as little work of its own as Python allows."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

import orjson

TIMEOUT_SECONDS = 60
AMOUNT = 65_536


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``body`` as it was sent."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


class Client:
    """A connection to a server on this machine; ``token`` is sent with every request."""

    def __init__(self, port: int, token: str = "") -> None:
        self.token = token
        self._socket = socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._left = b""

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, str] | None = None,
        **headers: str,
    ) -> Answer:
        """The answer. Header names are given with underscores: ``if_match='"1"'``."""
        target = f"{path}?{urlencode(query)}" if query else path
        self._socket.sendall(request(method, target, body, self.token, headers))
        return self._read()

    def _read(self) -> Answer:
        data = self._left
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head, data = data[:end].lower(), data[end + 4 :]
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        parts = [data]
        size = len(data)
        while size < length:
            parts.append(self._more())
            size += len(parts[-1])
        whole = b"".join(parts)
        self._left = whole[length:]
        return Answer(int(head[9:12]), whole[:length])

    def _more(self) -> bytes:
        data = self._socket.recv(AMOUNT)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data


def request(method: str, target: str, body: Any, token: str, headers: Mapping[str, str]) -> bytes:
    """The bytes of one request."""
    content = b"" if body is None else orjson.dumps(body)
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content
