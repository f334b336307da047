"""Vault: secrets of outside systems, sealed under a key that lies beside the database, never in it."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

KEY_ID = "1"


@dataclass(frozen=True)
class Connection:
    """A connector as its administrator set it up. ``origin`` is bound to the secrets: for another place there are none."""

    origin: str = ""
    is_on: bool = False
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Vault:
    """Seals and opens with the key of one folder, which is made at the first use."""

    folder: Path

    def sealed(self, connection: Connection) -> bytes:
        said = {"origin": connection.origin, "on": connection.is_on, "secrets": dict(connection.secrets)}
        return self._box().encrypt(json.dumps(said).encode())

    def opened(self, cipher: bytes, origin: str) -> Connection:
        """The connection, if it leads to ``origin``. What was sealed elsewhere, or for another origin, is as if it were not set up."""
        try:
            said = json.loads(self._box().decrypt(cipher))
        except InvalidToken:
            return Connection(origin)
        if said["origin"] != origin:
            return Connection(origin)
        return Connection(said["origin"], bool(said["on"]), said["secrets"])

    def _box(self) -> Fernet:
        return Fernet(made_once(self.folder / "connection_key", Fernet.generate_key))


def made_once(path: Path, make: Callable[[], bytes]) -> bytes:
    """What the file says; where there is none, what is made now, by whichever process was first. It never has half of its text: it is written
    under another name and then linked, which only one can."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(make())
                file.flush()
                os.fsync(file.fileno())
            # Another process made it in this moment: then its text counts.
            with suppress(FileExistsError):
                os.link(name, path)
        finally:
            os.unlink(name)
    return path.read_bytes()
