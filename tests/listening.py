"""Listening: a server of the standard library on this machine, on a port of its own, until the block ends."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def listening(
    kind: type[socketserver.TCPServer], handler: type[socketserver.BaseRequestHandler]
) -> Iterator[int]:
    """The port at which a server of this kind listens."""
    server = kind(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
