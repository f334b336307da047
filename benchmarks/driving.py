"""Driving: several callers at once, each on a connection of its own, for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks import data
from benchmarks.client import Client
from benchmarks.jobs import UPDATED, Job, Seat, Talk
from benchmarks.serving import Served

WARMING = UPDATED + 5


@dataclass
class Measured:
    """What one side did in one or more rounds of a job."""

    count: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return self.count / self.seconds if self.seconds else 0.0

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of the server's processor time for one request."""
        return 1000 * self.cpu_seconds / self.count if self.count else 0.0

    def percentile(self, part: float) -> float:
        """Milliseconds that this part of the requests took at most."""
        found = sorted(self.latencies)
        return 1000 * found[min(len(found) - 1, int(part * len(found)))] if found else 0.0

    def add(self, other: Measured) -> None:
        self.count += other.count
        self.seconds += other.seconds
        self.cpu_seconds += other.cpu_seconds
        self.latencies.extend(other.latencies)


class RefusedError(RuntimeError):
    """A request was not answered as it should be: the numbers would be of something else."""


def sign_in(port: int, login: str) -> str:
    with Client(port) as client:
        answer = client.send("POST", "/api/v1/session", {"login": login, "password": data.PASSWORD})
    if answer.status not in {200, 201}:
        raise RefusedError(f"sign-in: {answer.status} {answer.body[:300]!r}")
    return str(answer.json["token"])


class Caller:
    """One caller with its conversation. Reads nothing of the answers but what the job asks for."""

    def __init__(self, port: int, token: str, talk: Talk) -> None:
        self._client = Client(port, token)
        self._talk = talk
        self._request = next(talk)
        self.latencies: list[float] = []
        self.error: Exception | None = None

    def step(self) -> None:
        request = self._request
        started = time.perf_counter()
        answer = self._client.send(
            request.method, request.path, request.body, query=request.query, **_names(request.headers)
        )
        self.latencies.append(time.perf_counter() - started)
        if answer.status not in {200, 201}:
            raise RefusedError(f"{request.method} {request.path}: {answer.status} {answer.body[:500]!r}")
        self._request = self._talk.send(answer)

    def run(self, ready: threading.Barrier, stop: threading.Event) -> None:
        try:
            for _ in range(WARMING):
                self.step()
            self.latencies.clear()
            ready.wait()
            while not stop.is_set():
                self.step()
        except Exception as error:  # noqa: BLE001 - it is raised again by the thread that waits
            self.error = error
            ready.abort()

    def close(self) -> None:
        with self._client:
            self._talk.close()


def _names(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("-", "_"): value for name, value in headers.items()}


def drive(
    served: Served,
    tokens: Sequence[str],
    job: Job,
    filled: data.Filled,
    *,
    callers: int,
    seconds: float,
    run: str,
) -> Measured:
    """``callers`` do the job for ``seconds`` after warming. ``run`` is a word that no other round of this database uses. Raises
    what went wrong first: a refusal is no result."""
    seats = [Seat(n, callers, filled, run) for n in range(callers)]
    all_callers = [Caller(served.port, tokens[seat.unit % len(tokens)], job.talk(seat)) for seat in seats]
    ready, stop = threading.Barrier(callers + 1), threading.Event()
    threads = [threading.Thread(target=caller.run, args=(ready, stop)) for caller in all_callers]
    for thread in threads:
        thread.start()
    started = ended = used = 0.0
    try:
        ready.wait()
        started, used = time.perf_counter(), served.cpu_seconds()
        stop.wait(seconds)
    except threading.BrokenBarrierError:
        pass
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        ended, used = time.perf_counter(), served.cpu_seconds() - used
        for caller in all_callers:
            caller.close()
    errors = [c.error for c in all_callers if c.error is not None]
    real = [e for e in errors if not isinstance(e, threading.BrokenBarrierError)]
    if errors:
        raise (real or errors)[0]
    latencies = [one for caller in all_callers for one in caller.latencies]
    return Measured(len(latencies), ended - started, used, latencies)
