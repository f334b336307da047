"""Vault: secrets of outside systems, sealed under a key that lies beside the database, never in it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
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
        path = self.folder / "connection_key"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    file.write(Fernet.generate_key())
            except FileExistsError:
                # Another process made it in this moment.
                pass
        return Fernet(path.read_bytes())
