"""A receiver on this machine: it keeps what it hears and answers as it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.listening import listening

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Receiver:
    """``answers`` are given in their order, then 200; ``check`` may answer by what came."""

    port: int = 0
    answers: list[Answer] = field(default_factory=list)
    heard: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    check: Callable[[dict[str, str], bytes], int] | None = None
    raw: Callable[[BaseHTTPRequestHandler], bool] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, headers: dict[str, str], body: bytes) -> Answer:
        if self.answers:
            return self.answers.pop(0)
        return (self.check(headers, body) if self.check else 200), {}, b"{}"


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that listens until the block ends."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {k.lower(): v for k, v in self.headers.items()}
            receiver.heard.append((self.command, self.path, headers, body))
            if receiver.raw is not None and receiver.raw(self):
                self.close_connection = True
                return
            status, more, said = receiver.answer(headers, body)
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_PUT = do_PATCH = do_POST  # noqa: N815 - names that the standard library calls

        def log_message(self, *args: object) -> None:
            return

    with listening(ThreadingHTTPServer, Handler) as receiver.port:
        yield receiver
