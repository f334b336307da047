"""Serving: each side in a process of its own, behind the same server with the same number of threads."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
THREADS = 24
PATIENCE_SECONDS = 60
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Served:
    """A side that answers on ``port``."""

    process: subprocess.Popen[bytes]
    port: int

    def cpu_seconds(self) -> float:
        """What the server's processes have used of the processor since they started; the database's own processes are not among them."""
        return sum(_cpu(pid) for pid in _family(self.process.pid))

    def resident_mib(self) -> float:
        """Resident memory of the largest of the server's processes: the one that answers."""
        return max(_resident(pid) for pid in _family(self.process.pid))


@contextmanager
def serving(side: str, environment: Mapping[str, str]) -> Iterator[Served]:
    """``side`` is served while the block runs."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.serving", side, str(port)]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL
    )
    try:
        wait_for(process, port)
        yield Served(process, port)
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    """Return when the port takes connections. Raises ``RuntimeError`` where the server ends or does not come up."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with code {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.005)
        else:
            return
    raise RuntimeError("the server did not come up")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _family(pid: int) -> list[int]:
    """A process and everything below it."""
    found = [pid]
    for parent in found:
        path = Path(f"/proc/{parent}/task/{parent}/children")
        if path.exists():
            found.extend(int(child) for child in path.read_text().split())
    return found


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _resident(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main(side: str, port: int) -> None:
    """Serve one side until stopped."""
    # Only the process that serves needs the server.
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    target = {
        "baseline": "benchmarks.baseline.wsgi:application",
        "product": "builder.cli.serving:application",
    }[side]
    Granian(
        target,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        websockets=False,
        factory=True,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
