"""Profiling: one caller inside this process, without a server: processor time and function calls of one request, and where they go.

``python -m benchmarks.profiling --database sqlite --job create`` compares both sides; ``--top 40`` tells the product's functions too.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import io
import pstats
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

import orjson

from benchmarks import data
from benchmarks.client import Answer
from benchmarks.jobs import JOBS, UPDATED, Job, Request, Seat
from benchmarks.run import DATABASES, QUICK, sides_on
from benchmarks.sides import Side

WARMING = UPDATED + 20
Application = Callable[[dict[str, Any], Callable[..., Any]], Any]


def environ_of(request: Request, token: str) -> dict[str, Any]:
    """What a server would hand to the application."""
    body = b"" if request.body is None else orjson.dumps(request.body)
    found: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path,
        "QUERY_STRING": urlencode(request.query),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_AUTHORIZATION": f"Bearer {token}",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if request.body is not None:
        found["CONTENT_TYPE"] = "application/json"
    found.update({f"HTTP_{n.replace('-', '_').upper()}": value for n, value in request.headers.items()})
    return found


class Talking:
    """One job's conversation with an application."""

    def __init__(self, app: Application, token: str, job: Job, filled: data.Filled, run: str) -> None:
        self._app, self._token = app, token
        self._talk = job.talk(Seat(0, 8, filled, run))
        self._request = next(self._talk)

    def step(self) -> None:
        """Ask, and hear the answer."""
        seen: list[str] = []
        parts = self._app(
            environ_of(self._request, self._token), lambda status, _headers: seen.append(status)
        )
        answer = Answer(int(seen[0][:3]), b"".join(parts))
        parts.close()
        if answer.status not in {200, 201}:
            raise RuntimeError(f"{self._request.method} {self._request.path}: {answer.body!r}")
        self._request = self._talk.send(answer)


def measure(talking: Talking, count: int) -> tuple[float, float]:
    """Milliseconds of processor time, and of waiting and processor time together, of one request."""
    gc.collect()
    used, passed = time.process_time(), time.perf_counter()
    for _ in range(count):
        talking.step()
    used, passed = time.process_time() - used, time.perf_counter() - passed
    return 1000 * used / count, 1000 * passed / count


def profile(talking: Talking, count: int) -> pstats.Stats:
    profiler = cProfile.Profile()
    profiler.enable()
    for _ in range(count):
        talking.step()
    profiler.disable()
    return pstats.Stats(profiler)


def report(side: Side, filled: data.Filled, jobs: Sequence[Job], count: int, top: int, sort: str) -> None:
    with side.app() as app:
        for job in jobs:
            body = {"login": data.MANAGER if job.as_manager else data.CLERKS[0], "password": data.PASSWORD}
            client = app.test_client()
            token = client.post("/api/v1/session", json=body, base_url="http://127.0.0.1").get_json()["token"]
            talking = Talking(app.wsgi_app, token, job, filled, f"{job.key}-profiled")
            for _ in range(WARMING):
                talking.step()
            cpu, wall = min(measure(talking, count) for _ in range(3))
            stats = profile(talking, count)
            calls = stats.total_calls / count  # type: ignore[attr-defined]
            print(
                f"{side.name:9} {job.key:9} {cpu:6.2f} ms CPU {wall:6.2f} ms {calls:7.0f} calls", flush=True
            )
            if top and side.name == "product":
                stats.sort_stats(sort).print_stats(top)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profiling", description=__doc__)
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--job", choices=[job.key for job in JOBS], action="append")
    parser.add_argument("--count", type=int, default=200, help="requests of one measurement")
    parser.add_argument("--top", type=int, default=0, help="functions of the product to tell")
    parser.add_argument("--sort", default="tottime", choices=["tottime", "cumtime", "ncalls"])
    args = parser.parse_args(argv)
    jobs = [job for job in JOBS if not args.job or job.key in args.job]
    with sides_on(args.database) as sides:
        for side in sides:
            report(side, side.fill(QUICK.size), jobs, args.count, args.top, args.sort)


if __name__ == "__main__":
    main()
