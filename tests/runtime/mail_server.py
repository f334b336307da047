"""A mail server on this machine that keeps what it is given, or refuses it."""

from __future__ import annotations

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from tests.listening import listening


@dataclass
class MailServer:
    """``refusals`` are given to messages in their order; after them everything is taken."""

    port: int = 0
    refusals: list[str] = field(default_factory=list)
    taken: list[EmailMessage] = field(default_factory=list)


class Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A server that listens until the block ends."""
    server = MailServer()

    class Session(socketserver.StreamRequestHandler):
        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

        def handle(self) -> None:
            self.say("220 here")
            for line in self.rfile:
                verb = line.split()[0].upper() if line.split() else b""
                if verb == b"QUIT":
                    self.say("221 bye")
                    return
                if verb != b"DATA":
                    self.say("250 ok")
                    continue
                self.say("354 go on")
                self.say(self.take())

        def take(self) -> str:
            lines: list[bytes] = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line[1:] if line.startswith(b"..") else line)
            if server.refusals:
                return server.refusals.pop(0)
            message = message_from_bytes(b"".join(lines), policy=policy.default)
            assert isinstance(message, EmailMessage)
            server.taken.append(message)
            return "250 taken"

    with listening(Listener, Session) as server.port:
        yield server
