"""Start-up: from starting the process to the first page, of the product with the template *general* and of the baseline."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

from benchmarks import data
from benchmarks.client import Client
from benchmarks.driving import RefusedError
from benchmarks.serving import ROOT, serving
from benchmarks.sides import Side

LOGIN = "owner"


@dataclass(frozen=True)
class Started:
    """Seconds, and resident memory in MiB after the first page of the app."""

    sign_in_page: float
    first_page: float
    second_page: float
    memory: float


def install_general(url: str, folder: Path) -> float:
    """Make the demo's database without sample documents; the seconds that it took."""
    started = time.perf_counter()
    command = [
        sys.executable,
        "-m",
        "builder.cli",
        "demo",
        "--empty",
        "--no-serve",
        "--var",
        str(folder),
        "--password",
        data.PASSWORD,
    ]
    subprocess.run(
        command, cwd=ROOT, env={**os.environ, "BUILDER_DATABASE": url}, check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - started


def start(side: Side, times: int) -> Started:
    """The median of several starts. ``side`` is a product with *general* installed."""
    found = [_start(side) for _ in range(times)]
    return Started(
        *(
            median(values)
            for values in zip(
                *((s.sign_in_page, s.first_page, s.second_page, s.memory) for s in found), strict=True
            )
        )
    )


def _start(side: Side) -> Started:
    started = time.perf_counter()
    with serving(side.name, side.environment) as served:
        _page(served.port, "/", {})
        sign_in_page = time.perf_counter() - started
        with Client(served.port) as client:
            answer = client.send("POST", "/api/v1/session", {"login": LOGIN, "password": data.PASSWORD})
        token = answer.json["token"]
        first = _timed(served.port, token)
        second = _timed(served.port, token)
        return Started(sign_in_page, first, second, served.resident_mib())


def _timed(port: int, token: str) -> float:
    started = time.perf_counter()
    _page(port, "/a/general/sales_order?view=sales_orders", {"Authorization": f"Bearer {token}"})
    return time.perf_counter() - started


def _page(port: int, path: str, headers: dict[str, str]) -> bytes:
    """The page, redirects followed."""
    for _ in range(5):
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", path, headers={"Accept": "text/html", **headers})
        response = connection.getresponse()
        body = response.read()
        connection.close()
        if response.status == 200:
            return body
        if response.status not in {302, 303, 307}:
            raise RefusedError(f"{path}: {response.status} {body[:300]!r}")
        path = response.headers["Location"]
    raise RefusedError(f"{path}: redirected too often")
