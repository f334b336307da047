"""A throw-away PostgreSQL 15 server for tests and benchmarks: one per process, gone at exit.

``server().database()`` gives the URL of a fresh database, copied from a template that was migrated once. Tests stop clients, never
the server, so theirs need not outlive a power failure and lies in memory, where a database is copied twenty times as fast as on a
disk; what is measured runs on a durable one.
"""

from __future__ import annotations

import atexit
import itertools
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path

import psycopg

FOLDERS = (Path("/usr/lib/postgresql/15/bin"), Path("/usr/local/pgsql/bin"))
OPTIONS = (
    "max_connections=100",
    "shared_buffers=256MB",
    "jit=off",
    "random_page_cost=1.1",
    "listen_addresses=127.0.0.1",
    "log_min_messages=warning",
    "autovacuum_naptime=15s",
)

DURABLE = ("fsync=on", "synchronous_commit=on")
FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=on")

MEMORY, ROOM = Path("/dev/shm"), 2**31


class MissingError(RuntimeError):
    """No PostgreSQL binaries on this machine."""


def binaries() -> Path:
    """The folder with ``initdb`` and ``postgres``. Raises ``MissingError``."""
    found = shutil.which("postgres")
    for folder in (*FOLDERS, *([Path(found).parent] if found else [])):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise MissingError(
        f"PostgreSQL 15 is needed: no initdb in {', '.join(map(str, FOLDERS))} nor on the PATH"
    )


class Server:
    """A running server. ``migrate`` is called once, with the URL of the template database."""

    def __init__(self, *, durable: bool) -> None:
        self._options = (*OPTIONS, *(DURABLE if durable else FAST))
        self._bin = binaries()
        in_memory = not durable and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM
        self._folder = Path(tempfile.mkdtemp(prefix="zhanggui-pg-", dir=MEMORY if in_memory else None))
        self._as_user: tuple[str, ...] = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
        if self._as_user:
            shutil.chown(self._folder, "postgres")
        self._data = self._folder / "data"
        self.port = _free_port()
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._migrated: set[str] = set()
        self._start()
        atexit.register(self.stop)

    def _run(self, *command: str) -> None:
        done = subprocess.run(
            [*self._as_user, *command], cwd=self._folder, capture_output=True, text=True, check=False
        )
        if done.returncode:
            log = self._folder / "log"
            raise RuntimeError(f"{command[0]}: {done.stderr}\n{log.read_text() if log.exists() else ''}")

    def _start(self) -> None:
        self._run(
            str(self._bin / "initdb"), "-D", str(self._data), "-U", "postgres", "-A", "trust", "-E", "UTF8",
            "--locale=C", "--no-instructions",
        )  # fmt: skip
        options = " ".join(f"-c {option}" for option in self._options)
        flags = f"-p {self.port} -k {self._folder} {options}"
        # Output goes to the log alone: pg_ctl would otherwise keep the pipe of the caller open.
        self._run(
            str(self._bin / "pg_ctl"), "-D", str(self._data), "-l", str(self._folder / "log"), "-w", "-t", "60",
            "-o", flags, "start",
        )  # fmt: skip

    def stop(self) -> None:
        """End the server and remove its folder."""
        subprocess.run(
            [*self._as_user, str(self._bin / "pg_ctl"), "-D", str(self._data), "-m", "immediate", "stop"],
            cwd="/",
            capture_output=True,
            check=False,
        )
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def empty(self) -> str:
        """The URL of a new database without any table."""
        name = f"t{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def database(self, migrate: Callable[[str], None], template: str = "ready") -> str:
        """The URL of a new database that is a copy of ``template``; ``migrate`` prepares that one at first use."""
        with self._lock:
            if template not in self._migrated:
                self._execute(f"CREATE DATABASE {template}")
                migrate(self.url(template))
                self._migrated.add(template)
            name = f"t{next(self._numbers)}"
            # Copied as files: what goes through the log instead is written twice, and once more when it is dropped.
            self._execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Drop a database that one of these methods made, whoever is still connected."""
        self._execute(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    def _execute(self, sql: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as conn:
            conn.execute(sql)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@cache
def server(*, durable: bool = False) -> Server:
    """The process's server, started at first use. Raises ``MissingError``."""
    return Server(durable=durable)
