"""Engine: what one process runs with. Made by the composition root and passed on; nothing here is global."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from pathlib import Path

from builder.clock import Clock
from builder.config import Settings
from builder.runtime.apps import Apps
from builder.runtime.guesses import Guesses
from builder.runtime.pulse import Pulse
from builder.runtime.spraying import Sprays
from builder.storage.database import Database
from builder.storage.standstill import Standstill


@dataclass
class Engine:
    """``wake`` is set after a commit that left messages, so that the relay need not wait for its next look. ``hands``: the jobs that this
    process works on, each with the token of its lease."""

    settings: Settings
    database: Database
    clock: Clock
    apps: Apps = field(default_factory=Apps)
    wake: threading.Event = field(default_factory=threading.Event)
    guesses: Guesses = field(default_factory=Guesses)
    sprays: Sprays = field(default_factory=Sprays)
    hands: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.standstill = Standstill(Path(self.settings.var))
        self.database.standstill = self.standstill
        self._era = self.standstill.era
        # Each stream that waits holds a thread: three quarters of them stay free for requests.
        self.pulse = Pulse(self.database, max(1, self.settings.threads // 4))

    def renew(self) -> None:
        """Forget what was read of data that a backup has replaced since, whichever process did it."""
        era = self.standstill.era
        if era != self._era:
            self._era = era
            self.apps = Apps()
            self.database.forget()

    @property
    def files(self) -> Path:
        """Where content-addressed files lie."""
        return Path(self.settings.var) / "files"

    def new_key(self) -> str:
        """An idempotency key for a request that brought none: the engine's own retry stays safe."""
        return secrets.token_hex(16)
