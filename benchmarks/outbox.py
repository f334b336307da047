"""Outbox: how many messages a second one worker takes to a local receiver. ``python -m benchmarks.outbox [--database URL] [--messages N]``.

The receiver is a process of its own that answers as soon as it has read a request, so that what is measured is the relay: leasing, the
request with its signature, the answer, the mark, in the order of each record.
"""

from __future__ import annotations

import argparse
import multiprocessing
import socketserver
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builder.app import open_engine
from builder.changes import Message
from builder.commands import InstallApp, SaveConnection
from builder.config import Settings
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.playing import system
from builder.runtime.relay import Relay
from builder.storage import outbox

WS = 1
BAR = 500
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}"
NODES: dict[tuple[str, str], dict[str, Any]] = {
    ("app", "app"): {"uid": "app", "key": "out", "label": "Out"},
    ("connector", "books"): {
        "uid": "connector.books",
        "key": "books",
        "label": "Books",
        "kind": "rest",
        "secrets": ["signing"],
        "settings": {"path": "/in"},
    },
}


@dataclass(frozen=True)
class Moved:
    """What was moved, how many in how many seconds."""

    what: str
    count: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.count / self.seconds


class _Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        while line := self.rfile.readline():
            length = 0
            while line not in (b"\r\n", b""):
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
                line = self.rfile.readline()
            self.rfile.read(length)
            self.wfile.write(ANSWER)


def _serve(ports: Any) -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Handler) as server:
        ports.put(server.server_address[1])
        server.serve_forever()


@contextmanager
def receiver() -> Iterator[str]:
    """The origin of a receiver in a process of its own."""
    context = multiprocessing.get_context("spawn")
    ports: Any = context.Queue()
    process = context.Process(target=_serve, args=(ports,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ports.get(timeout=30)}"
    finally:
        process.terminate()
        process.join()


def prepared(database: str, folder: Path, origin: str) -> Engine:
    """An engine with a connector that leads to the receiver."""
    settings = Settings(database=database, var=str(folder), egress_allow=origin, egress_private="127.0.0.0/8")
    engine = open_engine(settings)
    engine.database.migrate()
    send = Dispatcher(engine)
    send(system(WS), InstallApp("out", NODES))
    send(system(WS), SaveConnection("out", "books", origin, True, {"signing": "secret"}))
    return engine


def measured(engine: Engine, what: str, messages: list[Message]) -> Moved:
    """Queue them, then move them all; the queueing is not counted."""
    with engine.database.write() as conn:
        now, new_id = engine.clock.now(), engine.database.new_id
        outbox.append(conn, WS, messages, cmd=1, now=now, new_id=new_id)
    relay, taken = Relay(engine, WS), 0
    started = time.perf_counter()
    while done := relay.drain():
        if any(one.error for one in done):
            raise RuntimeError(f"{what}: {next(one.error for one in done if one.error)}")
        taken += len(done)
    seconds = time.perf_counter() - started
    if taken != len(messages):
        raise RuntimeError(f"{what}: {taken} of {len(messages)}")
    return Moved(what, taken, seconds)


def calls(count: int, records: int) -> list[Message]:
    """Messages to the connector about so many records, whose order is kept."""
    body = {"app": "out", "connector": "books", "rule": "tell", "data": {"number": "A-1", "total": "12.50"}}
    return [Message("connector", body, order_key=f"record:{n % records}") for n in range(count)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", help="an empty database; left out: SQLite in a folder of its own")
    parser.add_argument("--messages", type=int, default=5000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, receiver() as origin:
        engine = prepared(args.database or f"sqlite:///{name}/outbox.db", Path(name), origin)
        measured(engine, "warm-up", calls(200, 200))
        found = [
            measured(
                engine, "signed requests, each about a record of its own", calls(args.messages, args.messages)
            ),
            measured(engine, "signed requests about 200 records, in order", calls(args.messages, 200)),
        ]
        engine.database.close()
    for one in found:
        bar = "" if one.per_second >= BAR else f" (bar {BAR} missed)"
        print(f"{one.what}: {one.count} in {one.seconds:.2f} s, {one.per_second:.0f}/s{bar}")


if __name__ == "__main__":
    main()
